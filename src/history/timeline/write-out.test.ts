// Shell scripts of histories, run by a real shell: every file gets the bytes that were written, whatever they are.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import type { Operation, WriteOperation } from "../../system/trace/operation.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { Timeline } from "./timeline.ts";
import { shellText } from "./write-out.ts";

const temporary = temporaryDirectory();
const isWrite = (operation: Operation): operation is WriteOperation => operation.op === "write";

/** What is in each file after the script of these operations has run on empty directories. */
function runScript(operations: readonly Operation[]): Map<string, string> {
  const sys = freshDirectory(temporary, "sys");
  const timeline = Timeline.of(DEFAULT_PROFILE, operations);
  const paths = [...new Set(operations.filter(isWrite).map(({ path }) => path))];
  for (const path of paths) mkdirSync(join(sys, dirname(path)), { recursive: true });
  const script = shellText(timeline, operations.length - 1, "a test");
  const { status, stderr } = spawnSync("sh", { input: script, env: { ...process.env, SYS: sys }, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return new Map(paths.map((path) => [path, readFileSync(join(sys, path), "latin1")]));
}

describe("a shell script of a history", () => {
  it("writes every byte of random operations", () => {
    const source = new RandomOperations(new Random(17), { adapters: 4, domains: 4, mdevs: 3 });
    const operations = [source.init(), ...Array.from({ length: 400 }, () => source.next())];
    const last = new Map(operations.filter(isWrite).map(({ path, value }) => [path, value]));
    assert.ok(last.size > 10);
    assert.deepEqual(runScript(operations), last);
  });

  it("writes what shells take for something else", () => {
    const source = new RandomOperations(new Random(1), { adapters: 2, domains: 2, mdevs: 1 });
    for (const value of [
      "-n\n",
      "'\n",
      "a'b $HOME `x` \\n\n",
      "%s\n",
      "%d%%",
      "\\101\n",
      "~\n",
      "*\n",
      "",
      "\n",
      "\u00ff\u0001\n",
      "-1,-2\n",
    ]) {
      const write: WriteOperation = { op: "write", path: "bus/ap/apmask", value };
      assert.deepEqual([...runScript([source.init(), write]).values()], [value], JSON.stringify(value));
    }
  });

  it("runs nothing that a stranger's trace has in its names", () => {
    const mark = join(temporary, "run-by-a-name");
    const source = new RandomOperations(new Random(1), { adapters: 2, domains: 2, mdevs: 1 });
    const bad = `x\ntouch ${mark}\n`;
    const timeline = Timeline.of(DEFAULT_PROFILE, [
      source.init(),
      { op: "write", path: `bus/$(touch ${mark})`, value: "1" },
      { op: "write", path: `bus/'"; touch ${mark}; "`, value: "1" },
      { op: "open", guest: bad, mdev: bad },
    ]);
    const { status } = spawnSync("sh", {
      input: shellText(timeline, 3, bad),
      env: { ...process.env, SYS: freshDirectory(temporary, "sys") },
    });
    assert.equal(status, 0);
    assert.equal(existsSync(mark), false);
  });

  it("says what no shell can do, as events of a lab", () => {
    const source = new RandomOperations(new Random(1), { adapters: 2, domains: 2, mdevs: 1 });
    const timeline = Timeline.of(DEFAULT_PROFILE, [source.init(), { op: "scan", part: "all" }]);
    assert.match(shellText(timeline, 1, "t"), /^# in a lab: apmatrix lab event scan$/m);
  });
});
