// apmatrix check as its user meets it: the JSON, exit codes, one line for everything that is wrong, what an interrupted run reports.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { check } from "./check-command.ts";
import { type CheckOptions, DEFAULTS } from "./check-options.ts";
import { progressLine, restOf } from "./check-progress.ts";

const directory = mkdtempSync(join(tmpdir(), "apmatrix-check-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const reference = (more: Partial<CheckOptions> = {}) =>
  check({ ...DEFAULTS, model: "reference", format: "json", ...more });
const core = (more: Partial<CheckOptions> = {}) => check({ ...DEFAULTS, format: "json", ...more });

async function errorOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof UserError, `${error}`);
    assert.equal(error.message.includes("\n"), false, error.message);
    return error.message;
  }
  return assert.fail("it was not refused");
}

const none = { violations: 0, shortest: null };

describe("apmatrix check", () => {
  it("says what guests' own buses show, and leaves with 2 where two of them show one queue", async () => {
    const inside = { model: "inside", host: "1x1x2", property: ["goes-first", "one-answers"] };
    const polling = await core({ ...inside, first: true });
    assert.equal(JSON.parse(polling.lines.join("")).properties["goes-first"].shortest, 7);
    assert.equal(polling.exit, 2);
    const told = await core({ ...inside, notice: "at-once" });
    assert.deepEqual(JSON.parse(told.lines.join("")).properties, { "goes-first": none, "one-answers": none });
    assert.equal(told.exit, 0);
  });

  it("prints the counts of the reference model as data, and leaves with 2 where something is broken", async () => {
    for (const workers of ["1", "2"]) {
      const { lines, exit, warnings } = await reference({ host: "2x2x1", workers });
      assert.deepEqual(JSON.parse(lines.join("")), {
        states: 32_684,
        transitions: 302_404,
        depth: 25,
        properties: {
          I1: none,
          I2: none,
          I3: none,
          I4: none,
          I5: none,
          I6: { violations: 432, shortest: 5 },
          I6w: { violations: 910, shortest: 5 },
          I7: { violations: 150, shortest: 6 },
          I8: none,
          I9: { violations: 858, shortest: 5 },
          I10: none,
        },
      });
      assert.deepEqual([exit, warnings], [2, []]);
    }
  });

  it("leaves with 0 where everything was seen and holds, also for chosen properties", async () => {
    const { exit, lines } = await reference({ property: ["I1", "I3"] });
    assert.equal(exit, 0);
    assert.deepEqual(Object.keys(JSON.parse(lines.join("")).properties), ["I1", "I3"]);
  });

  it("leaves with 1 where a bound was in the way, and says how far it got", async () => {
    const bounded = await reference({ property: ["I1"], depth: "4" });
    assert.equal(bounded.exit, 1);
    assert.equal(JSON.parse(bounded.lines.join("")).stopped, "depth");
    assert.match(bounded.warnings.join(), /^the depth that was asked for is reached; so far [\d,]+ states/);
    const full = await reference({ host: "2x2x2", memory: "2M" });
    assert.equal(full.exit, 1);
    assert.equal(JSON.parse(full.lines.join("")).stopped, "memory");
    assert.match(full.warnings.join(), /^the memory is full \(--memory takes more/);
  });

  it("shows a trace with only what changed, and the same states as ITF", async () => {
    const text = await reference({ property: ["I9"], format: "text", first: true });
    assert.match(
      text.lines.join("\n"),
      /I9: .*: broken \(\d+ events, the first after 5 events\)\n {4}1 {2}bind 00\.0000\n/,
    );
    const itf = await reference({ property: ["I9"], format: "itf", first: true });
    const { states } = JSON.parse(itf.lines.join("")) as { states: { event: string }[] };
    assert.equal(states.length, 6);
    const events = text.lines.flatMap((line) => /^ {4}\d {2}(.*)/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      states.slice(1).map(({ event }) => event),
      events,
    );
    const nothing = await reference({ property: ["I1"], format: "itf" });
    assert.deepEqual([nothing.lines, nothing.warnings], [[], ["nothing was found, so there is no trace"]]);
  });

  it("says the probability of a miss with fingerprints", async () => {
    const { lines } = await reference({ fingerprint: true });
    const { missProbability, states } = JSON.parse(lines.join("")) as { missProbability: number; states: number };
    assert.equal(states, 32_684);
    assert.ok(missProbability > 0 && missProbability < 1e-9);
  });

  it("writes a trace and a script of the core's events", async () => {
    const out = join(directory, "trace.jsonl");
    const script = join(directory, "trace.sh");
    const { exit } = await core({ property: ["assertion"], first: true, out, script });
    assert.equal(exit, 2);
    const [header, ...operations] = readFileSync(out, "utf8").trim().split("\n");
    assert.match(header as string, /"profile":"linux-7.3"/);
    assert.ok(operations.length > 5);
    assert.match(
      readFileSync(script, "utf8"),
      /^#!\/bin\/sh\n(.*\n)*printf %s 00\.0000 > \/sys\/bus\/ap\/drivers\/vfio_ap\/bind\n/,
    );
  });

  it("takes a property of the user's own, and names it when it throws", async () => {
    const file = join(directory, "own.mjs");
    const own = (holds: string) =>
      `export const properties = [{ name: "own", sentence: "so it is", kind: "always", on: "state", holds: ${holds} }];`;
    writeFileSync(file, own("() => { throw new Error('no idea'); }"));
    const { exit, warnings, lines } = await core({ propertyFile: file, property: ["own"] });
    assert.equal(exit, 1);
    assert.match(warnings.join(), /^property "own" threw: no idea \(after: nothing\); so far 1 states/);
    assert.equal(JSON.parse(lines.join("")).threw.property, "own");
  });

  it("tells in one line what is wrong with its options", async () => {
    const cases: readonly (readonly [Promise<unknown>, RegExp])[] = [
      [reference({ host: "2x2" }), /^--host "2x2": adapters, domains and mdevs are wanted, such as 2x2x1$/],
      [reference({ host: "5x5x1" }), /^host 5x5x1 is too large: at most 16 queues and 16 mdevs$/],
      [reference({ host: "0x1x1" }), /^a host needs at least one adapter/],
      [reference({ rule: "5" }), /^--rule "5": a whole number 0 to 4 is wanted$/],
      [reference({ absent: "-1" }), /^--absent "-1": a whole number from 0 is wanted$/],
      [reference({ property: ["I11"] }), /^--property: there is none "I11"; known: I1, /],
      [reference({ reserved: true, symmetry: true }), /^--symmetry: with --reserved one queue is unlike the others$/],
      [reference({ host: "1x16x1", symmetry: true }), /^--symmetry: there is none here/],
      [core({ host: "5x5x2", symmetry: true }), /^--symmetry: .*too many ways to try them all$/],
      [reference({ profile: "v11" }), /^--profile: the model reference does not take it$/],
      [reference({ out: "x" }), /^--out, --script: the model reference has no sysfs/],
      [reference({ workers: "0" }), /^--workers "0": a whole number 1 to 64 is wanted$/],
      [reference({ memory: "1k" }), /^--memory 1k is too small: at least 1M for 1 worker$/],
      [reference({ memory: "lots" }), /^--memory "lots": a size such as 512M or 8G is wanted$/],
      [reference({ format: "xml" }), /^unknown format "xml"; known: text, json, itf$/],
      [core({ model: "other" }), /^unknown model "other"; known: core, reference, inside$/],
      [core({ events: ["bind", "sneeze"] }), /"sneeze"/],
      [core({ profile: "linux-1.0" }), /linux-1\.0/],
      [core({ property: ["nonsense"] }), /"nonsense"/],
      [core({ nested: true }), /^--nested: the model core does not take it$/],
      [core({ model: "inside", workers: "2" }), /^--workers: the model inside takes 1$/],
      [core({ model: "inside", absent: "0" }), /^--absent: the model inside does not take it$/],
      [core({ model: "inside", symmetry: true }), /^--symmetry: the model inside does not take it$/],
      [core({ model: "inside", host: "9x1x1" }), /^--host: 9 adapters; the model inside takes 1 to 3$/],
      [core({ reserved: true }), /^--reserved: the model core does not take it$/],
      [core({ propertyFile: join(directory, "none.ts") }), /none\.ts: no such file$/],
    ];
    for (const [run, expected] of cases) assert.match(await errorOf(run), expected);
  });

  it("counts the same in a process that may not have many addresses, and says so where they are too few", () => {
    const run = (kibibytes: number, memory: string) => {
      const command = `ulimit -v ${kibibytes}; exec "$0" "$@"`;
      const args = [PROGRAM, "check", "--model", "reference", "--host", "2x1x1", "--absent", "0", "--memory", memory];
      return spawnSync("sh", ["-c", command, process.execPath, ...args], { encoding: "utf8" });
    };
    const enough = run(6_000_000, "64M");
    assert.equal(enough.status, 0, enough.stderr);
    assert.match(enough.stdout, /^model reference: [\d,]+ states.*everything was seen/);
    const short = run(3_000_000, "8G");
    assert.deepEqual(
      [short.status, short.stderr],
      [1, "apmatrix: this process may not reserve 8192 MiB; give it less with --memory\n"],
    );
  });

  it("reports what it has when it is interrupted", async () => {
    const args = [PROGRAM, "check", "--model", "reference", "--host", "3x3x2", "--format", "json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      errors += data;
      // The first progress line: it is exploring. A second signal would end it at once.
      if (!child.killed && errors.includes("/s, depth")) child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    assert.equal(code, 1);
    const { stopped, states } = JSON.parse(output) as { stopped: string; states: number };
    assert.equal(stopped, "interrupted");
    assert.ok(states > 1);
    assert.match(errors, /apmatrix: interrupted; so far [\d,]+ states, [\d,]+ transitions, depth \d+\n$/);
  });
});

describe("the progress line", () => {
  it("knows no rest while levels grow or one has just begun, and a shrinking row's sum from then on", () => {
    assert.equal(restOf({ level: 100, waiting: 0, frontier: 200 }), undefined);
    assert.equal(restOf({ level: 100, waiting: 99, frontier: 0 }), undefined);
    // 50 of the next level, then 25, 12.5 and so on.
    assert.equal(restOf({ level: 100, waiting: 0, frontier: 50 }), 50);
    assert.equal(restOf({ level: 100, waiting: 50, frontier: 25 }), 75);
  });

  it("names states, speed, frontier, memory and the rest", () => {
    const howFar = {
      states: 2_000_000,
      transitions: 1,
      depth: 7,
      level: 2_000,
      waiting: 1_000,
      frontier: 5_000,
      bytes: 2 ** 24,
    };
    assert.equal(
      progressLine(howFar, 2, 1_000_000),
      "2,000,000 states, 1,000,000/s, depth 7, frontier 1,000 + 5,000, 16 MiB, rest: 1 s",
    );
  });
});
