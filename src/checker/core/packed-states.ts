// States in few words: the bits of the buffer that variables.ts names, gathered in runs, and scattered back. Where a bit is in the
// buffer is found by setting it in an empty one, so this file holds no offsets.
import { asApid } from "../../system/ap/id.ts";
import { range } from "../number-names.ts";
import type { Atom } from "./atoms.ts";
import { type Follower, followersOf } from "./followers.ts";
import { atomsOf } from "./variables.ts";
import { HostViews, type World } from "./world.ts";

const WORD = 32;

/** Bits of one word of the buffer that are together in one word of the state. */
interface Run {
  readonly word: number;
  readonly shift: number;
  mask: number;
  readonly out: number;
  readonly outShift: number;
}

interface Lone {
  readonly atom: Atom;
  readonly word: number;
  readonly value: number;
  readonly out: number;
  readonly outBit: number;
}

/** Runs as numbers, one after the other, and for each word of a state where its own end. */
interface Fields {
  readonly numbers: Int32Array;
  readonly ends: Int32Array;
}

export class PackedStates {
  /** In the order of their bits in a state. */
  readonly atoms: readonly Atom[];
  /** 32-bit words of a state. */
  readonly words: number;
  /** Which words of the buffer vary. */
  readonly varying: Int32Array;
  readonly #world: World;
  readonly #now: HostViews;
  readonly #constant: Int32Array;
  readonly #runs: Fields;
  readonly #wholes: Fields;
  readonly #parts: Fields;
  readonly #flags: readonly Lone[];
  readonly #codes: readonly Lone[];
  readonly #followers: readonly Follower[];
  readonly #interruptsAt: Int32Array;
  readonly #uuids: readonly (readonly number[])[];

