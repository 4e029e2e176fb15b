// Masks as written to apmask and aqmask: the examples of docs/kernel/bus.md §1.2, and a second reading by regular expression.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apid, asApid } from "../ap/id.ts";
import { type Mask, maskOf } from "../ap/mask.ts";
import { parseAbsoluteMask, parseMask, parseRelativeMask } from "./mask-grammar.ts";

const of = (...ids: number[]): Mask<Apid> => maskOf(ids.map(asApid));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const show = (text: string): string =>
  text.length > 40 ? `${JSON.stringify(text.slice(0, 30))}...` : JSON.stringify(text);

describe("an absolute mask", () => {
  const read: readonly (readonly [string, readonly number[]])[] = [
    ["0x41", [1, 7]],
    ["f", [0, 1, 2, 3]],
    ["8", [0]],
    ["x8", [0]],
    ["0x8\n", [0]],
    ["08", [4]],
    ["aB", [0, 2, 4, 6, 7]],
    [`0x${"f".repeat(64)}`, range(0, 255)],
    [`${"0".repeat(63)}1`, [255]],
    [`${"0".repeat(63)}1\n`, [255]],
    ["", []],
    ["\n", []],
    ["0x", []],
    ["0x\n", []],
    ["x", []],
    ["0", []],
  ];
  for (const [text, ids] of read) {
    it(`${show(text)} is ${ids.length > 8 ? `${ids.length} ids` : `ids ${ids.join(" ") || "none"}`}`, () => {
      assert.deepEqual(parseAbsoluteMask<Apid>(text)?.ids(), ids);
    });
  }

  for (const text of [
    "0X41",
    "X41",
    "00x41",
    "0x0x41",
    " 0x41",
    "0x41 ",
    "0x 41",
    "0x41\n\n",
    "\n0x41",
    "0x41,",
    "0x4,1",
    "g",
    "0x41g",
    "0".repeat(65),
    `0x${"0".repeat(65)}`,
    `0x${"0".repeat(64)} `,
    "\u00b2",
  ]) {
    it(`${show(text)} is none`, () => assert.equal(parseAbsoluteMask(text), undefined));
  }

  it("has 0x or x, up to 64 hex digits and a newline, and nothing else", () => {
    const nearly = fc.oneof(
      fc.stringMatching(/^(0x|x|0X)?[0-9a-fA-F]{0,70}[\n ,]?$/),
      fc.string({ unit: fc.constantFrom(..."0123456789abcdefxX+-, \n"), maxLength: 12 }),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        const match = /^(?:0x|x)?([0-9a-fA-F]{0,64})\n?$(?!\n)/.exec(text);
        const mask = parseAbsoluteMask<Apid>(text);
        if (!match) return assert.equal(mask, undefined);
        const bits = [...(match[1] as string)].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
        const ids = [...bits.join("")].flatMap((bit, id) => (bit === "1" ? [id] : []));
        assert.deepEqual(mask?.ids(), ids);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a relative mask", () => {
  const current = [1, 2, 3, 250];
  const read: readonly (readonly [string, readonly number[]])[] = [
    ["+5", [1, 2, 3, 5, 250]],
    ["-2", [1, 3, 250]],
    ["+5\n", [1, 2, 3, 5, 250]],
    ["+1", [1, 2, 3, 250]],
    ["-7", [1, 2, 3, 250]],
    ["+5-7", [1, 2, 3, 5, 6, 7, 250]],
    ["+5-5", [1, 2, 3, 5, 250]],
    ["-0-255", []],
    ["-0-255,+9", [9]],
    ["+9,-0-255", []],
    ["+1-5", [1, 2, 3, 4, 5, 250]],
    ["+1,-5", [1, 2, 3, 250]],
    ["+5+6", [1, 2, 3, 5, 6, 250]],
    ["+5-6-7", [1, 2, 3, 5, 6, 250]],
    ["+5,", [1, 2, 3, 5, 250]],
    ["+5,,\n,+6,\n", [1, 2, 3, 5, 6, 250]],
    ["+0x0a", [1, 2, 3, 10, 250]],
    ["+0X0a", [1, 2, 3, 10, 250]],
    ["+010", [1, 2, 3, 8, 250]],
    ["+0x5-0x7", [1, 2, 3, 5, 6, 7, 250]],
    ["+255", [1, 2, 3, 250, 255]],
    ["+18446744073709551616", [0, 1, 2, 3, 250]],
  ];
  for (const [text, ids] of read) {
    it(`${show(text)} makes ids 1 2 3 250 to ${ids.join(" ") || "none"}`, () => {
      assert.deepEqual(parseRelativeMask(text, of(...current))?.ids(), ids);
    });
  }

  for (const text of [
    "+",
    "-",
    "+ 5",
    "+5 ",
    " +5",
    "5",
    "+5,6",
    "+256",
    "-256",
    "+0x",
    "+08",
    "+x5",
    "++5",
    "+-5",
    "+5-",
    "+5--7",
    "+5-+7",
    "+7-5",
    "+5-256",
    "+5-,",
    ",+5",
    "\n+5",
    "+5;+6",
    "+5,+",
    "+a",
  ]) {
    it(`${show(text)} is none`, () => assert.equal(parseRelativeMask(text, of(...current)), undefined));
  }

  const NUMBER = "0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*";
  const TERM = new RegExp(`([+-])(${NUMBER})(?:-(${NUMBER}))?[,\\n]*`, "y");

  function value(text: string): bigint {
    const digits = /^0[0-7]+$/.test(text) ? `0o${text}` : text;
    return BigInt(digits) % (1n << 64n);
  }

  /** The same rules, once more and otherwise. */
  function readTerms(text: string, ids: ReadonlySet<number>): Set<number> | undefined {
    const result = new Set(ids);
    TERM.lastIndex = 0;
    for (let at = 0; at < text.length; at = TERM.lastIndex) {
      const match = TERM.exec(text);
      if (!match) return undefined;
      const [, sign, first, last = first] = match as unknown as [string, string, string, string | undefined];
      const [from, to] = [value(first), value(last)];
      if (from > 255n || to > 255n || to < from) return undefined;
      for (let id = Number(from); id <= Number(to); id++) {
        if (sign === "+") result.add(id);
        else result.delete(id);
      }
    }
    return result;
  }

  it("is applied term by term, the later ones winning, whatever the text", () => {
    const number = fc.oneof(
      fc.nat(260).map((id) => `${id}`),
      fc.nat(260).map((id) => `0x${id.toString(16)}`),
      fc.nat(260).map((id) => `0${id.toString(8)}`),
      fc.constantFrom("", "08", "0x", "18446744073709551617"),
    );
    const term = fc
      .tuple(fc.constantFrom("+", "-", "+", ""), number, fc.option(number), fc.constantFrom("", ",", "\n", ",,", " "))
      .map(([sign, first, last, separator]) => `${sign}${first}${last === null ? "" : `-${last}`}${separator}`);
    const texts = fc.oneof(
      fc.array(term, { maxLength: 4 }).map((terms) => terms.join("")),
      fc.string({ unit: fc.constantFrom(..."0123456789x+-,\n"), maxLength: 10 }),
    );
    fc.assert(
      fc.property(texts, fc.uniqueArray(fc.nat(255), { maxLength: 20 }), (text, ids) => {
        const before = of(...ids);
        const expected = readTerms(text, new Set(ids));
        const mask = parseRelativeMask(text, before);
        assert.deepEqual(mask?.ids(), expected && [...expected].sort((a, b) => a - b));
        assert.deepEqual(
          before.ids(),
          [...ids].sort((a, b) => a - b),
          "the mask it starts from stays as it is",
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is written to a mask", () => {
  it("is relative if it begins with a sign, else absolute", () => {
    assert.deepEqual(parseMask("+5", of(1))?.ids(), [1, 5]);
    assert.deepEqual(parseMask("-1", of(1, 2))?.ids(), [2]);
    assert.deepEqual(parseMask("0x4", of(5))?.ids(), [1]);
    assert.deepEqual(parseMask("", of(5))?.ids(), []);
    assert.equal(parseMask(" +5", of(1)), undefined);
  });
});
