// apmatrix apply as a user has it, on a lab whose /sys is mounted: to its end, killed after each write, with somebody else at work at
// the same time, and refused.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { planFile } from "../answers/apply/plan-file.ts";
import { rehearseScript } from "../answers/apply/script.ts";
import { planChanges } from "../answers/plan/planner.ts";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { parseDesired } from "../formats/desired/desired-file.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { apmatrix, type Ended } from "../testing/support/lab-command.ts";
import { sample } from "../testing/support/long-form.ts";
import { type MountedLab, mountedLab } from "../testing/support/mounted-lab.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const skip = await mountSkip();
/** Whoever is behind a mount must not wait for what looks at it. */
const execute = promisify(execFile);
const parent = temporaryDirectory();
const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";
const OLD = "62177883-f1bb-47f0-914d-32a22e3a8806";

/** The seed discussion's second list, a card that the host has, and an mdev to be removed. */
const HOST = `
cards: [{ id: 0x04, type: CEX8C }, { id: 0x05, type: CEX8C }]
domains: [0x04, 0x47, 0x54]
masks: { apmask: "-4" }
unbound: ["04.0054"]
mdevs:
  - { uuid: ${ONE}, adapters: [0x04], domains: [0x04, 0x47], guest: guest1 }
  - { uuid: ${OLD}, adapters: [0x04], domains: [0xff] }
`;
const DESIRED = `
mdevs:
  - { uuid: ${ONE}, adapters: [0x04], domains: [0x04, 0x47, 0x54] }
  - { uuid: ${TWO}, adapters: [0x05], domains: [0x04], control_domains: [0x47] }
host: { free_by: masks }
`;
const STEPS = 6;

const described = parseHostDescription(HOST, "host");
assert.ok(described.ok, described.ok ? "" : formatInputError(described.error));
const beginning = hostOperations(described.value);

interface Place {
  readonly lab: MountedLab;
  readonly directory: string;
  readonly desired: string;
  readonly lock: string;
  run(...words: string[]): Promise<Ended>;
  /** Desired state or plan, with --prune where that is allowed. */
  apply(file: string, ...words: string[]): Promise<Ended>;
  /** What plan --prune --out writes. */
  plan(): string;
  state(): unknown;
}

const labs: MountedLab[] = [];
after(async () => {
  for (const lab of labs) await lab.stop();
});

/** @param started is told of the first process that runs here */
async function place(started?: (child: ChildProcess) => void): Promise<Place> {
  const lab = await mountedLab({ beginning, profile: DEFAULT_PROFILE, parent });
  labs.push(lab);
  const directory = freshDirectory(parent);
  const [desired, lock] = [join(directory, "desired.yaml"), join(directory, "lock")];
  writeFileSync(desired, DESIRED);
  let first = started;
  const run = (...words: string[]) => {
    const options = { run: directory, ...(first && { started: first }) };
    first = undefined;
    return apmatrix([...words.slice(0, 1), "--from", lab.sys, ...words.slice(1)], options);
  };
  return {
    lab,
    directory,
    desired,
    lock,
    run,
    apply: (file, ...words) =>
      run("apply", file, ...(file.endsWith(".yaml") ? ["--prune"] : []), "--lock", lock, ...words),
    plan() {
      const file = join(directory, "plan.jsonl");
      const read = parseDesired(DESIRED, desired);
      const made = read.ok && planChanges(lab.lab.player.host, read.value.desired, true);
      assert.ok(made !== false && made.ok);
      writeFileSync(file, `${planFile(rehearseScript(lab.lab.player.host, made.value)).join("\n")}\n`);
      return file;
    },
    state: () => lab.lab.apply({ op: "state" }).st,
  };
}

/** What the writes of a lab are told to, by their number. */
function onWrite(lab: MountedLab, hear: (n: number) => void): void {
  let n = 0;
  let isHearing = false;
  lab.lab.listen({
    answered({ op }) {
      if (op !== "write" || isHearing) return;
      isHearing = true;
      hear(++n);
      isHearing = false;
    },
  });
}

