// What attributes of mdevctl assign: the kernel's reading of numbers, and its refusals.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asApid } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { matrixOfAttributes, octalNumbers } from "./attribute-matrix.ts";
import type { MdevctlAttribute } from "./mdevctl-json.ts";

const attributes = (...lines: readonly string[]): readonly MdevctlAttribute[] =>
  lines.map((line) => {
    const [name = "", value = ""] = line.split(" ");
    return { name, value };
  });

const matrix = (...lines: readonly string[]): string => {
  const read = matrixOfAttributes(attributes(...lines));
  if (!read.ok) return `${read.at}: ${read.errno}`;
  return [read.value.apm.ids(), read.value.aqm.ids(), read.value.adm.ids()].join(" ");
};

describe("the attributes of a definition", () => {
  it("assign decimal, hex and octal numbers, as the kernel reads them", () => {
    assert.equal(matrix("assign_adapter 5", "assign_domain 0x47", "assign_control_domain 0107"), "5 71 71");
  });

  it("of one definition do nothing to those of another, refused or not", () => {
    const first = matrixOfAttributes(attributes("assign_adapter 5", "assign_domain 7"));
    assert.equal(matrix("assign_adapter 4", "remove 1", "assign_domain 4"), "1: ENODEV");
    assert.equal(matrix("assign_adapter 256"), "0: ENODEV");
    assert.equal(matrix("assign_adapter 6"), "6  ");
    assert.equal(matrix(), "  ");
    assert.ok(first.ok);
    assert.deepEqual([first.value.apm.ids(), first.value.aqm.ids()], [[5], [7]]);
  });

  it("are written one after the other", () => {
    assert.equal(matrix("assign_adapter 5", "unassign_adapter 5", "assign_adapter 6", "assign_adapter 6"), "6  ");
    const config = [5, 71, 71].map((id) => formatMask(maskOf([asApid(id)]))).join(",");
    assert.equal(matrix("assign_adapter 4", `ap_config ${config}`), "5 71 71");
  });

  it("are refused from the first that any host would refuse", () => {
    assert.equal(matrix("assign_adapter 5", "assign_adapter 0089"), "1: EINVAL");
    assert.equal(matrix("assign_adapter 256"), "0: ENODEV");
    assert.equal(matrix("assign_domain 99999999999999999999"), "0: ERANGE");
    assert.equal(matrix("assign_adapters 5"), "0: ENOENT");
    assert.equal(matrix("matrix 5"), "0: EACCES");
    assert.equal(matrix("remove 1"), "0: ENODEV");
  });

  it("are warned of where a number is octal", () => {
    const [warning, ...more] = octalNumbers(attributes("assign_domain 0047", "assign_domain 0", "assign_domain 0x047"));
    assert.equal(warning, "assign_domain 0047 is octal, 0x27: write 0x47 or 47 if that is meant");
    assert.deepEqual(more, []);
  });
});
