// A scenario from its text: line by line, the first mistake ends it and is told with its place.
import { PROFILES, profileNamed } from "../vfio-ap/profiles.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import type { Parsed } from "../trace/trace-file.ts";
import { Cast, readAction } from "./actions.ts";
import { readCheck } from "./checks.ts";
import type { Action, Column, Line, Outcome, Scenario } from "./scenario.ts";
import { ScenarioError, type Word, Words, wordsOf } from "./words.ts";

const VERBS = "host, mdev, free, keep, bind, unbind, assign, unassign, ap_config, start, stop, reset, remove, request, eventfd, interrupts-on, interrupts-off, unmap, machine, card, fault, scan, echo, write, or a check";

export function parseScenario(text: string): Parsed<Scenario> {
  const cast = new Cast();
  const lines: Line[] = [];
  let columns: readonly Column[] | undefined;
  let title = "";
  for (const [at, lineText] of text.split("\n").entries()) {
    if (title === "" && lineText.startsWith("#")) title = lineText.slice(1).trim();
    const words = wordsOf(lineText);
    if (words.length === 0) continue;
    try {
      if (words[0]?.text === "profiles") {
        if (columns || lines.length > 0) throw new ScenarioError(1, "profiles once, before everything else");
        columns = readColumns(new Words(words.slice(1), lineText.length + 1));
        continue;
      }
      const known = columns ?? [{ label: DEFAULT_PROFILE.name, profiles: [DEFAULT_PROFILE] }];
      lines.push({ line: at + 1, text: lineText.trim(), ...readLine(words, lineText, known, cast) });
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      return { ok: false, error: { line: at + 1, column: error.column, expected: error.message } };
    }
  }
  const first = lines[0]?.step;
  if (first?.kind !== "action" || first.operations[0]?.op !== "init") {
    return { ok: false, error: { line: lines[0]?.line ?? 1, column: 1, expected: "a line that begins with host, before all others" } };
  }
  columns ??= [{ label: DEFAULT_PROFILE.name, profiles: [DEFAULT_PROFILE] }];
  return { ok: true, value: { title, columns, lines, mdevs: cast.mdevs } };
}

/** `A=v11 B=v11-aqm linux-6.12`: labels for one kernel or several; a kernel alone labels itself. */
function readColumns(words: Words): readonly Column[] {
  const columns: Column[] = [];
  while (!words.isDone) {
    const column = words.column;
    const word = words.take("");
    const [label, names] = word.includes("=") ? word.split("=") : [word, word];
    const profiles = (names as string).split(",").map((name) => {
      const profile = profileNamed(name);
      if (!profile) throw new ScenarioError(column, `a profile, one of ${PROFILES.map((p) => p.name).join(", ")}; not "${name}"`);
      return profile;
    });
    columns.push({ label: label as string, profiles });
  }
  if (columns.length === 0) words.fail("LABEL=PROFILE, or profiles");
  return columns;
}

function readLine(words: readonly Word[], text: string, columns: readonly Column[], cast: Cast): Pick<Line, "labels" | "step"> {
  const first = words[0] as Word;
  const labels = first.text.endsWith(":") ? first.text.slice(0, -1).split(",") : undefined;
  const unknown = labels?.find((label) => !columns.some((column) => column.label === label));
  if (unknown !== undefined) {
    throw new ScenarioError(first.column, `labels of the line "profiles" before the colon, not "${unknown}"`);
  }
  const rest = labels ? words.slice(1) : words;
  const arrow = rest.findIndex((word) => word.text === "=>");
  const body = new Words(arrow < 0 ? rest : rest.slice(0, arrow), text.length + 1);
  const verb = body.take(VERBS);
  const check = arrow < 0 ? readCheck(verb, body, cast) : undefined;
  if (check) {
    body.end();
    if (cast.takePending().length > 0) throw new ScenarioError(first.column, "an mdev, which nothing has created so far");
    return { labels, step: check };
  }
  const operations = readAction(verb, body, cast);
  if (!operations) throw new ScenarioError((rest[0] as Word).column, `${VERBS}; not "${verb}"`);
  body.end();
  const outcome = arrow < 0 ? { outcome: "done" as const } : readOutcome(new Words(rest.slice(arrow + 1), text.length + 1));
  return { labels, step: { kind: "action", operations: [...cast.takePending(), ...operations], ...outcome } };
}

function readOutcome(words: Words): Pick<Action, "outcome" | "rc"> {
  if (words.takeIf("rc")) {
    const rc = words.takeMatch(/^[0-9a-f]{2}$/) ?? words.fail("a response code, two hex digits");
    words.end();
    return { outcome: "done", rc };
  }
  const text = words.take("done, blocked, rc and a code, or the name of an error");
  words.end();
  const outcome: Outcome = text === "done" || text === "blocked" ? text : { errno: text };
  return { outcome };
}
