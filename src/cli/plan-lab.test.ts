// Plans and labs: a plan's trace played from its host, a lab that goes on with it, and a plan made inside of a lab and carried out there.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Client } from "../testing/support/client.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const HOST = hostFile("kernel-doc-guests");
const [FIRST, SECOND] = [1, 2].map((m) => `7a2c1d3e-000${m}-4c58-9b1e-5f0c0a6d000${m}`);
const parent = temporaryDirectory();
const client = new Client();
after(() => {
  client.stop();
  killLabs();
});

interface Steps {
  readonly steps: readonly { readonly path: string; readonly value: string }[];
  readonly mdevs: readonly { readonly uuid: string; readonly after: readonly string[] }[];
}

function place(): { readonly directory: string; readonly desired: string; readonly options: CommandOptions } {
  const directory = freshDirectory(parent);
  const desired = join(directory, "desired.yaml");
  // Domain ab goes from one guest to another, which keeps what it has.
  writeFileSync(
    desired,
    `mdevs:\n  - { uuid: ${FIRST}, domains: [4] }\n  - { uuid: ${SECOND}, domains: [0x47, 0xab, 0xff] }\n`,
  );
  return { directory, desired, options: { run: freshDirectory(parent, "run") } };
}

describe("the trace of a plan", () => {
  it("is played from the host it was made for, and differs where the host does", async () => {
    const { directory, desired, options } = place();
    const trace = join(directory, "plan.jsonl");
    assert.equal((await apmatrix(["plan", desired, "--from", HOST, "--out", trace], options)).code, 0);
    const played = await apmatrix(["play", trace, "--from", HOST], options);
    assert.deepEqual([played.code, played.stdout], [0, "1 trace, 2 operations, 0 differences\n"]);
    const other = await apmatrix(["play", trace, "--from", hostFile("kernel-doc")], options);
    assert.equal(other.code, 2);
    assert.match(other.stdout, /plan\.jsonl:2: .* r: expected 4, found "ENOENT"/);
    const alone = await apmatrix(["play", trace], options);
    assert.match(alone.stderr, /plan\.jsonl:2:\d+: expected the operation "init" first.* needs its host$/m);
  });
});

describe("a plan in a lab", { skip: await mountSkip() }, () => {
  const guestOf = (mount: string, uuid: string | undefined): Promise<string> =>
    client.value<string>({ kind: "read", path: `${mount}/devices/vfio_ap/matrix/${uuid}/guest_matrix` });

  it("has been carried out in a lab that is brought up with its trace", async () => {
    const { directory, desired, options } = place();
    const trace = join(directory, "plan.jsonl");
    await apmatrix(["plan", desired, "--from", HOST, "--out", trace], options);
    const mount = freshDirectory(parent, "sys");
    const lab = await labUp([HOST, "--replay", trace, "--mount", mount], options);
    assert.equal(await guestOf(mount, SECOND), "05.0047\n05.00ab\n05.00ff\n");
    assert.equal((await lab.stop()).code, 0);
  });

  it("is made from the lab's own /sys and leads where it says", async () => {
    const { desired, options } = place();
    const mount = freshDirectory(parent, "sys");
    const lab = await labUp([HOST, "--mount", mount], options);
    const inside = (...words: string[]) =>
      apmatrix(["lab", "exec", "--", process.execPath, PROGRAM, "plan", desired, ...words], options);
    const made = await inside("--format", "json", "--detailed-exitcode");
    assert.equal(made.code, 2, made.stderr);
    const { steps, mdevs } = JSON.parse(made.stdout) as Steps;
    for (const { path, value } of steps) {
      assert.equal(await client.value({ kind: "write", path: `${mount}/${path}`, value }), value.length);
    }
    assert.equal(mdevs.length, 2);
    for (const { uuid, after: queues } of mdevs) {
      assert.equal(await guestOf(mount, uuid), queues.map((name) => `${name}\n`).join(""));
    }
    const again = await inside("--detailed-exitcode");
    assert.equal(again.code, 0);
    assert.match(again.stdout, /^Nothing to do/m);
    assert.equal((await lab.stop()).code, 0);
  });
});
