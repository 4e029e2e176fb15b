// kill -9 at random moments, while a client writes and while the lab comes up.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { KILLED_HOST, KilledModel, soakKills, stateOf } from "../testing/soak/lab/kill-soak.ts";
import { Random } from "../testing/soak/random.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { inLongForm } from "../testing/support/long-form.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const SEED = 11;
const ROUNDS = inLongForm(10, 3);
const parent = temporaryDirectory();
after(killLabs);

describe("a lab with a journal", { skip: await mountSkip() }, () => {
  it(`is after ${ROUNDS} kills where its answers were, seed ${SEED}`, async () => {
    const answered = await soakKills({ rounds: ROUNDS, writes: 20, seed: SEED, parent });
    assert.ok(answered > ROUNDS * 5, `${answered} answers`);
  });

  it("can be killed while it comes up, again and again", async () => {
    const random = new Random(SEED);
    const options = { run: freshDirectory(parent, "run") };
    const [mount, journal] = [freshDirectory(parent, "sys"), freshDirectory(parent, "journal")];
    const words = [KILLED_HOST, "--mount", mount, "--journal", journal, "--no-timer"];
    for (let round = 0; round < inLongForm(8, 4); round++) {
      const env = { ...process.env, APMATRIX_RUN: options.run };
      const child = spawn(process.execPath, [PROGRAM, "lab", "up", ...words], { env, stdio: "ignore" });
      await pause(120 + random.below(200));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
    }
    const lab = await labUp(words, options);
    assert.equal(await stateOf(options.run), new KilledModel().state);
    assert.equal((await lab.stop()).code, 0);
  });
});
