// Masks as text count bits from the left: the examples of the specification, and a round trip for every mask.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apid, asApid } from "./id.ts";
import { type Mask, maskOf, newMask } from "./mask.ts";
import { formatMask, parseMaskText } from "./mask-text.ts";

const of = (...ids: number[]): Mask<Apid> => maskOf(ids.map(asApid));
const without = (...ids: number[]): Mask<Apid> => {
  const mask = newMask<Apid>();
  mask.fill();
  for (const id of ids) mask.remove(asApid(id));
  return mask;
};
/** `0x`, these digits, and as many of another as make 64. */
const padded = (digits: string, filler: string): string => `0x${digits.padEnd(64, filler)}`;

describe("a mask as text", () => {
  const cases: readonly (readonly [string, Mask<Apid>, string])[] = [
    ["nothing", of(), padded("", "0")],
    ["all", without(), padded("", "f")],
    ["id 0 is the leftmost bit", of(0), padded("8", "0")],
    ["id 255 is the rightmost bit", of(255), `0x${"1".padStart(64, "0")}`],
    ["1 2 3 4 5 7", of(1, 2, 3, 4, 5, 7), padded("7d", "0")],
    ["0x41 is the second bit of the ninth byte", of(0x41), padded("0000000000000000" + "40", "0")],
    ["all but 5 and 6", without(5, 6), padded("f9", "f")],
    [
      "all but 4, 0x47, 0xab and 0xff",
      without(0x04, 0x47, 0xab, 0xff),
      "0xf7fffffffffffffffeffffffffffffffffffffffffeffffffffffffffffffffe",
    ],
    ["both sides of a word of the buffer", of(31, 32), padded("0000000180000000", "0")],
  ];
  for (const [name, mask, text] of cases) {
    it(`${name}: ${text}`, () => {
      assert.equal(formatMask(mask), text);
      assert.deepEqual(parseMaskText<Apid>(text)?.ids(), mask.ids());
    });
  }

  it("has 64 digits also for a narrow mask", () => {
    const narrow = newMask<Apid>(16);
    narrow.add(asApid(15));
    assert.equal(formatMask(narrow), padded("0001", "0"));
  });

  it("is the same after there and back, for every mask", () => {
    const hex = fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(hex, (digits) => {
        const text = `0x${digits.join("")}`;
        const mask = parseMaskText<Apid>(text);
        assert.ok(mask);
        assert.equal(formatMask(mask), text);
      }),
    );
  });

  it("says what BigInt says of the same 256 bits", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(255)), (ids) => {
        const value = ids.reduce((sum, id) => sum | (1n << BigInt(255 - id)), 0n);
        assert.equal(formatMask(of(...ids)), `0x${value.toString(16).padStart(64, "0")}`);
      }),
    );
  });

  it("may leave out zeros at the right", () => {
    assert.deepEqual(parseMaskText<Apid>("0x41")?.ids(), [1, 7]);
    assert.deepEqual(parseMaskText<Apid>("0x8")?.ids(), [0]);
  });

  for (const text of ["", "0x", "41", "0X41", "0xF9", "0x4 1", "0x41\n", " 0x41", `${padded("", "0")}0`]) {
    it(`is not ${JSON.stringify(text.length > 20 ? "65 digits" : text)}`, () => {
      assert.equal(parseMaskText(text), undefined);
    });
  }
});