  constructor(world: World) {
    this.#world = world;
    this.#now = world.now;
    const { universe, now, first } = world;
    this.#followers = followersOf(universe);
    const following = new Set(this.#followers.flatMap(({ variables }) => variables));
    const named = atomsOf(universe, now.state.names);
    const atoms = named.filter(({ variable }) => !following.has(variable));
    this.atoms = atoms;
    this.words = Math.ceil(atoms.length / WORD);
    const empty = new HostViews(now.state, universe);
    const varies = new Map<number, number>();
    /** Where the buffer has the atom. */
    const placeOf = (atom: Atom) => {
      empty.words.fill(0);
      atom.set(empty);
      const word = empty.words.findIndex((value) => value !== 0);
      const value = empty.words[word]!;
      varies.set(word, (varies.get(word) ?? 0) | value);
      return { word, value };
    };
    const runs: Run[] = [];
    const gathered: Run[] = [];
    const flags: Lone[] = [];
    const codes: Lone[] = [];
    for (const [at, atom] of atoms.entries()) {
      const [out, outShift] = [Math.floor(at / WORD), at % WORD];
      const { word, value } = placeOf(atom);
      const bit = { word, shift: 31 - Math.clz32(value), mask: 1, out, outShift };
      if (atom.code || atom.isFlag) {
        (atom.code ? codes : flags).push({ atom, word, value, out, outBit: 1 << outShift });
        // One bit of the value of a flag tells it from 0.
        if (!atom.code) gathered.push(bit);
      } else {
        addBit(runs, bit);
        addBit(gathered, { ...bit });
      }
    }
    for (const atom of named.filter(({ variable }) => following.has(variable))) placeOf(atom);
    this.#flags = flags;
    this.#codes = codes;
    this.varying = Int32Array.from(varies.keys());
    const constant = (word: number) => first[word]! & ~(varies.get(word) ?? 0);
    this.#constant = this.varying.map(constant);
    const fieldsOf = (some: readonly Run[], numbersOf: (run: Run) => readonly number[]): Fields => ({
      numbers: Int32Array.from(some.flatMap(numbersOf)),
      ends: Int32Array.from(range(this.words), (w) => some.filter(({ out }) => out <= w).flatMap(numbersOf).length),
    });
    const allOf = ({ word, shift, mask, outShift }: Run) => [word, shift, mask, outShift];
    this.#runs = fieldsOf(runs, allOf);
    // Most words hold nothing but one run from bit 0 on: those need neither shift nor mask.
    const isWhole = ({ word, shift, mask }: Run) => shift === 0 && mask === varies.get(word) && constant(word) === 0;
    this.#wholes = fieldsOf(gathered.filter(isWhole), ({ word, outShift }) => [word, outShift]);
    const parts = gathered.filter((run) => !isWhole(run));
    this.#parts = fieldsOf(parts, allOf);
    this.#interruptsAt = Int32Array.from(range(universe.adapters), (a) => now.state.interrupts.row(asApid(a)).at);
    this.#uuids = now.state.mdevs.slice(0, universe.mdevs).map((mdev) => range(4).map((i) => mdev.uuidWord(i)));
  }

  /** The state that the host is in now. */
  store(states: Int32Array, at: number): void {
    const { words } = this.#now;
    const { numbers: wholes, ends: wholeEnds } = this.#wholes;
    const { numbers: parts, ends: partEnds } = this.#parts;
    let whole = 0;
    let part = 0;
    for (let w = 0; w < this.words; w++) {
      let packed = 0;
      for (const end = wholeEnds[w]!; whole < end; whole += 2) {
        packed |= words[wholes[whole]!]! << wholes[whole + 1]!;
      }
      for (const end = partEnds[w]!; part < end; part += 4) {
        const bits = words[parts[part]!]! >>> parts[part + 1]!;
        packed |= (bits & parts[part + 2]!) << parts[part + 3]!;
      }
      states[at + w] = packed;
    }
    for (let n = 0; n < this.#codes.length; n++) {
      const { atom, out, outBit } = this.#codes[n]!;
      if (atom.code?.has(this.#now)) states[at + out]! |= outBit;
    }
  }

  /** Makes the host before the event that of this state. */
  load(states: Int32Array, at: number): void {
    const { before } = this.#world;
    const { words } = before;
    const { varying } = this;
    for (let n = 0; n < varying.length; n++) words[varying[n]!] = this.#constant[n]!;
    const { numbers: runs, ends } = this.#runs;
    let i = 0;
    for (let w = 0; w < this.words; w++) {
      const end = ends[w]!;
      const packed = states[at + w]!;
      for (; i < end; i += 4) {
        const word = runs[i]!;
        const bits = (packed >>> runs[i + 3]!) & runs[i + 2]!;
        words[word]! |= bits << runs[i + 1]!;
      }
    }
    for (let n = 0; n < this.#flags.length; n++) {
      const { word, value, out, outBit } = this.#flags[n]!;
      if ((states[at + out]! & outBit) !== 0) words[word] = value;
    }
    for (let n = 0; n < this.#codes.length; n++) {
      const { atom, out, outBit } = this.#codes[n]!;
      if ((states[at + out]! & outBit) !== 0) atom.set(before);
    }
    this.#follow();
  }

  /** Works out what is not part of a state but follows from it. */
  #follow(): void {
    const { universe, before } = this.#world;
    const { words, usedAt, state } = before;
    const { adapters, mdevs } = universe;
    for (let a = 0; a < adapters; a++) {
      let row = 0;
      for (let g = 0; g < mdevs; g++) row |= words[usedAt + g * adapters + a]!;
      words[this.#interruptsAt[a]!] = row;
    }
    for (let n = 0; n < this.#followers.length; n++) this.#followers[n]?.follow(state, universe);
    if (!universe.kinds.has("mdev")) return;
    state.set("mdevCount", 0);
    for (let g = 0; g < mdevs; g++) {
      const mdev = state.mdevs[g]!;
      if (!mdev.isFree) state.enlistMdev(mdev);
      for (let i = 0; i < 4; i++) mdev.setUuidWord(i, mdev.isFree ? 0 : this.#uuids[g]![i]!);
    }
  }

  /** Makes the host again what it was before the event. */
  restore(): void {
    const { now, before, universe } = this.#world;
    const from = before.words;
    const to = now.words;
    const { varying } = this;
    for (let n = 0; n < varying.length; n++) to[varying[n]!] = from[varying[n]!]!;
    const interrupts = this.#interruptsAt;
    for (let a = 0; a < interrupts.length; a++) to[interrupts[a]!] = from[interrupts[a]!]!;
    if (universe.kinds.has("mdev")) to.set(from);
  }
}

/** A bit that stands next to the last one, in the buffer and in the state, makes its run longer. */
function addBit(runs: Run[], bit: Run): void {
  const last = runs.at(-1);
  const length = last ? WORD - Math.clz32(last.mask) : 0;
  const isNext = last && last.word === bit.word && last.out === bit.out;
  if (isNext && last.shift + length === bit.shift && last.outShift + length === bit.outShift) {
    last.mask = last.mask * 2 + 1;
  } else {
    runs.push(bit);
  }
}
