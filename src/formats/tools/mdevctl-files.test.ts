// Definitions in the layouts of mdevctl's files and lists: read and written again they are the same bytes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { matrixOfAttributes } from "./attribute-matrix.ts";
import { formatMdevctlFile, formatMdevctlList, type MdevctlDevice, parseMdevctl } from "./mdevctl-json.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../../src/formats/tools/fixtures/${name}`, import.meta.url), "utf8");

describe("a definition of mdevctl", () => {
  for (const name of ["definition.json", "definition-without-newline.json"]) {
    it(`${name}: the same bytes, but for a newline at the end`, () => {
      const text = read(name);
      const parsed = parseMdevctl(text);
      assert.ok(parsed.ok);
      const { definition } = parsed.value[0] ?? assert.fail();
      assert.equal(formatMdevctlFile(definition), text.trimEnd());
      const matrix = matrixOfAttributes(definition.attrs);
      assert.ok(matrix.ok);
      const { apm, aqm, adm } = matrix.value;
      const ids = [apm.ids(), aqm.ids(), adm.ids()];
      assert.deepEqual(ids, [
        [9, 0x2b],
        [3, 0x1c],
        [3, 0x1c],
      ]);
    });
  }
});

describe("a list of mdevctl", () => {
  it("is the same bytes, with other types, other parents and one uuid below two parents", () => {
    const text = read("list.json");
    const parsed = parseMdevctl(text);
    assert.ok(parsed.ok);
    assert.equal(parsed.value.length, 3);
    assert.equal(formatMdevctlList(parsed.value as readonly MdevctlDevice[]), text.trimEnd());
  });
});
