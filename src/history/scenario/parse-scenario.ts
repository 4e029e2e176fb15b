// A scenario from its text, line by line. Reading ends at the first mistake, which is reported with its place.
import { must } from "../../system/ap/assert.ts";
import { ERRNO, type Errno } from "../../system/ap/errno.ts";
import { LONGEST_LINE, longLine, TOO_LONG } from "../../system/ap/limits.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE, PROFILE_NAMES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { ACTION_VERBS, readAction } from "./actions.ts";
import { Cast, MDEV_NAME, UUID } from "./cast.ts";
import { doneInside, readInside } from "./inside-words.ts";
import { CHECK_VERBS, readCheck } from "./read-check.ts";
import type { Action, KernelColumn, Line, Outcome, Scenario } from "./scenario.ts";
import { ScenarioError, type Word, Words, wordsOf } from "./words.ts";

const VERBS = `an action (${ACTION_VERBS.join(", ")}) or a check (${CHECK_VERBS.join(", ")})`;

/** The kernels of a scenario without the line "profiles". */
const DEFAULT_COLUMNS: readonly KernelColumn[] = [{ label: DEFAULT_PROFILE.name, profiles: [DEFAULT_PROFILE] }];

export function parseScenario(text: string): ParsedText<Scenario> {
  const tooLong = longLine(text);
  if (tooLong !== undefined)
    return { ok: false, error: { line: tooLong, column: LONGEST_LINE + 1, expected: TOO_LONG } };
  const reader = new ScenarioReader();
  for (const [at, lineText] of text.split("\n").entries()) {
    try {
      reader.readLine(lineText, at + 1);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      return { ok: false, error: { line: at + 1, column: error.column, expected: error.message } };
    }
  }
  const { title, columns, cast } = reader;
  const [host, ...others] = reader.lines;
  if (!host) return { ok: false, error: { line: 1, column: 1, expected: "a line that begins with host" } };
  const hasInside = others.some(({ inside }) => inside !== undefined);
  const lines = [{ ...host, step: withMore(hasInside ? withGuests(host.step) : host.step, cast.beginning) }, ...others];
  return { ok: true, value: { title, columns: columns ?? DEFAULT_COLUMNS, lines, mdevs: reader.mdevs } };
}

/** Where a line is about the inside of a guest, guests have a Linux, and the line "host" need not say so. */
const withGuests = (step: Line["step"]): Line["step"] =>
  step.kind === "action" ? { ...step, operations: step.operations.map(initWithGuests) } : step;

const initWithGuests = (operation: Operation): Operation =>
  operation.op === "init" ? { ...operation, guests: operation.guests ?? new Map() } : operation;

const withMore = (step: Line["step"], more: readonly Operation[]): Line["step"] =>
  step.kind === "action" ? { ...step, operations: [...step.operations, ...more] } : step;

/** Numbers in the UUIDs of the mdevs of each guest. */
const FIRST_INSIDE = 0x100;

class ScenarioReader {
  readonly cast = new Cast();
  readonly lines: Line[] = [];
  readonly #inside = new Map<string, Cast>();
  columns: readonly KernelColumn[] | undefined;
  title = "";

