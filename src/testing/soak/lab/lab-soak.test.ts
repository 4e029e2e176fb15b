// A short soak of a mounted lab; npm run soak:lab is the long one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mountSkip } from "../../support/precondition.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { soakLab } from "./lab-soak.ts";

const SECONDS = 4;
const SEED = 5;

describe("a lab that eight processes hammer", { skip: await mountSkip() }, () => {
  it(`gives no wrong answer in ${SECONDS} seconds and keeps nothing, seed ${SEED}`, async () => {
    const result = await soakLab({ clients: 8, seconds: SECONDS, seed: SEED, parent: temporaryDirectory() });
    assert.deepEqual(result.problems, []);
    assert.ok(result.writes > 1000 && result.reads > 1000 && result.listings > 100, JSON.stringify(result));
  });
});
