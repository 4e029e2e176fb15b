// Rumur on the same model: the model with its constants is compiled once, and explored breadth first, as far as it is told.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReferenceOptions } from "../../../checker/reference/reference-options.ts";

const MODEL = fileURLToPath(new URL("../../../../testing/rumur/ap.m", import.meta.url));

export type Universe = Pick<ReferenceOptions, "adapters" | "domains" | "mdevs" | "absent" | "rule">;

interface RumurRun {
  readonly states: number;
  readonly transitions: number;
  /** By property that was broken: states that break it, or transitions. */
  readonly violations: Readonly<Record<string, number>>;
  /** Of the invariants that hold everywhere, those that did not; nothing more is known then. */
  readonly broken: readonly string[];
}

/**
 * @param bound states further away than so many events are left out
 * @throws Error a program is missing, or fails
 */
export function runRumur({ adapters, domains, mdevs, absent, rule }: Universe, bound?: number): RumurRun {
  const directory = mkdtempSync(join(tmpdir(), "apmatrix-rumur-"));
  try {
    const values = { N: adapters, M: domains, G: mdevs, ABSENT: absent, VARIANT: rule };
    const model = readFileSync(MODEL, "utf8").replace(/^ {2}(\w+): \d+;$/gm, (line, name: keyof typeof values) =>
      name in values ? `  ${name}: ${values[name]};` : line,
    );
    writeFileSync(join(directory, "ap.m"), model);
    const limit = bound === undefined ? [] : ["--bound", `${bound}`];
    const plain = ["--symmetry-reduction", "off", "--threads", "1"];
    run("rumur", [...plain, ...limit, "--output", "ap.c", "ap.m"], directory);
    run("gcc", ["-O2", "-mcx16", "ap.c", "-o", "ap", "-lpthread"], directory);
    // It ends with an error if some property was never broken.
    const { stdout } = spawnSync("./ap", { cwd: directory, encoding: "utf8" });
    return resultOf(stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (error) throw new Error(`the package ${program} is missing`);
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

function resultOf(stdout: string): RumurRun {
  const counted = /^\s*(\d+) states, (\d+) rules fired in/m.exec(stdout);
  if (!counted) throw new Error(`Rumur has not finished: ${stdout.slice(-300)}`);
  const violations: Record<string, number> = {};
  for (const [, name = "", count] of stdout.matchAll(/cover "(\w+)" hit (\d+) times/g))
    violations[name] = (violations[name] ?? 0) + Number(count);
  const broken = [...stdout.matchAll(/invariant "(\w+)" failed/g)].map(([, name]) => name as string);
  return { states: Number(counted[1]), transitions: Number(counted[2]), violations, broken };
}
