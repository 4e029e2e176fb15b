// npm run bench:guests: what guests with a Linux of their own cost a lab: how long `lab up --guests` takes until a file of the last guest can
// be read, and how much memory a guest takes, without and with a command of its own having run in it. Without and with guests' Linux in
// turns, so that whatever else the machine does affects both. What the figures mean: docs/performance.md.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apmatrix, killLabs, labUp } from "../../support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../../support/temporary.ts";

const [GUESTS, DOMAINS, ROUNDS] = [16, 85, 5];
const TARGET = { milliseconds: 2000, mebibytes: 20 } as const;

process.once("exit", killLabs);
const directory = temporaryDirectory();
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** 16 adapters, 85 domains; each guest has one adapter with all domains. */
function describedHost(): string {
  const file = join(directory, "host.yaml");
  const cards = range(GUESTS).map((id) => `  - { id: ${id}, type: CEX8C }\n`);
  const domains = range(DOMAINS).join(", ");
  const mdevs = range(GUESTS).map((n) => {
    const uuid = `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
    return `  - { uuid: "${uuid}", adapters: [${n}], domains: [${domains}], guest: g${n} }\n`;
  });
  const masks = `{ apmask: "0x${"0".repeat(64)}" }`;
  const head = `describes: 16 guests\ncards:\n${cards.join("")}domains: [${domains}]\nmasks: ${masks}\n`;
  writeFileSync(file, `${head}mdevs:\n${mdevs.join("")}`);
  return file;
}

/** Proportional set size of a process with its children and theirs, in MiB: what they share is counted once. */
function memoryOf(pid: number): number {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = fieldOf(`${entry}/status`, "PPid");
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const sizeOf = (one: number): number =>
    (fieldOf(`${one}/smaps_rollup`, "Pss") ?? 0) / 1024 +
    (children.get(one) ?? []).reduce((sum, child) => sum + sizeOf(child), 0);
  return sizeOf(pid);
}

/** A number in a file of /proc; undefined: the process is gone. */
function fieldOf(file: string, name: string): number | undefined {
  try {
    const value = new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(readFileSync(join("/proc", file), "utf8"))?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined;
  }
}

interface Figures {
  /** Milliseconds until the first answer. */
  readonly ready: number;
  /** MiB when it is up, and after a command has run in each guest. */
  readonly up: number;
  readonly entered: number;
}

async function measure(host: string, hasInside: boolean): Promise<Figures> {
  const [sys, run] = [freshDirectory(directory, "sys"), freshDirectory(directory, "run")];
  const start = performance.now();
  const words = [host, "--mount", sys, "--no-timer", "--uevents", ...(hasInside ? ["--guests"] : [])];
  const lab = await labUp(words, { run });
  readFileSync(join(sys, hasInside ? `guests/g${GUESTS - 1}` : "", "bus/ap/apmask"));
  const ready = performance.now() - start;
  const up = memoryOf(lab.pid);
  for (const n of range(GUESTS)) {
    const guest = hasInside ? ["--guest", `g${n}`] : [];
    await apmatrix(["lab", "exec", ...guest, "--net", "--", "ls", "/sys/bus/ap/devices"], { run });
  }
  const entered = memoryOf(lab.pid);
  await lab.stop();
  return { ready, up, entered };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const verdict = (isMet: boolean): string => (isMet ? "met" : "MISSED");

const host = describedHost();
const figures: Record<"without" | "inside", Figures[]> = { without: [], inside: [] };
for (let round = 0; round < ROUNDS; round++) {
  figures.without.push(await measure(host, false));
  figures.inside.push(await measure(host, true));
}
const of = (kind: "without" | "inside", name: keyof Figures): number => median(figures[kind].map((one) => one[name]));
console.log(`${GUESTS} guests, ${GUESTS}x${DOMAINS}, medians of ${ROUNDS}   guests without a Linux   with one`);
for (const [title, name] of [
  ["ms to the first answer", "ready"],
  ["MiB when it is up", "up"],
  ["MiB after a command in each", "entered"],
] as const)
  console.log(
    `${title.padEnd(40)}${of("without", name).toFixed(0).padStart(12)}${of("inside", name).toFixed(0).padStart(24)}`,
  );
const each = (of("inside", "entered") - of("without", "entered")) / GUESTS;
console.log(`MiB a guest: ${each.toFixed(1)}, at most ${TARGET.mebibytes}: ${verdict(each <= TARGET.mebibytes)}`);
console.log(`up in at most ${TARGET.milliseconds} ms: ${verdict(of("inside", "ready") <= TARGET.milliseconds)}`);
