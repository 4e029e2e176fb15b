// What is different for guests and interrupts after an operation than before it: the part of an answer that nobody asked for.

import { apqnOf, formatApqn } from "../ap/apqn.ts";
import { asApid, asApqi } from "../ap/id.ts";
import { formatMask } from "../ap/mask-text.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { Happening } from "../machine/happening.ts";
import { QueueBits } from "../machine/rows.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { MaskTexts } from "./answer.ts";

export const maskTexts = ({ apm, aqm, adm }: Matrix): MaskTexts => [formatMask(apm), formatMask(aqm), formatMask(adm)];

/** What every guest that has a device open runs with, by name. */
export function guestMasks({ state }: Host): Map<string, MaskTexts> {
  const guests = new Map<string, MaskTexts>();
  for (const { guest, guestMasks } of state.listedMdevs())
    if (guest !== undefined) guests.set(state.names.nameOf(guest), maskTexts(guestMasks));
  return guests;
}

/** Copies of a host's guest masks and interrupts, to be compared with what is there later. */
export class Observed {
  readonly #guests = new Map<number, Uint32Array>();
  /** Guests to which something has happened since last time. */
  readonly #touched = new Set<number>();
  readonly #interrupts: QueueBits;

  constructor({ state: { layout } }: Host) {
    const words = new Uint32Array(layout.adapters * layout.domainWidth);
    this.#interrupts = new QueueBits(words, 0, layout.adapters, layout.domainWidth);
  }

  /** From now on what differs from this host as it is. */
  forget(host: Host): void {
    for (const { guest } of host.state.listedMdevs()) if (guest !== undefined) this.#touched.add(guest);
    for (const guest of this.#guests.keys()) this.#touched.add(guest);
    this.guestChanges(host);
    this.interruptChanges(host);
  }

  /** Every change of a guest's masks is told; only guests of which something was told are looked at. */
  hear(happening: Happening, { state }: Host): void {
    if (happening.kind === "guest-attached" || happening.kind === "guest-detached") this.#touched.add(happening.guest);
    if (happening.kind !== "guest-masks") return;
    const guest = state.mdevs[happening.mdev]?.guest;
    if (guest !== undefined) this.#touched.add(guest);
  }

  /** Guests whose masks differ from last time, null for those that are gone; undefined if none. */
  guestChanges({ state }: Host): Record<string, MaskTexts | null> | undefined {
    const touched = this.#touched;
    if (touched.size === 0) return undefined;
    // A guest may be called "__proto__".
    const changes = new Map<string, MaskTexts | null>();
    const mdevs = touched.size > 1 ? state.listedMdevs() : [...touched].flatMap((one) => state.mdevOfGuest(one) ?? []);
    for (const { guest, guestMasks: masks } of mdevs) {
      if (guest === undefined || !touched.delete(guest)) continue;
      const before = this.#guests.get(guest);
      if (before && sameWords(before, state.words, masks.apm.at)) continue;
      this.#guests.set(guest, state.words.slice(masks.apm.at, masks.adm.at + masks.adm.width));
      changes.set(state.names.nameOf(guest), maskTexts(masks));
    }
    // Those that are left have no mdev.
    for (const guest of touched) if (this.#guests.delete(guest)) changes.set(state.names.nameOf(guest), null);
    touched.clear();
    return changes.size > 0 ? Object.fromEntries(changes) : undefined;
  }

  /** Queues whose interrupts went on (1) or off (0) since last time; undefined if none. */
  interruptChanges({ state }: Host): Record<string, 0 | 1> | undefined {
    const before = this.#interrupts;
    if (sameWords(before.words, state.interrupts.words, 0)) return undefined;
    const changes: Record<string, 0 | 1> = {};
    const { adapters, domains } = state.layout;
    for (let adapter = 0; adapter < adapters; adapter++) {
      const apid = asApid(adapter);
      const [wasOn, isOn] = [before.row(apid), state.interrupts.row(apid)];
      if (isOn.equals(wasOn)) continue;
      for (let domain = 0; domain < domains; domain++) {
        const apqi = asApqi(domain);
        if (isOn.has(apqi) !== wasOn.has(apqi)) changes[formatApqn(apqnOf(apid, apqi))] = isOn.has(apqi) ? 1 : 0;
      }
    }
    before.words.set(state.interrupts.words);
    return changes;
  }
}

/** Whether all of these words stand there. A plain loop: this is done after every operation, for all guests and for all interrupts. */
function sameWords(of: Uint32Array, words: Uint32Array, at: number): boolean {
  for (let i = 0; i < of.length; i++) if (of[i] !== words[at + i]) return false;
  return true;
}
