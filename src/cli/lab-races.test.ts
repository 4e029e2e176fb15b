// Labs that are started at the same moment: of one name, and on one mount point, one comes up and the others say why they do not.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { apmatrix, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const HOST = fileURLToPath(new URL("../../hosts/kernel-doc.yaml", import.meta.url));
const LABS = 4;
const parent = temporaryDirectory();
const skip = await mountSkip();

/** Start labs at once. @returns the one that came up, and what the others said */
async function race(
  words: (n: number) => readonly string[],
): Promise<{ lab: RunningLab; said: readonly string[]; run: string }> {
  const run = freshDirectory(parent);
  const labs = Array.from({ length: LABS }, (_, n) => labUp([HOST, "--no-timer", ...words(n)], { run }));
  const ended = await Promise.allSettled(labs);
  const up = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  assert.equal(up.length, 1);
  const said = ended.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
  return { lab: up[0] as RunningLab, said, run };
}

describe("labs that are started at once", () => {
  it("of one name: one comes up, and is found", async () => {
    const { lab, said, run } = await race(() => ["--name", "same"]);
    for (const why of said) assert.match(why, /ended with 1: apmatrix: a lab "same" (?:is running already|comes up)/);
    const list = await apmatrix(["lab", "list"], { run });
    assert.match(list.stdout, new RegExp(`^same .* process ${lab.pid}\n$`));
    assert.equal((await apmatrix(["lab", "event", "--name", "same", "scan"], { run })).code, 0);
    await lab.stop();
    assert.deepEqual(
      readdirSync(run).filter((file) => file !== "same"),
      [],
    );
  });

  it("on one mount point: one is mounted, and answers", { skip }, async () => {
    const mount = freshDirectory(parent);
    const { lab, said } = await race((n) => ["--name", `n${n}`, "--mount", mount]);
    for (const why of said) assert.match(why, /ended with 1: apmatrix: (?:another lab is|lab "n\d" is|.*) mounted at /);
    assert.ok(existsSync(join(mount, "bus", "ap")));
    await lab.stop();
    assert.deepEqual(readdirSync(mount), []);
  });
});

describe("a lab whose process was stopped", () => {
  it("is not waited for without end", async () => {
    const run = freshDirectory(parent);
    const lab = await labUp([HOST, "--no-timer"], { run });
    lab.process.kill("SIGSTOP");
    const ends = await Promise.all([["event", "scan"], ["down"]].map((words) => apmatrix(["lab", ...words], { run })));
    for (const { code, stderr } of ends) {
      assert.equal(code, 1);
      assert.match(stderr, /^apmatrix: the lab does not answer: was its process stopped\? .*\n$/);
    }
    lab.process.kill("SIGCONT");
    await lab.stop();
  });
});
