// How the facts of a host differ from others: as changes that lead from one to the other, and as words for people.
import { formatApid, formatApqi, parseApqn } from "../../system/ap/apqn.ts";
import { type Adm, newMask } from "../../system/ap/mask.ts";
import { parseMaskText } from "../../system/ap/mask-text.ts";
import { type Facts, GUEST, OVERRIDE, RUNNING } from "./facts.ts";

/** Facts by name that are to be others; null: one that is not there any more. */
export type FactChanges = Readonly<Record<string, string | null>>;

/**
 * What leads from one to the other. Whether a guest runs is told only of mdevs that came on the way, or that are gone: of the others
 * it stays what it was, also where it was not known.
 */
export function changesBetween(before: Facts, after: Facts): FactChanges {
  const changes: Record<string, string | null> = {};
  for (const [name, value] of after) {
    if (before.get(name) === value) continue;
    if (name.endsWith(RUNNING) && before.has(ownerOf(name))) continue;
    changes[name] = value;
  }
  for (const name of before.keys()) {
    if (!after.has(name) && !(name.endsWith(RUNNING) && after.has(ownerOf(name)))) changes[name] = null;
  }
  return changes;
}

/** The mdev or queue that a fact with a blank in its name belongs to. */
const ownerOf = (name: string): string => name.split(" ")[0] as string;

export function withChanges(facts: Facts, changes: FactChanges): Facts {
  const changed = new Map(facts);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return changed;
}

/** What does not have to be known for a host to be the same: not every source tells it. */
const isOptional = (name: string): boolean =>
  name.endsWith(GUEST) || name.endsWith(RUNNING) || ["apmask", "aqmask", "machine", "features"].includes(name);

/** One part of a sentence for each fact that is another one than expected. What one side does not know makes no difference. */
export function differences(expected: Facts, now: Facts): readonly string[] {
  const told: string[] = [];
  for (const [name, value] of expected) {
    const is = now.get(name);
    if (is === value || (is === undefined && isOptional(name))) continue;
    if (name.endsWith(OVERRIDE)) {
      if (now.has(ownerOf(name))) told.push(differenceOf(name, value, is ?? ""));
    } else told.push(is === undefined ? `${subjectOf(name)} is gone` : differenceOf(name, value, is));
  }
  for (const [name, is] of now) {
    if (expected.has(name) || isOptional(name)) continue;
    if (!name.endsWith(OVERRIDE)) told.push(`${subjectOf(name)} has come`);
    else if (expected.has(ownerOf(name))) told.push(differenceOf(name, "", is));
  }
  return told;
}

/** The first few of many. */
export function fewOf(told: readonly string[], most = 4): string {
  const more = told.length - most;
  return more > 0 ? `${told.slice(0, most).join("; ")}; and ${more} more` : told.join("; ");
}

const isUuid = (name: string): boolean => /^[0-9a-f]{8}-/.test(name);

function subjectOf(name: string): string {
  if (isUuid(name)) return name.endsWith(GUEST) ? `guest of mdev ${ownerOf(name)}` : `mdev ${ownerOf(name)}`;
  if (/^[0-9a-f]{2}$/.test(name)) return `card ${name}`;
  return parseApqn(name) === undefined && !name.endsWith(OVERRIDE) ? name : `queue ${ownerOf(name)}`;
}

function differenceOf(name: string, expected: string, is: string): string {
  const subject = subjectOf(name);
  if (name.endsWith(RUNNING)) return `${subject}: ${is === "yes" ? "a guest runs" : "no guest runs"}`;
  if (name.endsWith(OVERRIDE)) return `${subject}: override ${named(is)} instead of ${named(expected)}`;
  const masks = maskDifference(name, expected, is);
  return `${subject}: ${masks ?? `${named(is)} instead of ${named(expected)}`}`;
}

const named = (text: string): string => (text === "" ? "none" : text);

const PARTS = ["adapters", "domains", "control domains"];

/** Of texts that are masks: which ids are more, which are less. */
function maskDifference(name: string, expected: string, is: string): string | undefined {
  const [before, after] = [expected, is].map((text) =>
    text.split(",").map((one) => parseMaskText(one) as Adm | undefined),
  );
  if (!before || !after || before.length !== after.length) return undefined;
  const parts: string[] = [];
  for (const [i, was] of before.entries()) {
    const now = after[i];
    if (!was || !now) return undefined;
    const isOfAdapters = i === 0 && name !== "aqmask";
    const ids = [...signed("+", now, was, isOfAdapters), ...signed("-", was, now, isOfAdapters)];
    if (ids.length > 0) parts.push(before.length === 1 ? ids.join(" ") : `${PARTS[i]} ${ids.join(" ")}`);
  }
  return parts.join(", ");
}

function signed(sign: string, of: Adm, without: Adm, isOfAdapters: boolean): readonly string[] {
  const mask = newMask<ReturnType<Adm["ids"]>[number]>();
  mask.setDifference(of, without);
  return mask.ids().map((id) => `${sign}${isOfAdapters ? formatApid(id as never) : formatApqi(id)}`);
}
