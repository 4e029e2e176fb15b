// The reference model's states as words: each variable is in one word, the first that has room. The very first bit is always set, so
// that no state is all zeros. The three lists of variables in this file are in the same order.
import { range } from "../number-names.ts";
import type { StateBit } from "../symmetry.ts";
import { isV11, type ReferenceOptions } from "./reference-options.ts";
import type { ReferenceState } from "./state.ts";

const WORD = 32;

/** What a variable's bits belong to. */
type Bits = readonly Omit<StateBit, "variable">[];

export class StateWords {
  /** What the bits of a state are, by their places. */
  readonly bits = new Map<number, StateBit>();
  /** 32-bit words of a state. */
  readonly words: number;
  /** For each variable, word by word: its number, where it begins in the word, and a mask of its bits. */
  readonly #fields: Int32Array;
  /** Where the fields of each word end. */
  readonly #ends: Int32Array;
  /** All variables of a state. */
  readonly #values: Int32Array;

  constructor(options: ReferenceOptions) {
    const used: number[] = [];
    const fields = variablesOf(options).map(([variable, bits], number) => {
      const found = used.findIndex((count) => count + bits.length <= WORD);
      const word = found < 0 ? used.push(0) - 1 : found;
      const shift = used[word]!;
      for (const [n, bit] of bits.entries()) this.bits.set(WORD * word + shift + n, { variable, ...bit });
      used[word] = shift + bits.length;
      return { word, numbers: [number, shift, 2 ** bits.length - 1] };
    });
    this.words = used.length;
    const ofWord = (w: number) => fields.filter(({ word }) => word === w).flatMap(({ numbers }) => numbers);
    this.#fields = Int32Array.from(range(this.words).flatMap(ofWord));
    this.#ends = Int32Array.from(range(this.words), (w) => 3 * fields.filter(({ word }) => word <= w).length);
    this.#values = new Int32Array(fields.length);
  }

  read(states: Int32Array, at: number, s: ReferenceState): void {
    const values = this.#values;
    const fields = this.#fields;
    for (let w = 0, i = 0; w < this.words; w++) {
      const word = states[at + w]!;
      for (const end = this.#ends[w]!; i < end; i += 3) values[fields[i]!] = (word >>> fields[i + 1]!) & fields[i + 2]!;
    }
    let n = 1;
    s.devices = values[n++]!;
    s.bound = values[n++]!;
    s.cut = values[n++]!;
    s.hostAdapters = values[n++]!;
    s.hostDomains = values[n++]!;
    s.running = values[n++]!;
    s.pending = values[n++]!;
    s.scanning = values[n++]!;
    s.addedAdapters = values[n++]!;
    s.addedDomains = values[n++]!;
    for (let g = 0; g < s.mdevs.length; g++) {
      const m = s.mdevs[g]!;
      m.matrixAdapters = values[n++]!;
      m.matrixDomains = values[n++]!;
      m.matrixControl = values[n++]!;
      m.shadowAdapters = values[n++]!;
      m.shadowDomains = values[n++]!;
      m.shadowControl = values[n++]!;
      m.dirtied = values[n++]!;
    }
  }

  write(s: ReferenceState, states: Int32Array, at: number): void {
    const values = this.#values;
    let n = 0;
    values[n++] = 1;
    values[n++] = s.devices;
    values[n++] = s.bound;
    values[n++] = s.cut;
    values[n++] = s.hostAdapters;
    values[n++] = s.hostDomains;
    values[n++] = s.running;
    values[n++] = s.pending;
    values[n++] = s.scanning;
    values[n++] = s.addedAdapters;
    values[n++] = s.addedDomains;
    for (let g = 0; g < s.mdevs.length; g++) {
      const m = s.mdevs[g]!;
      values[n++] = m.matrixAdapters;
      values[n++] = m.matrixDomains;
      values[n++] = m.matrixControl;
      values[n++] = m.shadowAdapters;
      values[n++] = m.shadowDomains;
      values[n++] = m.shadowControl;
      values[n++] = m.dirtied;
    }
    const fields = this.#fields;
    for (let w = 0, i = 0; w < this.words; w++) {
      let word = 0;
      for (const end = this.#ends[w]!; i < end; i += 3) word |= values[fields[i]!]! << fields[i + 1]!;
      states[at + w] = word;
    }
  }
}

/** Variables with what each of their bits belongs to. */
function variablesOf(options: ReferenceOptions): readonly (readonly [string, Bits])[] {
  const adapters: Bits = range(options.adapters).map((adapter) => ({ adapter }));
  const domains: Bits = range(options.domains).map((domain) => ({ domain }));
  const queues: Bits = adapters.flatMap((adapter) => domains.map((domain) => ({ ...adapter, ...domain })));
  const mdevs: Bits = range(options.mdevs).map((mdev) => ({ mdev }));
  const control = options.controlDomains ? domains : [];
  const one: Bits = [{}];
  const ofMdev = (mdev: number): readonly (readonly [string, Bits])[] => {
    const own = (bits: Bits): Bits => bits.map((bit) => ({ ...bit, mdev }));
    return [
      ["matrixAdapters", own(adapters)],
      ["matrixDomains", own(domains)],
      ["matrixControl", own(control)],
      ["shadowAdapters", own(adapters)],
      ["shadowDomains", own(domains)],
      ["shadowControl", own(control)],
      ["dirtied", own(queues)],
    ];
  };
  return [
    ["one", one],
    ["devices", queues],
    ["bound", queues],
    ["cut", isV11(options) ? queues : []],
    ["hostAdapters", adapters],
    ["hostDomains", domains],
    ["running", mdevs],
    ["pending", isV11(options) ? [] : mdevs],
    ["scanning", one],
    ["addedAdapters", adapters],
    ["addedDomains", domains],
    ...range(options.mdevs).flatMap(ofMdev),
  ];
}