const resultOf = ({ stderr }: Ended): string =>
  stderr
    .split("\n")
    .filter((line) => line !== "" && !/: kernel |in \/sys|cannot be told/.test(line))
    .join("\n");

/** What the host is like when nobody was in the way. */
const wholeEnd: Promise<unknown> = skip
  ? Promise.resolve()
  : place().then(async ({ apply, desired, state }) => {
      assert.equal((await apply(desired)).code, 0);
      return state();
    });

describe("apply", { skip }, () => {
  it("makes a host as desired, a line a step, and has nothing to do then", async () => {
    const { lab, desired, apply, run, lock } = await place();
    const before = lab.lab.apply({ op: "state" }).st;
    const dry = await run("apply", desired, "--prune", "--dry-run");
    assert.deepEqual([dry.code, lab.lab.apply({ op: "state" }).st], [0, before]);
    assert.match(dry.stdout, /^Plan: 6 writes;/m);
    const { code, stdout } = await apply(desired);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, STEPS + 1);
    for (const [i, line] of lines.slice(0, STEPS).entries())
      assert.match(line, new RegExp(`^${i + 1}/6 \\S+ \\S+ {2}ok$`));
    assert.equal(lines.at(-1), "Applied: 6 writes.");
    const mask = (...ids: number[]) =>
      `0x${ids
        .reduce((sum, id) => sum | (1n << BigInt(255 - id)), 0n)
        .toString(16)
        .padStart(64, "0")}`;
    const { mdevs, guests } = lab.lab.apply({ op: "state" }).st ?? assert.fail();
    assert.deepEqual(Object.keys(mdevs), [ONE, TWO]);
    assert.deepEqual(guests.guest1?.slice(0, 2), [mask(4), mask(4, 0x47, 0x54)]);
    assert.equal(mdevs[TWO]?.ap_config, `${mask(5)},${mask(4)},${mask(0x47)}\n`);
    const again = await apply(desired, "--format", "json");
    assert.deepEqual([again.code, JSON.parse(again.stdout)], [0, { result: "unchanged", done: 0, of: 0, missing: [] }]);
    assert.equal(existsSync(lock), false);
  });

  it("tells each step as JSON, and carries out a plan's file", async () => {
    const { apply, desired, directory, run } = await place();
    const file = join(directory, "made.jsonl");
    assert.equal((await run("plan", desired, "--prune", "--out", file)).code, 0);
    const { code, stdout } = await apply(file, "--format", "json");
    assert.equal(code, 0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const steps = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line) as { path: string; value: string });
    assert.deepEqual(
      lines.slice(0, -1),
      steps.map(({ path, value }, i) => ({ step: i + 1, of: STEPS, path, value, result: "done" })),
    );
    assert.deepEqual(lines.at(-1), { result: "applied", done: STEPS, of: STEPS, waiting: [] });
    const dry = await run("apply", file, "--dry-run");
    assert.match(dry.stdout, /^6\/6 .* done before\n0 of 6 steps to do; nothing was written\n$/m);
  });

  // Every write of a plan: answers/apply/random-applies.test.ts.
  for (const [kind, writes] of [
    ["desired state", [1, 2, 3, 4, 5, 6]],
    ["plan", [2, 5]],
  ] as const) {
    it(`killed after any write of a ${kind}, before it knows the answer, comes to the same end when run again`, async () => {
      const end = await wholeEnd;
      for (const killedAt of sample<number>(writes, 3)) {
        let child: ChildProcess | undefined;
        const { lab, desired, apply, plan, state, lock } = await place((one) => {
          child = one;
        });
        const file = kind === "plan" ? plan() : desired;
        onWrite(lab, (n) => n === killedAt && child?.kill("SIGKILL"));
        assert.equal((await apply(file)).code, null);
        assert.equal(readFileSync(lock, "utf8"), `${child?.pid}\n`, "it had the lock");
        const again = await apply(file);
        assert.equal(again.code, 0, again.stderr);
        assert.deepEqual(state(), end, `killed after write ${killedAt}`);
        assert.equal(again.stdout.split("\n").filter((line) => line.endsWith("  ok")).length, STEPS - killedAt);
      }
    });
  }

  it("stops where somebody else has changed something, says what, and goes on when run again", async () => {
    const { lab, desired, apply, state } = await place();
    onWrite(lab, (n) => {
      if (n === 4) lab.lab.apply({ op: "write", path: "bus/ap/drivers/vfio_ap/unbind", value: "04.0047" });
    });
    const ended = await apply(desired);
    assert.equal(ended.code, 1);
    assert.match(
      resultOf(ended),
      /^apmatrix: step 4 of 6, \S+ to \S+: it left the host otherwise than planned \(queue 04\.0047: no driver instead of vfio_ap; guest of mdev \S+: adapters -04.*\); .* apply \S+desired\.yaml again/,
    );
    assert.equal(ended.stdout.trimEnd().split("\n").at(-1)?.split("  ").at(-1), "not as planned");
    assert.equal((await apply(desired)).code, 0);
    assert.deepEqual(state(), await wholeEnd);
  });

  it("ends between two steps when it is told to, and gives the lock back", async () => {
    let child: ChildProcess | undefined;
    const { lab, desired, apply, lock } = await place((one) => {
      child = one;
    });
    onWrite(lab, (n) => n === 2 && child?.kill("SIGINT"));
    const ended = await apply(desired);
    assert.equal(ended.code, 1);
    assert.equal(resultOf(ended), "apmatrix: stopped by SIGINT after step 2 of 6; the same command goes on from there");
    assert.equal(existsSync(lock), false);
    assert.equal((await apply(desired)).code, 0);
  });

  it("does not stop when nobody reads what it says", async () => {
    const { lab, desired, apply } = await place((child) => child.stdout?.destroy());
    assert.equal((await apply(desired)).code, 0);
    assert.deepEqual(Object.keys(lab.lab.apply({ op: "state" }).st?.mdevs ?? {}), [ONE, TWO]);
  });

  it("says what guests lack when all is done that can be done", async () => {
    const { directory, apply } = await place();
    const file = join(directory, "more.yaml");
    writeFileSync(file, `mdevs:\n  - { uuid: ${ONE}, domains: [0x04, 0x47, 0x60] }\n  - { uuid: ${OLD} }\n`);
    const { code, stdout } = await apply(file);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`\nApplied: 1 write\\.\nmdev ${ONE}\n {4}missing: 04\\.0060 \\(domain-not-in-host\\)\n`),
    );
    const again = await apply(file, "--format", "json");
    const { result, missing } = JSON.parse(again.stdout) as { result: string; missing: readonly unknown[] };
    assert.equal(result, "unchanged");
    assert.deepEqual(missing.slice(0, 1), [
      { uuid: ONE, missing: [{ apqn: "04.0060", reason: "domain-not-in-host" }] },
    ]);
  });

  it("does not wait for a guest whose mdev is removed, but says who does", async () => {
    const { lab, directory, run, lock } = await place();
    const none = join(directory, "none.yaml");
    writeFileSync(none, `mdevs:\n  - uuid: ${OLD}\n`);
    const ended = await run("apply", none, "--prune", "--lock", lock, "--allow-loss", "all");
    assert.equal(ended.code, 0);
    const [, pid] = /goes when its guest has let go; process (\d+) waits for that\.\n/.exec(ended.stdout) ?? [];
    assert.ok(pid !== undefined && existsSync(`/proc/${pid}`), ended.stdout);
    assert.match(ended.stdout, /\/remove 1 {2}waits for its guest\n/);
    assert.equal(existsSync(lock), false);
    const { done } = lab.lab.apply({ op: "close", guest: "guest1", mdev: ONE });
    assert.equal(done?.length, 1);
  });
});

