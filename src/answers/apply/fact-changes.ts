// How the facts of a host differ from earlier or expected ones: as changes, and as words for people.
import { formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { asApid } from "../../system/ap/id.ts";
import type { Adm } from "../../system/ap/mask.ts";
import { parseMaskText } from "../../system/ap/mask-text.ts";
import { plain } from "../../system/ap/quoted.ts";
import { type Fact, type FactKind, type FactMap, factName } from "./fact.ts";

/** What a fact becomes; null: the fact is gone. */
export interface FactChange extends Omit<Fact, "text"> {
  readonly text: string | null;
}

/**
 * The changes from one to the other. Whether a guest runs is told only of mdevs that are new or gone: for the others it stays as it was,
 * even if it was not known.
 */
export function changesBetween(before: FactMap, after: FactMap): readonly FactChange[] {
  const changes: FactChange[] = [];
  const stays = ({ kind, of }: Fact, there: FactMap): boolean => kind === "running" && there.has(of);
  for (const [name, fact] of after) {
    if (before.get(name)?.text !== fact.text && !stays(fact, before)) changes.push(fact);
  }
  for (const [name, fact] of before) {
    if (!after.has(name) && !stays(fact, after)) changes.push({ ...fact, text: null });
  }
  return changes;
}

export function withChanges(facts: FactMap, changes: readonly FactChange[]): FactMap {
  const changed = new Map(facts);
  for (const { text, ...about } of changes) {
    if (text === null) changed.delete(factName(about));
    else changed.set(factName(about), { ...about, text });
  }
  return changed;
}

/** Facts that need not be known for a host to be the same: not every source tells them. */
const OPTIONAL: readonly FactKind[] = ["guest", "running", "bus"];

/** One part of a sentence for each fact that is not as expected. What one side does not know is not a difference. */
export function differences(expected: FactMap, now: FactMap): readonly string[] {
  const told: string[] = [];
  for (const [name, fact] of expected) {
    const is = now.get(name)?.text;
    if (is === fact.text || (is === undefined && OPTIONAL.includes(fact.kind))) continue;
    if (fact.kind === "override") {
      if (now.has(fact.of)) told.push(differenceOf(fact, is ?? ""));
    } else told.push(is === undefined ? `${subjectOf(fact)} is gone` : differenceOf(fact, is));
  }
  for (const [name, fact] of now) {
    if (expected.has(name) || OPTIONAL.includes(fact.kind)) continue;
    if (fact.kind !== "override") told.push(`${subjectOf(fact)} has come`);
    else if (expected.has(fact.of)) told.push(differenceOf({ ...fact, text: "" }, fact.text));
  }
  return told;
}

/** The first few of many. */
export function fewOf(told: readonly string[], most = 4): string {
  const more = told.length - most;
  return more > 0 ? `${told.slice(0, most).join("; ")}; and ${more} more` : told.join("; ");
}

const SUBJECTS: Readonly<Record<FactKind, string>> = {
  card: "card ",
  queue: "queue ",
  override: "queue ",
  bus: "",
  mdev: "mdev ",
  guest: "guest of mdev ",
  running: "mdev ",
};

const subjectOf = ({ kind, of }: Fact): string => `${SUBJECTS[kind]}${of}`;

function differenceOf(expected: Fact, is: string): string {
  const subject = subjectOf(expected);
  if (expected.kind === "running") return `${subject}: ${is === "yes" ? "a guest runs" : "no guest runs"}`;
  const both = `${named(is)} instead of ${named(expected.text)}`;
  if (expected.kind === "override") return `${subject}: override ${both}`;
  return `${subject}: ${maskDifference(expected, is) ?? both}`;
}

/** Three masks, and room. */
const LONGEST = 240;
const named = (text: string): string => (text === "" ? "none" : plain(text, LONGEST));

const PARTS = ["adapters", "domains", "control domains"];

/** If both texts are masks: the ids that came, with +, and those that went, with -. */
function maskDifference({ of, text }: Fact, is: string): string | undefined {
  const [before, after] = [text, is].map((one) => one.split(",").map((mask) => parseMaskText(mask) as Adm | undefined));
  if (!before || !after || before.length !== after.length) return undefined;
  const parts: string[] = [];
  for (const [i, was] of before.entries()) {
    const now = after[i];
    if (!was || !now) return undefined;
    const isOfAdapters = i === 0 && of !== "aqmask";
    const ids = [...signed("+", now, was, isOfAdapters), ...signed("-", was, now, isOfAdapters)];
    if (ids.length > 0) parts.push(before.length === 1 ? ids.join(" ") : `${PARTS[i]} ${ids.join(" ")}`);
  }
  return parts.join(", ");
}

const signed = (sign: string, of: Adm, without: Adm, isOfAdapters: boolean): readonly string[] =>
  of
    .ids()
    .filter((id) => !without.has(id))
    .map((id) => `${sign}${isOfAdapters ? formatApid(asApid(id)) : formatApqi(id)}`);
