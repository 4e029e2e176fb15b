// A mounted lab under load: several processes hammer it while cards, guests and faults come and go. Afterwards the journal has to
// play clean, every answer that a process got has to be in it, and nothing may be left of names, handles and descriptors.
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { mdevName } from "../../../system/sysfs/mdev-names.ts";
import type { Operation } from "../../../system/trace/operation.ts";
import { DEFAULT_PROFILE } from "../../../system/vfio-ap/profiles.ts";
import { type MountedLab, mountedLab } from "../../support/mounted-lab.ts";
import { freshDirectory } from "../../support/temporary.ts";
import { Random } from "../random.ts";
import { RandomOperations } from "../random-operations.ts";
import { type HammerReport, SIZE } from "./hammer-report.ts";
import { leftBehind, openDescriptors, readJournal, wrongAnswers } from "./soak-checks.ts";

const HAMMER = fileURLToPath(new URL("./hammer.js", import.meta.url));
/** Milliseconds between two things that happen to the machine. */
const PACE = 3;
/** A process that takes this much longer than it was told counts as hanging. */
const PATIENCE = 20_000;

export interface SoakOptions {
  readonly clients: number;
  readonly seconds: number;
  readonly seed: number;
  /** For the mount and the journal. */
  readonly parent: string;
}

export interface SoakResult {
  readonly writes: number;
  readonly reads: number;
  readonly listings: number;
  /** Operations in the journal, those of the machine among them. */
  readonly operations: number;
  /** What is wrong, in one line each. */
  readonly problems: readonly string[];
}

export async function soakLab({ clients, seconds, seed, parent }: SoakOptions): Promise<SoakResult> {
  const random = new Random(seed);
  const operations = new RandomOperations(random, SIZE);
  const journal = freshDirectory(parent, "journal");
  const lab = await mountedLab({ beginning: [operations.init()], profile: DEFAULT_PROFILE, parent, journal });
  const descriptors = openDescriptors();
  const hammers = Array.from({ length: clients }, (_, n) => startHammer(lab.sys, seed + n + 1, seconds * 1000));
  const reports = await whileHappening(lab, random, operations, Promise.all(hammers.map(({ report }) => report)));
  const problems = [...reports.flatMap(({ errors }) => errors), ...lab.bugs.map((bug) => `a bug: ${bug}`)];
  problems.push(...(await leftBehind(lab, descriptors)));
  await lab.stop();
  const trace = readJournal(journal);
  problems.push(...wrongAnswers(trace, reports));
  const total = (count: (report: HammerReport) => number) => reports.reduce((sum, report) => sum + count(report), 0);
  return {
    writes: total(({ writes }) => Object.values(writes).reduce((a, b) => a + b, 0)),
    reads: total(({ reads }) => reads),
    listings: total(({ listings }) => listings),
    operations: trace.lines.length,
    problems,
  };
}

function startHammer(sys: string, seed: number, milliseconds: number): { readonly report: Promise<HammerReport> } {
  const child: ChildProcess = fork(HAMMER, [sys, `${seed}`, `${milliseconds}`]);
  const report = new Promise<HammerReport>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`a client with seed ${seed} hangs`));
    }, milliseconds + PATIENCE);
    child.once("message", (message) => {
      clearTimeout(timer);
      resolve(message as HammerReport);
    });
    child.once("exit", (code) => reject(new Error(`a client with seed ${seed} ended with ${code}`)));
  });
  return { report };
}

/** Operations of the machine and of guests at a steady pace. */
async function whileHappening<T>(
  lab: MountedLab,
  random: Random,
  operations: RandomOperations,
  until: Promise<T>,
): Promise<T> {
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const operation = operations.next();
    if (operation.op !== "write") lab.lab.apply(operation);
    // A process that removes an mdev waits for its guest, but not for ever.
    for (const close of waitedFor(lab)) if (random.oneIn(5)) lab.lab.apply(close);
    await Promise.race([pause(PACE), over.catch(() => undefined)]);
  }
  return await over;
}

/** The guests that somebody waits for, which are now stopped. */
function waitedFor({ lab }: MountedLab): Operation[] {
  const { state } = lab.player.host;
  const closing: Operation[] = [];
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    if (!mdev.isBeingRemoved || mdev.guest === undefined) continue;
    closing.push({ op: "close", guest: state.names.nameOf(mdev.guest), mdev: mdevName(mdev) });
  }
  return closing;
}