  /** Mdevs of guests have names of their own, and UUIDs that are nobody else's. */
  #castOf(path: string | undefined): Cast {
    if (path === undefined) return this.cast;
    const cast = this.#inside.get(path) ?? new Cast(false, (this.#inside.size + 1) * FIRST_INSIDE);
    this.#inside.set(path, cast);
    return cast;
  }

  /** UUID by name. A name that several hosts use is the outermost one's. */
  get mdevs(): ReadonlyMap<string, string> {
    return new Map([...this.#inside.values(), this.cast].flatMap(({ mdevs }) => [...mdevs]));
  }

  /** @throws ScenarioError */
  readLine(text: string, line: number): void {
    if (this.title === "" && text.startsWith("#")) this.title = text.slice(1).trim();
    const words = wordsOf(text);
    const [first] = words;
    if (!first) return;
    const rest = () => new Words(words.slice(1), text.length + 1);
    if (first.text === "profiles") {
      if (this.columns || this.lines.length > 0)
        throw new ScenarioError(first.column, "profiles once, before all else");
      this.columns = readColumns(rest());
    } else if (first.text === "name") {
      readName(rest(), this.cast);
    } else {
      const known = this.columns ?? DEFAULT_COLUMNS;
      const read = { line, text: text.trim(), ...readStep(words, text, known, (path) => this.#castOf(path)) };
      const isHost = read.step.kind === "action" && read.step.operations[0]?.op === "init";
      if (isHost !== (this.lines.length === 0)) {
        throw new ScenarioError(first.column, isHost ? "the host once, first" : "a line that begins with host, first");
      }
      this.lines.push(read);
    }
  }
}

/** `A=v11 B=v11-aqm linux-6.12`: labels for one kernel or several; a kernel without a label is its own label. */
function readColumns(words: Words): readonly KernelColumn[] {
  const columns: KernelColumn[] = [];
  while (!words.isDone) {
    const column = words.column;
    const word = words.take("");
    const [label = "", names = ""] = word.includes("=") ? word.split("=") : [word, word];
    if (columns.some((other) => other.label === label)) throw new ScenarioError(column, `label "${label}" only once`);
    const profiles = names.split(",").map((name) => {
      const profile = profileNamed(name);
      if (profile) return profile;
      const known = PROFILE_NAMES.join(", ");
      throw new ScenarioError(column, `a profile, one of ${known}; not "${name}"`);
    });
    columns.push({ label, profiles });
  }
  if (columns.length === 0) words.fail("LABEL=PROFILE, or profiles");
  return columns;
}

/** `name m1 UUID`: the name of an mdev that a write to the file creates with this UUID. */
function readName(words: Words, cast: Cast): void {
  const name = words.takeMatch(MDEV_NAME) ?? words.fail("a name for the mdev, such as m2");
  cast.name(name, words.takeMatch(UUID) ?? words.fail("its UUID"));
  words.end();
}

function readStep(
  words: readonly Word[],
  text: string,
  columns: readonly KernelColumn[],
  castOf: (path: string | undefined) => Cast,
): Pick<Line, "labels" | "inside" | "step"> {
  const first = must(words[0]);
  const labels = first.text.endsWith(":") ? first.text.slice(0, -1).split(",") : undefined;
  const unknown = labels?.find((label) => !columns.some((column) => column.label === label));
  if (unknown !== undefined) {
    const known = columns.map(({ label }) => label).join(", ");
    throw new ScenarioError(first.column, `labels before the colon, of ${known}; not "${unknown}"`);
  }
  const labelled = labels ? words.slice(1) : words;
  const inside = readInside(labelled);
  const rest = inside === undefined ? labelled : labelled.slice(2);
  const cast = castOf(inside);
  const arrow = rest.findIndex((word) => word.text === "=>");
  const end = text.length + 1;
  const body = new Words(arrow < 0 ? rest : rest.slice(0, arrow), rest[arrow]?.column ?? end);
  const place = body.column;
  const verb = body.take(VERBS);
  const check = readCheck(verb, body, cast);
  if (check) {
    body.end();
    if (arrow >= 0) throw new ScenarioError(must(rest[arrow]).column, "no outcome after a check");
    return { labels, inside, step: check };
  }
  const read = readAction(verb, body, cast);
  if (!read) throw new ScenarioError(place, `${VERBS}; not "${verb}"`);
  body.end();
  const operations = inside === undefined ? read : doneInside(inside, [...cast.beginning.splice(0), ...read], place);
  const outcome = arrow < 0 ? { outcome: "done" as const } : readOutcome(new Words(rest.slice(arrow + 1), end));
  return { labels, inside, step: { kind: "action", operations, ...outcome } };
}

const isErrno = (text: string): text is Errno => Object.hasOwn(ERRNO, text);
const isOutcome = (text: string): text is Outcome => text === "done" || text === "blocked" || isErrno(text);

function readOutcome(words: Words): Pick<Action, "outcome" | "rc"> {
  if (words.takeIf("rc")) {
    const rc = words.takeMatch(/^[0-9a-f]{2}$/) ?? words.fail("a response code, two hex digits");
    words.end();
    return { outcome: "done", rc };
  }
  const text = words.peek() ?? words.fail("done, blocked, rc and a code, or the name of an error");
  if (!isOutcome(text)) return words.fail(`done, blocked, rc and a code, or one of ${Object.keys(ERRNO).join(", ")}`);
  words.take("");
  words.end();
  return { outcome: text };
}
