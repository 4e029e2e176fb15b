// Where each variable of the reference model lies in a packed state: every one in one word, in as few words as possible.
import type { Universe } from "./universe.ts";

/** Some bits of one word. */
export interface Field {
  readonly word: number;
  readonly shift: number;
  /** All ones, not shifted. */
  readonly mask: number;
}

/** One field for each mdev. */
export interface MdevFields {
  readonly matrixAdapters: readonly Field[];
  readonly matrixDomains: readonly Field[];
  readonly shadowAdapters: readonly Field[];
  readonly shadowDomains: readonly Field[];
  readonly matrixControl: readonly Field[];
  readonly shadowControl: readonly Field[];
}

export interface Layout extends MdevFields {
  readonly words: number;
  /** Queues bound to vfio_ap. */
  readonly bound: Field;
  /** Of queues that are not bound: there is a device. Of bound ones: cut off their mdev by a removal from the host (v11). */
  readonly mark: Field;
  readonly hostAdapters: Field;
  readonly hostDomains: Field;
  readonly running: Field;
  /** Mdevs that wait for the end of a scan to be filtered; nothing under v11. */
  readonly pending: Field;
  readonly scanning: Field;
  /** 0, or 1 + the adapter, or 1 + adapters + the domain, that the host was given last. */
  readonly added: Field;
  /** Queues that a guest may have dirtied since they were last reset: those of mdev 0, then those of mdev 1, and so on. */
  readonly dirtied: Field;
  /** Always set: in one word, so that no state is all zeros, or in every word where no more words are needed for it. */
  readonly ones: readonly Field[];
}

interface Wanted {
  readonly name: string;
  readonly bits: number;
}

const WORD = 32;

export function layoutOf(universe: Universe, isV11: boolean): Layout {
  const { adapters, domains, mdevs, controlDomains } = universe;
  const queues = adapters * domains;
  const control = controlDomains ? domains : 0;
  const ofHost: readonly Wanted[] = [
    { name: "bound", bits: queues },
    { name: "mark", bits: queues },
    { name: "hostAdapters", bits: adapters },
    { name: "hostDomains", bits: domains },
    { name: "running", bits: mdevs },
    { name: "pending", bits: isV11 ? 0 : mdevs },
    { name: "scanning", bits: 1 },
    { name: "added", bits: WORD - Math.clz32(adapters + domains) },
    { name: "dirtied", bits: queues * mdevs },
  ];
  const ofMdev: readonly Wanted[] = [
    { name: "matrixAdapters", bits: adapters },
    { name: "matrixDomains", bits: domains },
    { name: "shadowAdapters", bits: adapters },
    { name: "shadowDomains", bits: domains },
    { name: "matrixControl", bits: control },
    { name: "shadowControl", bits: control },
  ];
  const names = (g: number): Wanted[] => ofMdev.map(({ name, bits }) => ({ name: `${name} ${g}`, bits }));
  const numbers = Array.from({ length: mdevs }, (_, g) => g);
  const { fields, words, ones } = place([...ofHost, ...numbers.flatMap(names)]);
  const host = (name: string): Field => fields.get(name) as Field;
  const each = (name: string): Field[] => numbers.map((g) => host(`${name} ${g}`));
  return {
    words,
    bound: host("bound"),
    mark: host("mark"),
    hostAdapters: host("hostAdapters"),
    hostDomains: host("hostDomains"),
    running: host("running"),
    pending: host("pending"),
    scanning: host("scanning"),
    added: host("added"),
    ones,
    dirtied: host("dirtied"),
    matrixAdapters: each("matrixAdapters"),
    matrixDomains: each("matrixDomains"),
    shadowAdapters: each("shadowAdapters"),
    shadowDomains: each("shadowDomains"),
    matrixControl: each("matrixControl"),
    shadowControl: each("shadowControl"),
  };
}

interface Placed {
  readonly fields: ReadonlyMap<string, Field>;
  readonly words: number;
  readonly ones: readonly Field[];
}

/** In as few words as the fields and one bit take; of the ways to do that, one with a bit in every word, and then in their order. */
function place(wanted: readonly Wanted[]): Placed {
  const byWidth = [...wanted].sort((a, b) => b.bits - a.bits);
  const ways = [true, false].flatMap((all) => [wanted, byWidth].map((order) => placeIn(order, all)));
  const fewest = Math.min(...ways.map(({ words }) => words));
  return ways.find(({ words }) => words === fewest) as Placed;
}

/** Each field into the first word that still has room. At least two words, because tables keep pairs. */
function placeIn(wanted: readonly Wanted[], oneInEach: boolean): Placed {
  const fields = new Map<string, Field>();
  const used = [1, oneInEach ? 1 : 0];
  for (const { name, bits } of wanted) {
    let word = used.findIndex((taken) => taken + bits <= WORD);
    if (word < 0) word = used.push(oneInEach ? 1 : 0) - 1;
    fields.set(name, { word, shift: used[word] as number, mask: 2 ** bits - 1 });
    used[word] = (used[word] as number) + bits;
  }
  const ones = used.slice(0, oneInEach ? used.length : 1).map((_, word) => ({ word, shift: 0, mask: 1 }));
  return { fields, words: used.length, ones };
}
