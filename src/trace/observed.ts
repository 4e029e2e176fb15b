// What is different for guests and interrupts after an operation than before it: the part of an answer that nobody asked for.
import { formatApqn } from "../ap/apqn.ts";
import { asApid, asApqi } from "../ap/id.ts";
import { apqnOf } from "../ap/apqn.ts";
import { formatMask } from "../ap/mask-text.ts";
import type { Matrix } from "../machine/mdev.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { MaskTexts } from "./answer.ts";

export const maskTexts = ({ apm, aqm, adm }: Matrix): MaskTexts => [formatMask(apm), formatMask(aqm), formatMask(adm)];

/** What every guest that has a device open runs with, by name. */
export function guestMasks({ state }: Host): Map<string, MaskTexts> {
  const guests = new Map<string, MaskTexts>();
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    if (mdev.guest !== undefined) guests.set(state.names.nameOf(mdev.guest), maskTexts(mdev.guestMasks));
  }
  return guests;
}

/** Copies of a host's guest masks and interrupts, to be compared with what is there later. */
export class Observed {
  #guests = new Map<number, Uint32Array>();
  #interrupts: Uint32Array;

  constructor({ state }: Host) {
    this.#interrupts = new Uint32Array(state.interrupts.words.length);
  }

  /** Guests whose masks differ from last time, null for those that are gone; undefined if none. */
  guestChanges({ state }: Host): Record<string, MaskTexts | null> | undefined {
    const changes: Record<string, MaskTexts | null> = {};
    const now = new Map<number, Uint32Array>();
    for (let n = 0; n < state.mdevCount; n++) {
      const { guest, guestMasks: masks } = state.mdevAt(n);
      if (guest === undefined) continue;
      const words = state.words.subarray(masks.apm.at, masks.adm.at + masks.adm.width);
      const before = this.#guests.get(guest);
      if (before?.every((word, i) => word === words[i])) {
        now.set(guest, before);
      } else {
        now.set(guest, words.slice());
        changes[state.names.nameOf(guest)] = maskTexts(masks);
      }
    }
    for (const guest of this.#guests.keys()) if (!now.has(guest)) changes[state.names.nameOf(guest)] = null;
    this.#guests = now;
    return Object.keys(changes).length > 0 ? changes : undefined;
  }

  /** Queues whose interrupts went on (1) or off (0) since last time; undefined if none. */
  interruptChanges({ state }: Host): Record<string, 0 | 1> | undefined {
    const { words } = state.interrupts;
    if (words.every((word, i) => word === this.#interrupts[i])) return undefined;
    const changes: Record<string, 0 | 1> = {};
    const { adapters, domains, domainWidth } = state.layout;
    for (let adapter = 0; adapter < adapters; adapter++) {
      for (let domain = 0; domain < domains; domain++) {
        const [word, bit] = [adapter * domainWidth + (domain >> 5), 1 << (domain & 31)];
        const now = (words[word] as number) & bit;
        if (now === ((this.#interrupts[word] as number) & bit)) continue;
        changes[formatApqn(apqnOf(asApid(adapter), asApqi(domain)))] = now === 0 ? 0 : 1;
      }
    }
    this.#interrupts.set(words);
    return changes;
  }
}
