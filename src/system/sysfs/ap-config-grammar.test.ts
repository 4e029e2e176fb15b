// What may be written to ap_config: three absolute masks. The rules and examples of docs/kernel/device.md §5.2.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asApid } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { parseApConfig } from "./ap-config-grammar.ts";

const show = (text: string): string =>
  text.length > 60 ? `${text.length} characters, ...${JSON.stringify(text.slice(-12))}` : JSON.stringify(text);

function ids(text: string): [number[], number[], number[]] | undefined {
  const masks = parseApConfig(text);
  return masks && [masks.apm.ids(), masks.aqm.ids(), masks.adm.ids()];
}

/** Three masks at full length: 200 characters. */
const FULL = [0x05, 0x0c, 0xff].map((id) => formatMask(maskOf([asApid(id)]))).join(",");

describe("a write to ap_config", () => {
  const read: readonly (readonly [string, number[], number[], number[]])[] = [
    ["0x04,0x0008,0x\n", [5], [12], []],
    ["0x04,0x0008,0x8000\n", [5], [12], [0]],
    ["04,0008,8", [5], [12], [0]],
    ["x04,x0008,x8", [5], [12], [0]],
    [",,\n", [], [], []],
    [",,", [], [], []],
    ["8,8,", [0], [0], []],
    ["8\n8\n8\n", [0], [0], [0]],
    ["8,8\n8,", [0], [0], [0]],
    ["\n\n", [], [], []],
    ["8,8,8,", [0], [0], [0]],
    ["8,8,8,and whatever else there is", [0], [0], [0]],
    ["8,8,8\nand whatever else there is", [0], [0], [0]],
    ["8,8,,zz", [0], [0], []],
    [FULL, [5], [12], [255]],
    [`${FULL}\n`, [5], [12], [255]],
    [`${FULL},anything`, [5], [12], [255]],
    [`${FULL}\n${"z".repeat(4000)}`, [5], [12], [255]],
  ];
  for (const [text, apm, aqm, adm] of read) {
    it(`${show(text)} is read`, () => assert.deepEqual(ids(text), [apm, aqm, adm]));
  }

  for (const text of [
    "",
    "\n",
    "8",
    "8,8",
    "+5,,",
    ",-5,",
    ",,+5",
    "0X04,,",
    " 8,8,8",
    "8, 8,8",
    "8,8,8 ",
    "8,g,8",
    "8;8;8",
    `8,8,${"0".repeat(65)}`,
    `8,8,${"0".repeat(4000)}`,
    `${FULL}z`,
    `${FULL}zz`,
    `${FULL}0`,
    `8,${"0".repeat(199)},8`,
  ]) {
    it(`${show(text)} is refused`, () => assert.equal(parseApConfig(text), undefined));
  }

  it("looks at 201 characters and no more", () => {
    fc.assert(
      fc.property(fc.constantFrom("\n", ",", "z", "0"), fc.string(), (next, rest) => {
        assert.equal(ids(FULL + next + rest) !== undefined, next === "\n" || next === ",");
      }),
    );
  });

  it("reads back what the attribute shows", () => {
    const mask = fc.uniqueArray(fc.nat(255)).map((list) => [...list].sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.tuple(mask, mask, mask), (lists) => {
        const text = lists.map((list) => formatMask(maskOf(list.map(asApid)))).join(",");
        assert.deepEqual(ids(`${text}\n`), lists);
      }),
    );
  });
});
