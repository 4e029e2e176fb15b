// The lock of tools that change a host's AP configuration: whose it is, when it is waited for and when it is taken over.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { type ConfigLockOptions, releaseConfigLock, takeConfigLock } from "./config-lock.ts";

const parent = temporaryDirectory();
const newPath = (): string => join(freshDirectory(parent), "lock");

/** Told of holders, if it has to wait. */
async function take(path: string, more: Partial<ConfigLockOptions> = {}) {
  const holders: string[] = [];
  const lock = await takeConfigLock({ path, patience: 0.05, onWait: (holder) => holders.push(holder), ...more });
  assert.deepEqual(
    readdirSync(dirname(path)).filter((name) => name.startsWith("lock.")),
    [],
    "nothing else is left",
  );
  return { lock, holders };
}

describe("the lock", () => {
  it("holds the number of its process, and is gone when it is given back", async () => {
    const path = newPath();
    const { lock, holders } = await take(path);
    assert.ok(lock.ok);
    assert.deepEqual([readFileSync(path, "latin1"), holders], [`${process.pid}\n`, []]);
    lock.release();
    assert.equal(existsSync(path), false);
  });

  it("is waited for while its process is there, which is named once, and then it is said whose it is", async () => {
    const path = newPath();
    writeFileSync(path, "1\n");
    const { lock, holders } = await take(path);
    assert.equal(holders.length, 1);
    assert.match(holders[0] ?? "", /^process 1( \(.+\))?$/);
    assert.deepEqual(lock, { ok: false, message: `is held by ${holders[0]}` });
    assert.equal(readFileSync(path, "latin1"), "1\n");
  });

  it("is taken over from a process that is gone, and where no process is named after five minutes", async () => {
    for (const [text, age] of [
      [`${spawnSync("true").pid}\n`, 0],
      ["999999999999\n", 0],
      ["", 301],
      ["nobody", 301],
    ] as const) {
      const path = newPath();
      writeFileSync(path, text);
      utimesSync(path, Date.now() / 1000, Date.now() / 1000 - age);
      const { lock, holders } = await take(path);
      assert.deepEqual([lock.ok, holders], [true, []], text);
    }
    const path = newPath();
    writeFileSync(path, "");
    assert.equal((await take(path)).lock.ok, false);
  });

  it("can be taken for another process, and is given back for that one only", async () => {
    const path = newPath();
    assert.equal((await take(path, { pid: 1 })).lock.ok, true);
    releaseConfigLock(path, process.pid);
    assert.equal(readFileSync(path, "latin1"), "1\n");
    releaseConfigLock(path, 1);
    assert.equal(existsSync(path), false);
  });

  it("is refused at once where something else lies in its place, which is named and left alone", async () => {
    const prepared: readonly (readonly [RegExp, (path: string) => void])[] = [
      [/^is a named pipe, not a regular file: remove it$/, (path) => spawnSync("mkfifo", [path])],
      [/^is a link, not a regular file: remove it$/, (path) => symlinkSync("/dev/zero", path)],
      [/^is a link, not a regular file: remove it$/, (path) => symlinkSync("/nowhere", path)],
      [/^is a directory, not a regular file: remove it$/, (path) => mkdirSync(path)],
      [/^is longer than 64 bytes: remove it$/, (path) => writeFileSync(path, "1".padEnd(65))],
    ];
    for (const [why, prepare] of prepared) {
      const path = newPath();
      prepare(path);
      const { lock } = await take(path, { patience: 60, onWait: assert.fail });
      assert.match(lock.ok ? "" : lock.message, why);
      assert.ok(lstatSync(path));
      releaseConfigLock(path, process.pid);
    }
  });

  it("does not pass on what a terminal acts on in the name of who has it", async () => {
    const path = newPath();
    const holder = spawn("perl", ["-e", '$0 = "\\e[31mX\\a"; print "x"; sleep 3'], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    writeFileSync(path, `${holder.pid}\n`);
    const { holders } = await take(path);
    holder.kill();
    assert.match(holders[0] ?? "", /^process \d+ \(\\u001b\[31mX\\u0007\)$/);
  });

  it("says why it cannot be made", async () => {
    const lock = await takeConfigLock({ path: join(parent, "a", "b", "lock"), patience: 1, onWait: assert.fail });
    assert.equal(lock.ok, false);
    assert.match(lock.ok ? "" : lock.message, /^cannot be made: ENOENT/);
  });
});
