// The reference model's states as words: one variable after the other, without gaps; one may begin in a word and end in the next. The
// three lists of variables here are in the same order. Before them is a bit that is always set, so that no state is all zeros.
import { range } from "../names.ts";
import type { StateBit } from "../symmetry.ts";
import { isV11, type State } from "./state.ts";
import type { Universe } from "./universe.ts";

const WORD = 32;

export class Packing {
  /** What each bit is, in their order. */
  readonly bits: readonly StateBit[];
  /** 32-bit words of a state. */
  readonly words: number;
  /** Of each variable: its word, where it begins there, and a mask of its size. */
  readonly #word: Int32Array;
  readonly #shift: Int32Array;
  readonly #mask: Int32Array;
  /** All variables of a state. */
  readonly #values: Int32Array;

  constructor(universe: Universe) {
    const variables = variablesOf(universe);
    const starts = variables.map((_, n) => variables.slice(0, n).flat().length);
    this.bits = variables.flat();
    this.words = Math.ceil(this.bits.length / WORD);
    this.#word = Int32Array.from(starts, (start) => Math.floor(start / WORD));
    this.#shift = Int32Array.from(starts, (start) => start % WORD);
    this.#mask = Int32Array.from(variables, ({ length }) => 2 ** length - 1);
    this.#values = new Int32Array(variables.length);
  }

  read(states: Int32Array, at: number, s: State): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i++) {
      const shift = this.#shift[i]!;
      const from = at + this.#word[i]!;
      const mask = this.#mask[i]!;
      // The part in the next word, if there is one.
      const high = (mask << shift) >>> shift === mask ? 0 : states[from + 1]! << (WORD - shift);
      values[i] = ((states[from]! >>> shift) | high) & mask;
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

  write(s: State, states: Int32Array, at: number): void {
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
    for (let w = 0; w < this.words; w++) states[at + w] = 0;
    for (let i = 0; i < n; i++) {
      const value = values[i]!;
      const shift = this.#shift[i]!;
      const to = at + this.#word[i]!;
      states[to]! |= value << shift;
      if ((value << shift) >>> shift !== value) states[to + 1]! |= value >>> (WORD - shift);
    }
  }
}

/** The bits of each variable, in their order. */
function variablesOf(universe: Universe): readonly (readonly StateBit[])[] {
  const { adapters, domains, mdevs, controlDomains } = universe;
  type Bits = readonly Omit<StateBit, "variable">[];
  const a = range(adapters).map((adapter) => ({ adapter }));
  const d = range(domains).map((domain) => ({ domain }));
  const q = a.flatMap((adapter) => d.map((domain) => ({ ...adapter, ...domain })));
  const g = range(mdevs).map((mdev) => ({ mdev }));
  const ofHost: Readonly<Record<string, Bits>> = {
    one: [{}],
    devices: q,
    bound: q,
    cut: isV11(universe) ? q : [],
    hostAdapters: a,
    hostDomains: d,
    running: g,
    pending: isV11(universe) ? [] : g,
    scanning: [{}],
    addedAdapters: a,
    addedDomains: d,
  };
  const ofMdev: Readonly<Record<string, Bits>> = {
    matrixAdapters: a,
    matrixDomains: d,
    matrixControl: controlDomains ? d : [],
    shadowAdapters: a,
    shadowDomains: d,
    shadowControl: controlDomains ? d : [],
    dirtied: q,
  };
  const named = (variables: Readonly<Record<string, Bits>>): readonly (readonly StateBit[])[] =>
    Object.entries(variables).map(([variable, bits]) => bits.map((bit) => ({ variable, ...bit })));
  const ofMdevs = range(mdevs).flatMap((mdev) => named(ofMdev).map((bits) => bits.map((bit) => ({ ...bit, mdev }))));
  return [...named(ofHost), ...ofMdevs];
}
