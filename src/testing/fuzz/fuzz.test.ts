// A moment of what npm run fuzz does for hours.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { inLongForm } from "../support/long-form.ts";
import { fuzz } from "./run.ts";
import { TARGETS } from "./targets.ts";

const INPUTS = inLongForm(150, 30);

describe("what is nearly right", () => {
  after(() => {
    for (const { end } of TARGETS) end?.();
  });
  for (const target of TARGETS) {
    it(`is read, or refused in one line and in time: ${target.name}`, async () => {
      const { finds } = await fuzz(target, INPUTS, 1);
      assert.deepEqual(finds, []);
    });
  }
});