describe("the lock of apply", { skip }, () => {
  it("is waited for while another process has it, which is named", async () => {
    const { desired, apply, lock } = await place((child) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        if (/waiting for the lock/.test(`${chunk}`)) spawnSync("rm", [lock]);
      });
    });
    writeFileSync(lock, `${process.pid}\n`);
    const ended = await apply(desired);
    assert.equal(ended.code, 0);
    assert.match(
      resultOf(ended),
      new RegExp(`^apmatrix: waiting for the lock ${lock}, which process ${process.pid} \\(.+\\) has$`),
    );
  });

  it("is not waited for without end", async () => {
    const { lab, desired, apply, lock } = await place();
    let writes = 0;
    onWrite(lab, () => writes++);
    writeFileSync(lock, `${process.pid}\n`);
    const ended = await apply(desired, "--lock-timeout", "0.1");
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /\napmatrix: the lock \S+ is held by process \d+ \(.+\); nothing was written\n$/);
    assert.deepEqual([writes, readFileSync(lock, "utf8")], [0, `${process.pid}\n`]);
    assert.deepEqual(
      readdirSync(join(lock, "..")).filter((name) => name.startsWith("lock.")),
      [],
    );
  });

  it("is taken over from a process that is gone", async () => {
    const { desired, apply, lock } = await place();
    const gone = spawnSync("true");
    writeFileSync(lock, `${gone.pid}\n`);
    assert.equal((await apply(desired)).code, 0);
    assert.equal(existsSync(lock), false);
  });
});

