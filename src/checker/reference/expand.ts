// The reference model's expand and gatherer, made for one universe.

import { RECENT_BITS } from "../explorer/gather.ts";
import type { Gatherer, Model, NoteEvent, StateBatch, Successors } from "../model.ts";
import { type Arrays, type Functions, functionsOf } from "../wasm/engine.ts";
import { expandSource, type Parts } from "./expand-source.ts";
import { TO_BATCH, toList } from "./source-output.ts";

type Expand = (states: Int32Array, at: number, successors: Successors) => void;

/** A gatherer for states of two words. */
export function expandersOf(parts: Parts): Pick<Model, "expand" | "gatherer"> {
  const { words } = parts.layout;
  const { product, adaptersOf, domainsOf } = parts.tables;
  const source = `"use strict"; ${expandSource(parts, toList(words))} return expand;`;
  const expand = new Function("product", "adaptersOf", "domainsOf", source)(product, adaptersOf, domainsOf) as Expand;
  if (words !== 2) return { expand };
  return { expand, gatherer: (batch, note, own) => new BatchGatherer(parts, batch, note, own) };
}

/** A state goes in as two numbers, its successors stay in the memory. */
class BatchGatherer implements Gatherer {
  readonly batch: StateBatch;
  readonly #counted: Int32Array;
  readonly #functions: Functions;
  #transitions = 0;

  constructor(parts: Parts, batch: StateBatch, note: NoteEvent, own: Arrays) {
    const copied = (table: Int32Array): Int32Array => {
      const copy = own.take(table.length);
      copy.set(table);
      return copy;
    };
    const { states: to, parents, hashes } = batch;
    const { product, adaptersOf, domainsOf } = parts.tables;
    this.batch = batch;
    this.#counted = own.take(1);
    const arrays = {
      to,
      parents,
      hashes,
      recent: own.take(2 * 2 ** RECENT_BITS),
      counted: this.#counted,
      product: copied(product),
      adaptersOf: copied(adaptersOf),
      domainsOf: copied(domainsOf),
    };
    const noted = (event: number, violations: number): void => note(event, violations);
    this.#functions = functionsOf(own, expandSource(parts, TO_BATCH), arrays, { note: noted });
  }

  get transitions(): number {
    this.#transitions += this.#counted[0]!;
    this.#counted[0] = 0;
    return this.#transitions;
  }

  gather(states: Int32Array, at: number, place: number): void {
    const { batch } = this;
    batch.count = this.#functions.expand!(states[at]!, states[at + 1]!, place, batch.count);
  }
}
