// Numbers as the kernel reads them: the examples of docs/kernel/bus.md §1.1, and a second reading by regular expression for
// everything else.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { kstrtobool, kstrtoul, NOT_A_NUMBER, simpleStrtoul, sscanfInt, TOO_BIG } from "./number-grammar.ts";

const show = (text: string): string =>
  text.length > 40 ? `${JSON.stringify(text.slice(0, 30))}...` : JSON.stringify(text);

/** Texts that are numbers, or nearly. */
const nearlyNumber = fc.oneof(
  fc.stringMatching(/^[ +-]?(0x|0X|0)?[0-9a-fA-F]{0,24}[\n x]{0,2}$/),
  fc.string({ unit: fc.constantFrom(..."0123456789abcxX+- \n"), maxLength: 8 }),
  fc.bigInt({ min: 0n, max: 1n << 66n }).map((value) => `${value}`),
  fc.bigInt({ min: 0n, max: 1n << 66n }).map((value) => `0x${value.toString(16)}\n`),
  fc.bigInt({ min: 0n, max: 1n << 66n }).map((value) => `0${value.toString(8)}`),
  fc.string({ maxLength: 6 }),
);

const NUMBER = /^(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))/;

/** The number a text begins with, and what follows it; undefined if it begins with none. */
function readAhead(text: string): { value: bigint; rest: string } | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [all, hex, octal, decimal] = match;
  const value = BigInt(hex !== undefined ? `0x${hex}` : octal !== undefined ? `0o0${octal}` : (decimal as string));
  return { value, rest: text.slice(all.length) };
}

describe("a number written to an attribute (kstrtoul, base 0)", () => {
  const values: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["4", 4],
    ["4\n", 4],
    ["+4", 4],
    ["+0x4\n", 4],
    ["0x47", 0x47],
    ["0X47", 0x47],
    ["0xAb", 0xab],
    ["047", 0o47],
    ["47", 47],
    ["00", 0],
    ["0000000000000000000000000004", 4],
    ["0x00000000000000000000000000ff", 0xff],
    ["255", 255],
    ["256", 256],
    ["18446744073709551615", 2 ** 64],
    ["0xffffffffffffffff\n", 2 ** 64],
  ];
  for (const [text, value] of values) {
    it(`${show(text)} is ${value}`, () => assert.equal(kstrtoul(text), value));
  }

  for (const text of [
    "",
    "\n",
    "-1",
    " 5",
    "5 ",
    "5\n\n",
    "5\n ",
    "\n5",
    "+ 5",
    "++5",
    "+-5",
    "+",
    "08",
    "09",
    "0x",
    "0x\n",
    "0xg",
    "x5",
    "5x",
    "0b1",
    "1e3",
    "5,6",
    "five",
    ":",
    "1:",
    "0x:",
    "0x1:",
    "18446744073709551615x",
    "\u00b25",
  ]) {
    it(`${show(text)} is not a number`, () => assert.equal(kstrtoul(text), NOT_A_NUMBER));
  }

  for (const text of [
    "18446744073709551616",
    "18446744073709551616 ",
    "99999999999999999999x",
    "0xfffffffffffffffffg",
    "+0x10000000000000000\n",
    "02000000000000000000000",
    "1".repeat(4000),
  ]) {
    it(`${show(text)} is too big, whatever follows it`, () => assert.equal(kstrtoul(text), TOO_BIG));
  }

  it("is read as the rules say, whatever the text", () => {
    fc.assert(
      fc.property(nearlyNumber, (text) => {
        const read = readAhead(text.startsWith("+") ? text.slice(1) : text);
        if (read === undefined) return assert.equal(kstrtoul(text), NOT_A_NUMBER);
        if (read.value >= 1n << 64n) return assert.equal(kstrtoul(text), TOO_BIG);
        assert.equal(kstrtoul(text), read.rest === "" || read.rest === "\n" ? Number(read.value) : NOT_A_NUMBER);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a number within a relative mask (simple_strtoul)", () => {
  for (const [text, value, end] of [
    ["5,", 5n, 1],
    ["0x1f-", 0x1fn, 4],
    ["0X1F", 0x1fn, 4],
    ["017", 0o17n, 3],
    ["08", 0n, 1],
    ["0x", 0n, 1],
    ["", 0n, 0],
    ["-5", 0n, 0],
    ["18446744073709551616", 0n, 20],
    ["18446744073709551621", 5n, 20],
    ["0x10000000000000000f", 15n, 20],
  ] as const) {
    it(`${show(text)} is ${value} and ends at ${end}`, () => assert.deepEqual(simpleStrtoul(text, 0), { value, end }));
  }

  it("begins anywhere in a text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4 }), nearlyNumber, (before, text) => {
        const read = readAhead(text);
        const value = (read?.value ?? 0n) % (1n << 64n);
        const length = read ? text.length - read.rest.length : 0;
        assert.deepEqual(simpleStrtoul(before + text, before.length), { value, end: before.length + length });
      }),
    );
  });
});

describe("a number read with sscanf", () => {
  for (const [text, decimal, any] of [
    ["5", 5, 5],
    ["5\n", 5, 5],
    ["5 and more", 5, 5],
    [" \t\n\v\f\r5", 5, 5],
    ["\u00a05", 5, 5],
    ["-1", -1, -1],
    [" -1", -1, -1],
    ["010", 10, 8],
    ["08", 8, 0],
    ["0x10", 0, 16],
    ["0X10", 0, 16],
    ["-0x10", 0, -16],
    ["0x", 0, 0],
    ["4294967301", 5, 5],
    ["2147483648", -2147483648, -2147483648],
    ["-2147483649", 2147483647, 2147483647],
    ["18446744073709551621", 5, 5],
    ["+5", undefined, undefined],
    ["- 5", undefined, undefined],
    ["--5", undefined, undefined],
    ["-", undefined, undefined],
    ["", undefined, undefined],
    ["\n", undefined, undefined],
    ["x5", undefined, undefined],
    ["a", undefined, undefined],
  ] as const) {
    it(`${show(text)} is ${decimal ?? "no number"} with %d, ${any ?? "no number"} with %i`, () => {
      assert.equal(sscanfInt(text, "%d"), decimal);
      assert.equal(sscanfInt(text, "%i"), any);
    });
  }

  it("is always a number of 32 bits, or none", () => {
    fc.assert(
      fc.property(nearlyNumber, fc.constantFrom("%d" as const, "%i" as const), (text, format) => {
        const value = sscanfInt(text, format);
        if (value !== undefined) assert.equal(value, Number(BigInt.asIntN(32, BigInt(value))));
        assert.equal(value !== undefined, /^[ \t\n\v\f\r\u00a0]*-?[0-9]/.test(text));
      }),
    );
  });
});

describe("a switch (kstrtobool)", () => {
  for (const text of ["1", "y", "Y", "t", "T", "1\n", "yes", "true", "10", "on", "ON", "oN", "Onwards"]) {
    it(`${show(text)} is on`, () => assert.equal(kstrtobool(text), true));
  }
  for (const text of ["0", "n", "N", "f", "F", "0\n", "no", "false", "01", "of", "OFF", "oF"]) {
    it(`${show(text)} is off`, () => assert.equal(kstrtobool(text), false));
  }
  for (const text of ["", "\n", "2", "o", "O", "o1", "ox", "-1", "+1", " 1", "enable"]) {
    it(`${show(text)} is neither`, () => assert.equal(kstrtobool(text), undefined));
  }
});
