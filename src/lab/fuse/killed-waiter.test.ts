// A write that waits, and a signal for whoever waits: only one who is being killed goes without an answer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { directory, STORED, writeOnly } from "../../system/sysfs/node.ts";
import { FakeKernel } from "../../testing/support/fake-kernel.ts";
import { isKilledBy, whenKilled } from "./killed-waiter.ts";

const WRITE = 16;
const INTERRUPT = 36;
const EINTR = 4;

/** A kernel with one write that waits. */
function waiting(little: boolean) {
  const root = directory({ remove: () => writeOnly(() => STORED) });
  const finish: (() => void)[] = [];
  const kernel = new FakeKernel(root, {
    little,
    write: (_path, _bytes, finished) => {
      finish.push(finished);
      return { ok: true, value: { bytes: 1, outcome: "waits" } };
    },
  });
  const fh = kernel.open(kernel.lookUp(1n, "remove").id, 1);
  kernel.replies.length = 0;
  const unique = kernel.send(WRITE, 0n, kernel.writeBody(fh, "1"));
  const interrupt = () => kernel.send(INTERRUPT, 0n, kernel.frame().u64(unique).all());
  const answers = () => kernel.replies.map((reply) => [reply.unique, reply.errno]);
  return { kernel, unique, interrupt, answers, finish: () => finish[0]?.() };
}

for (const little of [true, false]) {
  describe(`a write that waits, ${little ? "little" : "big"} endian`, () => {
    it("is answered EINTR if its writer is being killed, and only once", () => {
      const { unique, interrupt, answers, finish } = waiting(little);
      assert.deepEqual(answers(), []);
      interrupt();
      assert.deepEqual(answers(), [[unique, EINTR]]);
      interrupt();
      finish();
      assert.deepEqual(answers(), [[unique, EINTR]]);
    });

    it("goes on waiting if its writer catches the signal, until it is killed all the same", () => {
      const { kernel, unique, interrupt, answers } = waiting(little);
      kernel.watched = [];
      interrupt();
      interrupt();
      assert.deepEqual(answers(), []);
      assert.equal(kernel.watched.length, 1, "one look-out is enough");
      kernel.watched[0]?.();
      assert.deepEqual(answers(), [[unique, EINTR]]);
    });

    it("has its answer if it is through first, and nobody looks out any more", () => {
      const { kernel, unique, interrupt, answers, finish } = waiting(little);
      kernel.watched = [];
      interrupt();
      finish();
      assert.deepEqual(answers(), [[unique, 0]]);
      assert.deepEqual(kernel.watched, []);
    });

    it("is nothing to an interrupt of something else", () => {
      const { kernel, answers } = waiting(little);
      kernel.send(INTERRUPT, 0n, kernel.frame().u64(4711n).all());
      assert.deepEqual(answers(), []);
    });
  });
}

describe("a process is being killed", () => {
  const status = (masks: Readonly<Record<string, string>>): string =>
    ["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"].map((name) => `${name}:\t${masks[name] ?? "0"}\n`).join("");

  it("if a signal waits that it neither blocks, ignores nor catches, and that ends it", () => {
    const [kill, term, quit, child, stop] = ["100", "4000", "4", "10000", "40000"];
    for (const name of ["SigPnd", "ShdPnd"]) {
      for (const signal of [kill, term, quit]) assert.ok(isKilledBy(status({ [name]: signal as string })));
      for (const signal of [child, stop]) assert.ok(!isKilledBy(status({ [name]: signal as string })));
    }
    for (const name of ["SigBlk", "SigIgn", "SigCgt"])
      assert.ok(!isKilledBy(status({ ShdPnd: term as string, [name]: term as string })), name);
    assert.ok(isKilledBy(status({ SigPnd: "4100", SigCgt: term as string })), "it cannot catch all of them");
    assert.ok(!isKilledBy(status({})));
  });

  it("if it is gone, and not as long as it lives", async () => {
    const child = spawn("sleep", ["60"]);
    let isGone = false;
    const stop = whenKilled(child.pid as number, () => {
      isGone = true;
    });
    assert.equal(isGone, false);
    child.kill();
    await once(child, "exit");
    for (let n = 0; !isGone && n < 50; n++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isGone, true);
    stop();
  });
});