describe("apply refuses, in one line and before it writes,", { skip }, () => {
  const refusal = async ({ apply, lab, state }: Place, file: string, ...words: string[]): Promise<string> => {
    let writes = 0;
    onWrite(lab, () => writes++);
    const before = state();
    const ended = await apply(file, ...words);
    assert.deepEqual([ended.code, ended.stdout, writes], [1, "", 0], ended.stderr);
    assert.deepEqual(state(), before);
    const said = resultOf(ended);
    assert.equal(said.includes("\n"), false, said);
    return said;
  };

  it("a plan for another host than it was made for", async () => {
    const here = await place();
    const file = here.plan();
    here.lab.lab.apply({ op: "write", path: "bus/ap/drivers/vfio_ap/unbind", value: "04.0047" });
    assert.match(
      await refusal(here, file),
      /plan\.jsonl: the host is not what it was when the plan was made \(queue 04\.0047: no driver instead of vfio_ap; guest of mdev \S+: adapters -04.*\), nothing was written; make the plan again$/,
    );
  });

  it("a plan that was cut, or is none", async () => {
    const here = await place();
    const file = here.plan();
    const lines = readFileSync(file, "utf8").split("\n");
    const write = (name: string, text: string) => {
      writeFileSync(join(here.directory, name), text);
      return join(here.directory, name);
    };
    assert.match(
      await refusal(here, write("a.jsonl", lines.slice(0, 3).join("\n"))),
      /a\.jsonl:3:1: expected the 6 steps of this plan, not 2: /,
    );
    assert.match(
      await refusal(here, write("b.jsonl", (lines[0] as string).slice(0, 99))),
      /b\.jsonl:1:\d+: expected a JSON object on one line$/,
    );
    assert.match(await refusal(here, write("c.jsonl", '{"trace":"t","format":1}\n')), /c\.jsonl:1:2: expected a plan /);
    assert.match(await refusal(here, write("d.yaml", "mdevs: 7\n")), /d\.yaml:1:8: expected a list of mdevs/);
  });

  it("a copy of a /sys", async () => {
    const here = await place();
    const copy = freshDirectory(parent, "copy");
    mkdirSync(join(copy, "bus", "ap"), { recursive: true });
    const options = ["--from", copy];
    assert.match(await refusal(here, here.desired, ...options), /copy\d+: nothing can be written to it/);
  });

  it("a /sys that is mounted read-only", { skip: process.getuid?.() === 0 ? false : "it takes root" }, async () => {
    const here = await place();
    const point = freshDirectory(parent, "ro");
    await execute("mount", ["--bind", here.lab.sys, point]);
    await execute("mount", ["-o", "remount,bind,ro", point]);
    const said = await refusal(here, here.desired, "--from", point);
    await execute("umount", [point]);
    assert.match(said, /: its file system is mounted read-only: mount it for writing; nothing was written$/);
  });
});
