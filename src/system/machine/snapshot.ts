// Making, keeping and comparing whole hosts: each is one copy or one loop over the buffer.
import { copyProduct } from "../ap/product.ts";
import type { Facts } from "./facts.ts";
import { HostState } from "./host-state.ts";
import { layoutFor, sizeFor } from "./layout.ts";
import { Names } from "./names.ts";

/** An empty buffer for a machine of this size, before power-on. */
export function newHostState(facts: Facts, mdevs: number, names: Names = new Names()): HostState {
  const layout = layoutFor(sizeFor(facts, mdevs));
  return new HostState(facts, layout, new Uint32Array(layout.words), names);
}

/** Everything a host is, as one array: keep it, compare it, or write it back with restore. */
export const snapshot = (state: HostState): Uint32Array => state.words.slice();

/** The buffer as it was when the snapshot was taken, of this host or of one of the same layout. */
export function restore(state: HostState, saved: Uint32Array): void {
  state.overwrite(saved);
}

/** A host of its own with the same content. What is done to a copy of a guest's does not reach the guest's host. */
export function copyState(state: HostState): HostState {
  const copy = new HostState(state.facts, state.layout, snapshot(state), state.names);
  if (state.answering !== state.machine) copy.answering = copyProduct(state.answering);
  return copy;
}

/** The same host in a buffer with room for more mdevs. */
export function withMoreMdevs(state: HostState, mdevs: number): HostState {
  const layout = layoutFor({ ...state.layout, mdevs });
  const words = new Uint32Array(layout.words);
  words.set(state.words.subarray(0, state.layout.mdevOrder + state.layout.mdevs));
  words.set(state.words.subarray(state.layout.mdevRecords), layout.mdevRecords);
  const larger = new HostState(state.facts, layout, words, state.names);
  if (state.answering !== state.machine) larger.answering = state.answering;
  larger.beneath = state.beneath;
  return larger;
}

/** Bit for bit the same, but for what only counts (layout.ts). */
export function sameState(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
