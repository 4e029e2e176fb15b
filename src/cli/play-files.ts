// Plays traces and scenarios from files, one after the other. All are read before the first is played, so that a mistake in one leaves
// nothing half done.

import { parseScenario } from "../history/scenario/parse-scenario.ts";
import { runScenario } from "../history/scenario/run-scenario.ts";
import { profilesOf, type Scenario } from "../history/scenario/scenario.ts";
import { usableText } from "../sources/usable.ts";
import type { Mismatch } from "../system/trace/compare.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { playTrace } from "../system/trace/play.ts";
import { rulesOf } from "../system/trace/rules-of.ts";
import { parseTrace, type Trace } from "../system/trace/trace-file.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { readText } from "./input-files.ts";

export const PLAYABLE = [".jsonl", ".jsonl.gz", ".scenario"] as const;

/** One thing that was not as written. */
export interface ReportedDifference {
  readonly file: string;
  readonly line: number;
  /** What was done: the operation as JSON, or the scenario's line. */
  readonly what: string;
  readonly mismatches: readonly ReportedMismatch[];
}

interface ReportedMismatch extends Mismatch {
  /** Sections of docs/rules.md where this is decided; not known for a scenario's line. */
  readonly rules?: readonly string[];
}

/** One trace, or one scenario under one kernel. */
export interface PlayedFile {
  readonly file: string;
  readonly profile: string;
  readonly operations: number;
  readonly differences: readonly ReportedDifference[];
}

export type Readable = { readonly file: string } & (
  | { readonly kind: "trace"; readonly trace: Trace }
  | { readonly kind: "scenario"; readonly scenario: Scenario }
);

/**
 * @param beginning "any" for traces that may go on from a host (--from), as plans do
 * @throws UserError with place and expectation for a file that cannot be read
 */
export function readPlayable(file: string, beginning: "init" | "any" = "init"): Readable {
  if (file.endsWith(".scenario")) return { file, kind: "scenario", scenario: readScenario(file) };
  return { file, kind: "trace", trace: usableText(file, parseTrace(readText(file), beginning)) };
}

/** @throws UserError with place and expectation for a file that cannot be read */
export const readScenario = (file: string): Scenario => usableText(file, parseScenario(readText(file)));

/** A trace without "init": it goes on from a host. */
export const goesOn = ({ lines: [first] }: Trace): boolean => first?.operation.op !== "init";

/**
 * A scenario is played under all its kernels, or the one asked for if it is among them.
 *
 * @param start the host of a trace without "init"
 */
export function playOne(readable: Readable, profile: Profile | undefined, start?: Host): readonly PlayedFile[] {
  if (readable.kind === "trace") return [playTraceFile(readable.file, readable.trace, profile, start)];
  const { file, scenario } = readable;
  const profiles = profilesOf(scenario);
  const chosen = profile ? profiles.filter((known) => known === profile) : profiles;
  return chosen.map((kernel) => playScenarioFile(file, scenario, kernel));
}

function playTraceFile(file: string, trace: Trace, profile: Profile | undefined, start?: Host): PlayedFile {
  const played = playTrace(trace, profile, undefined, start);
  const differences = played.differences.map(({ line, mismatches }) => ({
    file,
    line: line.line,
    what: JSON.stringify(operationToJson(line.operation)),
    mismatches: mismatches.map((mismatch) => ({ ...mismatch, rules: rulesOf(line.operation, mismatch.member) })),
  }));
  return { file, profile: played.profile.name, operations: played.operations, differences };
}

function playScenarioFile(file: string, scenario: Scenario, profile: Profile): PlayedFile {
  const run = runScenario(scenario, profile);
  const differences = run.failures.map(({ line, expected, came }) => ({
    file,
    line: line.line,
    what: line.text,
    mismatches: [{ member: profile.name, expected, came }],
  }));
  return { file, profile: profile.name, operations: run.operations, differences };
}
