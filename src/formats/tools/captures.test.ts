// Definitions that others published, where they lie beside the repository: read and written again they are the same bytes.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { matrixOfAttributes } from "./attribute-matrix.ts";
import { formatMdevctlFile, formatMdevctlList, type MdevctlDevice, parseMdevctl } from "./mdevctl-json.ts";

const beside = process.env.APMATRIX_SHARED
  ? pathToFileURL(`${process.env.APMATRIX_SHARED}/`)
  : new URL("../../../../shared/", import.meta.url);
const folder = new URL("captures/", beside);
const skip = existsSync(folder) ? false : "the published definitions are not at hand";
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

describe("published definitions of mdevctl", { skip }, () => {
  for (const name of ["mdevctl-define-testdata.json", "mdevctl-define-testdata-noeol.json"]) {
    it(`${name}: the same bytes, but for a newline at the end`, () => {
      const text = read(name);
      const parsed = parseMdevctl(text);
      assert.ok(parsed.ok);
      const { definition } = parsed.value[0] ?? assert.fail();
      assert.equal(formatMdevctlFile(definition), text.trimEnd());
      const matrix = matrixOfAttributes(definition.attrs);
      assert.ok(matrix.ok);
      const { apm, aqm, adm } = matrix.value;
      assert.deepEqual(
        [apm.ids(), aqm.ids(), adm.ids()],
        [
          [5, 6],
          [4, 0xab],
          [4, 0xab],
        ],
      );
    });
  }

  it("mdevctl-list-defined.json: the same bytes, other types and all", () => {
    const text = read("mdevctl-list-defined.json");
    const parsed = parseMdevctl(text);
    assert.ok(parsed.ok);
    assert.equal(formatMdevctlList(parsed.value as readonly MdevctlDevice[]), text.trimEnd());
  });
});
