// A set of ids 0..255 as a view of some words of a host's buffer. Id n is bit n & 31 of word n >> 5; only text counts bits
// from the left (mask-text.ts). All operations on raw words stand in this file; rules speak to masks.
import { type Apid, type Apqi, type ControlDomain, type Id, NONE, type None } from "./id.ts";

/** How many ids a word holds. */
export const WORD_BITS = 32;
/** Words needed for ids 0..count-1. */
export const wordsFor = (count: number): number => (count + WORD_BITS - 1) >> 5;

function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

// A function and no private method: it is inlined everywhere.
const wordOf = (mask: { readonly words: Uint32Array; readonly at: number }, i: number): number =>
  mask.words[mask.at + i] as number;

/**
 * A set of ids. Operations with another set run over this set's words; the other one may be wider (its further ids are
 * then left alone) but not narrower. None of them allocates.
 */
export class Mask<I extends Id> {
  readonly words: Uint32Array;
  /** Index of the first word. */
  readonly at: number;
  /** Number of words, 1..8. */
  readonly width: number;

  constructor(words: Uint32Array, at: number, width: number) {
    this.words = words;
    this.at = at;
    this.width = width;
  }

  has(id: I): boolean {
    const i = id >> 5;
    return i < this.width && (wordOf(this, i) & (1 << (id & 31))) !== 0;
  }

  /** Ids beyond the width cannot be held: the caller has checked the range. */
  add(id: I): void {
    const i = this.at + (id >> 5);
    this.words[i] = (this.words[i] as number) | (1 << (id & 31));
  }

  remove(id: I): void {
    const i = this.at + (id >> 5);
    this.words[i] = (this.words[i] as number) & ~(1 << (id & 31));
  }

  set(id: I, on: boolean): void {
    if (on) this.add(id);
    else this.remove(id);
  }

  clear(): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = 0;
  }

  /** All ids of the width. */
  fill(): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = 0xffffffff;
  }

  /** Ids 0..max, and no others. */
  fillUpTo(max: number): void {
    this.clear();
    for (let id = 0; id <= max; id++) this.add(id as I);
  }

  isEmpty(): boolean {
    for (let i = 0; i < this.width; i++) if (wordOf(this, i) !== 0) return false;
    return true;
  }

  /** Every id of the width is in. */
  isFull(): boolean {
    for (let i = 0; i < this.width; i++) if (wordOf(this, i) !== 0xffffffff) return false;
    return true;
  }

  count(): number {
    let sum = 0;
    for (let i = 0; i < this.width; i++) sum += popcount(wordOf(this, i));
    return sum;
  }

  equals(other: Mask<I>): boolean {
    for (let i = 0; i < this.width; i++) if (wordOf(this, i) !== wordOf(other, i)) return false;
    return true;
  }

  /** Every id of `other` is in this set. The widths may differ. */
  containsAll(other: Mask<I>): boolean {
    const common = Math.min(this.width, other.width);
    for (let i = 0; i < common; i++) if ((wordOf(other, i) & ~wordOf(this, i)) !== 0) return false;
    for (let i = common; i < other.width; i++) if (wordOf(other, i) !== 0) return false;
    return true;
  }

  /** Some id is in both. The widths may differ. */
  intersects(other: Mask<I>): boolean {
    const common = Math.min(this.width, other.width);
    for (let i = 0; i < common; i++) if ((wordOf(this, i) & wordOf(other, i)) !== 0) return true;
    return false;
  }

  /** The lowest id that is in both, or NONE. */
  firstCommon(other: Mask<I>): I | None {
    const width = Math.min(this.width, other.width);
    for (let i = 0; i < width; i++) {
      const both = wordOf(this, i) & wordOf(other, i);
      if (both !== 0) return ((i << 5) + 31 - Math.clz32(both & -both)) as I;
    }
    return NONE;
  }

  /** The lowest id >= from, or NONE: `for (let id = m.next(0); id !== NONE; id = m.next(id + 1))`. */
  next(from: number): I | None {
    let i = from >> 5;
    if (i >= this.width) return NONE;
    // `from & 31` low bits are masked off; a shift by 32 cannot occur.
    let word = wordOf(this, i) & (0xffffffff << (from & 31));
    while (word === 0) {
      if (++i >= this.width) return NONE;
      word = wordOf(this, i);
    }
    return ((i << 5) + 31 - Math.clz32(word & -word)) as I;
  }

  /** this := other; ids that `other` is too narrow to hold are taken out. */
  copy(other: Mask<I>): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = i < other.width ? wordOf(other, i) : 0;
  }

  /** this := a and b; returns whether this changed. */
  setIntersection(a: Mask<I>, b: Mask<I>): boolean {
    let changed = 0;
    for (let i = 0; i < this.width; i++) {
      const word = wordOf(a, i) & wordOf(b, i);
      changed |= word ^ wordOf(this, i);
      this.words[this.at + i] = word;
    }
    return changed !== 0;
  }

  /** this := a minus b. */
  setDifference(a: Mask<I>, b: Mask<I>): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = wordOf(a, i) & ~wordOf(b, i);
  }

  addAll(other: Mask<I>): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = wordOf(this, i) | wordOf(other, i);
  }

  removeAll(other: Mask<I>): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = wordOf(this, i) & ~wordOf(other, i);
  }

  retainAll(other: Mask<I>): void {
    for (let i = 0; i < this.width; i++) this.words[this.at + i] = wordOf(this, i) & wordOf(other, i);
  }

  /** Ids from this one on are taken out. */
  removeFrom(limit: number): void {
    for (let i = limit >> 5; i < this.width; i++) {
      const kept = i === limit >> 5 ? ~(0xffffffff << (limit & 31)) : 0;
      this.words[this.at + i] = wordOf(this, i) & kept;
    }
  }

  /** The ids, ascending. For views and tests: it allocates. */
  ids(): I[] {
    const ids: I[] = [];
    for (let id = this.next(0); id !== NONE; id = this.next(id + 1)) ids.push(id);
    return ids;
  }
}

export type Apm = Mask<Apid>;
export type Aqm = Mask<Apqi>;
export type Adm = Mask<ControlDomain>;

/** A mask of its own, outside any host: 256 ids unless told otherwise. */
export const newMask = <I extends Id>(ids: number = 256): Mask<I> =>
  new Mask<I>(new Uint32Array(wordsFor(ids)), 0, wordsFor(ids));

/** A mask of its own, with all ids, that holds what this one holds. */
export function copyOf<I extends Id>(mask: Mask<I>): Mask<I> {
  const copy = newMask<I>();
  copy.copy(mask);
  return copy;
}

/** A mask of its own, with all ids, that holds what is in both. */
export function commonIds<I extends Id>(a: Mask<I>, b: Mask<I>): Mask<I> {
  const common = copyOf(a);
  // The other one may be narrower, so it is widened first.
  common.retainAll(copyOf(b));
  return common;
}

/** A mask of its own holding these ids. */
export function maskOf<I extends Id>(ids: Iterable<I>): Mask<I> {
  const mask = newMask<I>();
  for (const id of ids) mask.add(id);
  return mask;
}
