// Signals to apply at its system calls, one run for each: strace sends the signal when the call is made.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostFile } from "../support/hosts.ts";
import { type Attack, command, inParallel, NotHere, place, some, withLab } from "./attack.ts";

const HOST = hostFile("kernel-doc");
const WANTED = `mdevs:\n${[4, 5, 6, 7].map((n) => `  - { uuid: 62177883-f1bb-47f0-914d-32a22e3a880${n} }\n`).join("")}`;
const SIGNALS = ["INT", "TERM", "HUP"] as const;
/** Of those the kernel makes for looking and writing, each at its calls from the first to the last. */
const CALLS = [
  "openat",
  "read",
  "write",
  "readlink",
  "getdents64",
  "close",
  "statx",
  "fstat",
  "statfs",
  "futex",
  "link",
  "unlink",
];

interface Look {
  /** Writes to attributes whose file was opened after the first signal. */
  readonly late: number;
  readonly writes: number;
  readonly signals: number;
}

/** What a record of strace tells: lines are in the order in which calls began. */
function lookAt(record: string, mount: string): Look {
  const open = new Map<string, number>();
  let [late, writes, signals] = [0, 0, 0];
  const lines = record.split("\n");
  const unfinished = new Map<string, number>();
  for (const [n, line] of lines.entries()) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (/^--- SIG(?:INT|TERM|HUP) /.test(rest)) signals++;
    const isOpen = /^openat\([^,]*, "\/proc\/self\/fd\/\d+", O_WRONLY/.test(rest);
    if (isOpen && rest.includes("<unfinished")) unfinished.set(pid, signals);
    const opened = isOpen
      ? / = (\d+)/.exec(rest)?.[1]
      : unfinished.has(pid)
        ? /^<\.\.\. openat resumed>.* = (\d+)/.exec(rest)?.[1]
        : undefined;
    if (opened !== undefined) {
      open.set(opened, unfinished.get(pid) ?? signals);
      unfinished.delete(pid);
    }
    const closed = /^close\((\d+)/.exec(rest)?.[1];
    if (closed !== undefined) open.delete(closed);
    const written = /^write\((\d+), "[^"]*/.exec(rest)?.[1];
    const since = written === undefined ? undefined : open.get(written);
    if (since === undefined) continue;
    writes++;
    if (since > 0) late++;
    void [n, mount];
  }
  return { late, writes, signals };
}

async function interrupt(ground: Parameters<Attack["run"]>[0]): Promise<string> {
  const { status, error } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]);
  if (status !== 0)
    throw new NotHere(error ? "strace is missing: it is in the package strace" : "processes may not be traced here");
  let [tries, stopped, done, atGate] = [0, 0, 0, 0];
  /** @returns what the record shows, and how it ended */
  const run = async (inject: readonly string[]) => {
    const { at, options } = place(ground);
    const [mount, record, lock] = [at("sys"), at("record"), at("lock")];
    mkdirSync(mount);
    writeFileSync(at("want.yaml"), WANTED);
    return await withLab([HOST, "--no-timer", "--mount", mount], options, async () => {
      const prefix = ["strace", "-f", "-qq", "-o", record, "-e", `trace=${CALLS.join(",")}`, ...inject];
      const ended = await command(
        ["apply", at("want.yaml"), "--from", mount, "--lock", lock],
        { ...options, prefix },
        180_000,
      );
      return {
        ended,
        record: readFileSync(record, "utf8"),
        look: lookAt(readFileSync(record, "utf8"), mount),
        isLocked: existsSync(lock),
      };
    });
  };
  const plain = await run([]);
  assert.deepEqual([plain.ended.code, plain.look.writes], [0, 4], plain.ended.stderr);
  /** Of each call, how often one thread makes it. */
  const counts = new Map<string, number>();
  for (const [, pid = "", call = ""] of plain.record.matchAll(/^(\d+) +(\w+)\(/gm))
    counts.set(`${call} ${pid}`, (counts.get(`${call} ${pid}`) ?? 0) + 1);
  const places = CALLS.flatMap((call) => {
    const most = Math.max(0, ...[...counts].filter(([key]) => key.startsWith(`${call} `)).map(([, count]) => count));
    return some(
      Array.from({ length: most }, (_, n) => ({ call, when: n + 1 })),
      ground.isLong ? 40 : 2,
    );
  });
  await inParallel(
    [...places.entries()],
    async ([n, { call, when }]) => {
      const signal = SIGNALS[n % SIGNALS.length] as string;
      const { ended, look, isLocked } = await run(["-e", `inject=${call}:signal=SIG${signal}:when=${when}`]);
      const what = `SIG${signal} at ${call} ${when}`;
      tries++;
      // Between the last look for signals and the call there is a moment, long under strace: one write may have passed it.
      assert.ok(look.late <= 1, `${what}: ${look.late} of ${look.writes} writes began after the signal`);
      atGate += look.late;
      assert.doesNotMatch(ended.stderr, /\n\s+at .*:\d+/, what);
      // What a process has that a signal ends as it comes up, or by coming twice, is looked for by the next one.
      if (ended.code !== null && look.signals === 1) assert.equal(isLocked, false, `${what}: the lock is left`);
      if (ended.code === 0) done++;
      else stopped++;
    },
    2,
  );
  assert.ok(atGate <= tries / 5, `${atGate} of ${tries} signals were followed by a write`);
  return `${tries} signals: ${stopped} ended it, ${done} came too late, ${atGate} just before a write`;
}

export const SIGNALLED: readonly Attack[] = [
  {
    name: "a signal at a system call of apply",
    holds: "no write begins after it, and the lock is given back",
    run: interrupt,
  },
];
