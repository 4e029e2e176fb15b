// Signals to apmatrix apply, at moments when it is in a call that does not come back: while it looks at a host that does not answer, and
// while a write is under way.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { apmatrix, type Ended, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { type MountedLab, mountedLab } from "../testing/support/mounted-lab.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const skip = await mountSkip();
const parent = temporaryDirectory();
const HOST = "cards: [{ id: 0x04, type: CEX8C }, { id: 0x05, type: CEX8C }]\ndomains: [0x04, 0x47]\n";
const UUIDS = [1, 2, 3, 4].map((n) => `62177883-f1bb-47f0-914d-32a22e3a880${n}`);
const DESIRED = `mdevs:\n${UUIDS.map((uuid) => `  - { uuid: ${uuid} }\n`).join("")}`;

/** Until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 1000 && !isSo(); n++) await pause(10);
  assert.ok(isSo());
}

describe("a signal to apply while the host does not answer", { skip }, () => {
  const labs: RunningLab[] = [];
  after(async () => {
    for (const lab of labs) {
      lab.process.kill("SIGCONT");
      await lab.stop();
    }
  });

  /** Apply on a lab that has stopped, looking at it. */
  async function stuck(): Promise<{ lab: RunningLab; child: ChildProcess; ended: Promise<Ended>; lock: string }> {
    const run = freshDirectory(parent);
    const at = (name: string): string => join(run, name);
    const [lock, desired, host] = [at("lock"), at("desired.yaml"), at("host.yaml")];
    writeFileSync(host, HOST);
    writeFileSync(desired, DESIRED);
    const mount = freshDirectory(run, "sys");
    const lab = await labUp([host, "--no-timer", "--mount", mount], { run });
    labs.push(lab);
    lab.process.kill("SIGSTOP");
    let child: ChildProcess | undefined;
    const ended = apmatrix(["apply", desired, "--from", mount, "--lock", lock], {
      run,
      started: (one) => {
        child = one;
      },
    });
    await until(() => existsSync(lock));
    await pause(300);
    return { lab, child: child as ChildProcess, ended, lock };
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`${signal} keeps it from every write, however late the host answers`, async () => {
      const { lab, child, ended, lock } = await stuck();
      child.kill(signal);
      await pause(300);
      lab.process.kill("SIGCONT");
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, stdout], [1, ""], stderr);
      assert.match(
        stderr,
        new RegExp(`^apmatrix: stopped by ${signal} before the first write; nothing was written$`, "m"),
      );
      assert.equal(existsSync(lock), false);
    });
  }

  it("ends it at once when it comes a second time, and gives the lock back", async () => {
    const { child, ended, lock } = await stuck();
    child.kill("SIGINT");
    await pause(1300);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, child.signalCode, stdout], [null, "SIGTERM", ""]);
    const [first, second] = stderr.trimEnd().split("\n");
    assert.match(
      first ?? "",
      /^apmatrix: SIGINT is heard when the call to the host comes back; once more ends it now$/,
    );
    assert.match(second ?? "", /^apmatrix: ended at once by SIGTERM before the first write; nothing was written$/);
    assert.equal(existsSync(lock), false);
  });
});

describe("a signal to apply while a write is under way", { skip }, () => {
  const labs: MountedLab[] = [];
  after(async () => {
    for (const lab of labs) await lab.stop();
  });

  it("ends it at once when it comes a second time, and says what was done and what may have been", async () => {
    const described = parseHostDescription(HOST, "host");
    assert.ok(described.ok);
    const lab = await mountedLab({ beginning: hostOperations(described.value), profile: DEFAULT_PROFILE, parent });
    labs.push(lab);
    const run = freshDirectory(parent);
    const desired = join(run, "desired.yaml");
    writeFileSync(desired, DESIRED);
    let child: ChildProcess | undefined;
    let writes = 0;
    lab.lab.listen({
      answered({ op }) {
        if (op !== "write" || ++writes !== 3) return;
        // The write has not come back yet: it does when this returns.
        child?.kill("SIGINT");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
        child?.kill("SIGTERM");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      },
    });
    const { code, stdout, stderr } = await apmatrix(
      ["apply", desired, "--from", lab.sys, "--lock", join(run, "lock"), "--format", "json"],
      {
        run,
        started: (one) => {
          child = one;
        },
      },
    );
    assert.deepEqual([code, child?.signalCode, writes], [null, "SIGTERM", 3], stderr);
    assert.match(stderr, /: ended at once by SIGTERM: 2 of 4 steps are done, and step 3 may have been written; look/);
    const { result, done, of } = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
    assert.deepEqual({ result, done, of }, { result: "stopped", done: 2, of: 4 });
    assert.equal(existsSync(join(run, "lock")), false);
  });
});
