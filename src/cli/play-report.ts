// The result of playing, as text, JSON or TAP.
import { count } from "../answers/show/wording.ts";
import { plain, shortened } from "../system/ap/quoted.ts";
import type { PlayedFile, ReportedDifference } from "./play-files.ts";

export const PLAY_FORMATS = ["text", "json", "tap"] as const;
export type PlayFormat = (typeof PLAY_FORMATS)[number];

const total = (played: readonly PlayedFile[]) => ({
  traces: played.length,
  operations: played.reduce((sum, { operations }) => sum + operations, 0),
  differences: played.reduce((sum, { differences }) => sum + differences.length, 0),
});

/** `437 traces, 81282 operations, 0 differences` */
export function summary(played: readonly PlayedFile[]): string {
  const { traces, operations, differences } = total(played);
  return [count(traces, "trace"), count(operations, "operation"), count(differences, "difference")].join(", ");
}

const show = (value: unknown): string => (value === undefined ? "nothing" : shortened(JSON.stringify(value)));

/** One line: `FILE:LINE: OPERATION: MEMBER: expected E, found C; ...`, and which rules decide these members. */
export function differenceLine({ file, line, what, mismatches }: ReportedDifference): string {
  const members = mismatches.map(
    ({ member, expected, came }) => `${shortened(member)}: expected ${show(expected)}, found ${show(came)}`,
  );
  const rules = new Set(mismatches.flatMap((mismatch) => mismatch.rules ?? []));
  const seek = rules.size === 0 ? "" : ` (docs/rules.md: ${[...rules].join(", ")})`;
  return plain(`${file}:${line}: ${shortened(what)}: ${members.join("; ")}${seek}`);
}

export function playReport(played: readonly PlayedFile[], format: PlayFormat): string {
  switch (format) {
    case "text":
      return [...played.flatMap(({ differences }) => differences.map(differenceLine)), summary(played)].join("\n");
    case "json":
      return JSON.stringify({ ...total(played), played }, undefined, 2);
    case "tap":
      return tap(played);
  }
}

function tap(played: readonly PlayedFile[]): string {
  const lines = ["TAP version 13", `1..${played.length}`];
  for (const [at, { file, profile, operations, differences }] of played.entries()) {
    const verdict = differences.length === 0 ? "ok" : "not ok";
    lines.push(`${verdict} ${at + 1} - ${plain(file.replaceAll("#", ""))} (${profile}, ${operations} operations)`);
    if (differences.length === 0) continue;
    lines.push(
      "  ---",
      "  differences:",
      ...differences.map((d) => `    - ${JSON.stringify(differenceLine(d))}`),
      "  ...",
    );
  }
  return [...lines, `# ${summary(played)}`].join("\n");
}
