// apmatrix lab exec ends: with its command, when it is told to, and after its time; and with it all that the command has started.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const GUEST1 = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const REMOVE = `echo 1 >/sys/bus/mdev/devices/${GUEST1}/remove`;
after(killLabs);

/** Processes that have a word among theirs. */
const processesWith = (word: string): readonly string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").includes(word);
    } catch {
      return false;
    }
  });

const skip = await mountSkip();

describe("lab exec", { skip }, () => {
  let options: CommandOptions;
  let lab: RunningLab;
  const exec = (...words: string[]) => apmatrix(["lab", "exec", ...words], options);

  before(async () => {
    options = { run: freshDirectory(parent, "run") };
    lab = await labUp([hostFile("kernel-doc-guests"), "--mount", freshDirectory(parent, "sys")], options);
  });
  after(() => lab.stop());

  it("ends a removal that waits for its guest after its time, and what runs beside it, however it was started", async () => {
    // Of the background, of a session of its own, deaf to SIGTERM.
    const started = "sleep 4712 & setsid sleep 4712 & (trap '' TERM; sleep 4712) &";
    const { code, stderr } = await exec("--timeout", "1.5", "--", "sh", "-c", `${started} ${REMOVE}`);
    assert.equal(code, 124, stderr);
    assert.equal(stderr, "apmatrix: the command is not done after 1.5 seconds: it is ended\n");
    assert.deepEqual(processesWith("4712"), []);
    assert.equal((await exec("--", "ls", "/sys/bus/mdev/devices")).stdout.includes(GUEST1), false, "it is on its way");
    const stop = `{"op":"close","guest":"Guest1","mdev":"${GUEST1}"}`;
    const { stdout } = await apmatrix(["lab", "event", stop], options);
    assert.match(stdout, /"done":\[\{"i":\d+,"r":2\}\]/, "the removal goes on without its writer");
  });

  it("ends them at SIGTERM, with the exit code of the command", async () => {
    let pid = 0;
    const script = "trap 'exit 9' TERM; sleep 4713 & wait";
    const ended = apmatrix(["lab", "exec", "--", "sh", "-c", script], {
      ...options,
      started: (child) => {
        pid = child.pid as number;
      },
    });
    for (let n = 0; processesWith("4713").length === 0; n++) {
      assert.ok(n < 500, "it does not begin");
      await pause(20);
    }
    process.kill(pid, "SIGTERM");
    assert.equal((await ended).code, 9);
    assert.deepEqual(processesWith("4713"), []);
  });

  it("ends with its parent when that is killed, and so does what it has started", async () => {
    let pid = 0;
    const script = "setsid sleep 4715 & (trap '' TERM; sleep 4715) & sleep 4715";
    const ended = apmatrix(["lab", "exec", "--", "sh", "-c", script], {
      ...options,
      started: (child) => {
        pid = child.pid as number;
      },
    });
    for (let n = 0; processesWith("4715").length < 3; n++) {
      assert.ok(n < 500, "it does not begin");
      await pause(20);
    }
    process.kill(pid, "SIGKILL");
    for (let n = 0; processesWith("4715").length > 0; n++) {
      assert.ok(n < 500, "it goes on");
      await pause(20);
    }
    assert.equal((await ended).code, null);
    assert.equal((await exec("--", "cat", "/sys/bus/ap/ap_max_domain_id")).code, 0, "the lab goes on");
  });

  it("leaves alone what ends in time, and what that has left in the background", async () => {
    const { code } = await exec("--timeout", "60", "--", "sh", "-c", "sleep 4714 >/dev/null 2>&1 & exit 3");
    assert.equal(code, 3);
    const left = processesWith("4714");
    assert.equal(left.length, 1);
    for (const one of left) process.kill(Number(one));
  });

  it("takes only a time above nothing", async () => {
    for (const time of ["0", "-1", "1e3", "5s", "", "0.0"]) {
      const { code, stderr } = await exec(`--timeout=${time}`, "--", "true");
      assert.equal(code, 1, time);
      assert.match(stderr, /^apmatrix: --timeout takes a number of seconds(?: above 0)?, not "[^\n]*"\n$/);
    }
  });
});
