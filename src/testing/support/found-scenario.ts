// A path of the checker as a scenario: its events line by line, and after each of them what guests see, if that has changed.

import { openingLines, scenarioOf } from "../../checker/core/story.ts";
import type { Universe } from "../../checker/core/universe.ts";
import { guestText, range } from "../../checker/number-names.ts";
import { runScenario } from "../../history/scenario/run-scenario.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";

/** A kernel and the letter that its lines begin with. */
interface Column {
  readonly label: string;
  readonly profile: Profile;
}

const LABELS = "ABCDEFGH";

export interface FoundPath {
  /** One sentence without a full stop. */
  readonly title: string;
  readonly universe: Universe;
  /** Lines of each event, as actions of a scenario. */
  readonly events: readonly (readonly string[])[];
  /** Kernels that it is played under; what guests see is written for each. */
  readonly profiles: readonly Profile[];
  /** Further checks at the end. */
  readonly closing?: readonly string[];
}

export function foundScenario({ title, universe, events, profiles, closing = [] }: FoundPath): string {
  const columns = profiles.map((profile, n): Column => ({ label: LABELS[n]!, profile }));
  const kinds = universe.kinds.has("control") ? ["guest", "guest-control"] : ["guest"];
  const checks = range(universe.mdevs).flatMap((g) => kinds.map((check) => `${check} ${guestText(g)}`));
  const seen = columns.map(({ profile }) => whatIsSeen(universe, events, checks, profile));
  const lines = events.flatMap((event, n) => {
    const told = checks.flatMap((check, c) => {
      const now = seen.map((ofColumn) => ofColumn[n]![c]!);
      const before = seen.map((ofColumn) => (n === 0 ? "gone" : ofColumn[n - 1]![c]!));
      return now.every((text, column) => text === before[column]) ? [] : labelled(check, now, columns);
    });
    return told.length === 0 ? event : [...event, ...told, ""];
  });
  const names = columns.map(({ label, profile }) => `${label}=${profile.name}`).join(" ");
  const text = [`# ${title}`, `profiles ${names}`, ...openingLines(universe), "", ...lines, ...closing];
  return `${text.join("\n").trimEnd()}\n`;
}

/** One line for all kernels if they agree, else one for each. */
function labelled(check: string, seen: readonly string[], columns: readonly Column[]): readonly string[] {
  if (seen.every((text) => text === seen[0])) return [`${check} ${seen[0]}`];
  return columns.map(({ label }, n) => `${label}: ${check} ${seen[n]}`);
}

/** For each event the answers to all checks: a check that fails says what was found. */
function whatIsSeen(
  universe: Universe,
  events: readonly (readonly string[])[],
  checks: readonly string[],
  profile: Profile,
): readonly (readonly string[])[] {
  const asked = checks.map((check) => `${check} gone`);
  const opening = openingLines(universe);
  const text = [`profiles ${profile.name}`, ...opening, ...events.flatMap((event) => [...event, ...asked])].join("\n");
  const { failures } = runScenario(scenarioOf(text), profile);
  const came = new Map(failures.map(({ line, came }) => [line.line, came]));
  let line = 1 + opening.length;
  return events.map((event) => {
    line += event.length;
    return checks.map(() => (came.get(++line) ?? "gone") || "none");
  });
}
