// A short soak of a mounted lab; npm run soak:lab is the long one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLongForm } from "../../support/long-form.ts";
import { mountSkip } from "../../support/precondition.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { soakLab } from "./lab-soak.ts";

const SECONDS = inLongForm(4, 1);
const SEED = 5;

describe("a lab that eight processes hammer", { skip: await mountSkip() }, () => {
  it(`gives no wrong answer in ${SECONDS} s and keeps nothing, seed ${SEED}`, async () => {
    const result = await soakLab({ clients: 8, seconds: SECONDS, seed: SEED, parent: temporaryDirectory() });
    assert.deepEqual(result.problems, []);
    assert.ok(
      result.writes > 100 * SECONDS && result.reads > 100 * SECONDS && result.listings > 10 * SECONDS,
      JSON.stringify(result),
    );
  });
});
