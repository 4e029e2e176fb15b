// The lines of a scenario that say what must be seen now. checks.ts looks for it.

import { REASONS } from "../../answers/explain/reason.ts";
import { type Cast, readPath, takeGuest, takeMdev } from "./cast.ts";
import { QUEUE } from "./ids.ts";
import type { Check, CheckKind } from "./scenario.ts";
import { readString, type Words } from "./words.ts";

/** Adapters, domains or queues as matrix and guest_matrix print them. */
const MATRIX_WORD = /^([0-9a-f]{2}\.00[0-9a-f]{2}|[0-9a-f]{2}\.|\.00[0-9a-f]{2})$/;
const ERROR = /^E[A-Z]+$/;

/** Several words of one kind, or a single word that stands instead of them. */
function takeList(words: Words, pattern: RegExp, expected: string, instead: RegExp = /^none$/): string {
  const single = words.takeMatch(instead);
  if (single !== undefined) return single === "none" ? "" : single;
  return words.takeAll(pattern, expected).join(" ");
}

const takeMatrix = (words: Words): string =>
  takeList(words, MATRIX_WORD, "queues, .0047, 04., nothing, gone or an error", /^(nothing|gone|E[A-Z]+)$/);
const takeQueues = (words: Words): string => takeList(words, QUEUE, "queues such as 04.0047, or none");
const takeDomains = (words: Words): string =>
  takeList(words, /^00[0-9a-f]{2}$/, "control domains such as 0047, none, gone or an error", /^(none|gone|E[A-Z]+)$/);
const takeNumber = (words: Words): string => words.takeMatch(/^[0-9]+$/) ?? words.fail("a number");
const takeQueueName = (words: Words): string => words.takeMatch(QUEUE) ?? words.fail("a queue such as 04.0047");

type SubjectAndExpected = readonly [subject: string, expected: string];

const READERS: Readonly<Record<CheckKind, (words: Words, cast: Cast) => SubjectAndExpected>> = {
  guest: (words) => [takeGuest(words), takeMatrix(words)],
  "guest-control": (words) => [takeGuest(words), takeDomains(words)],
  shadow: (words, cast) => [cast.uuid(words, takeMdev(words, cast)), takeMatrix(words)],
  matrix: (words, cast) => [cast.uuid(words, takeMdev(words, cast)), takeMatrix(words)],
  control: (words, cast) => [cast.uuid(words, takeMdev(words, cast)), takeDomains(words)],
  status: (words) => [takeQueueName(words), takeStatus(words)],
  driver: (words) => [
    takeQueueName(words),
    words.takeMatch(/^(vfio_ap|cex4queue|none|gone)$/) ?? words.fail("vfio_ap, cex4queue, none or gone"),
  ],
  interrupts: (words) => ["", takeQueues(words)],
  resets: (words) => ["", takeQueues(words)],
  released: (words) => ["", takeQueues(words)],
  updates: (words) => [takeGuest(words), takeNumber(words)],
  order: (words) => ["", takeList(words, /^(update|clear|reset)$/, "update, clear, reset, or none")],
  signals: (words) => ["", takeList(words, /^(request|config-change)$/, "request, config-change, or none")],
  uevents: (words) => ["", takeList(words, /^[a-z0-9.]+:.+$/, "uevents such as card04:CONFIG=0, or none")],
  warnings: (words) => ["", takeQueues(words)],
  finished: (words) => ["", takeNumber(words)],
  cat: (words, cast) => [readPath(words, cast), takeError(words) ?? JSON.stringify(readString(words))],
  ends: (words, cast) => [readPath(words, cast), JSON.stringify(readString(words))],
  size: (words, cast) => [readPath(words, cast), takeNumber(words)],
  ls: (words, cast) => [readPath(words, cast), takeError(words) ?? takeList(words, /./, "names, none, or an error")],
  explain: (words, cast) => [
    `${cast.uuid(words, takeMdev(words, cast))} ${takeQueueName(words)}`,
    takeReason(words, cast),
  ],
};

export const CHECK_VERBS = Object.keys(READERS) as readonly CheckKind[];

const takeError = (words: Words): string | undefined => words.takeMatch(ERROR);

function takeStatus(words: Words): string {
  if (words.takeIf("in")) return words.takeIf("use") ? "in use" : words.fail("use");
  return words.takeMatch(/^(unassigned|assigned|E[A-Z]+)$/) ?? words.fail("unassigned, assigned, in use or an error");
}

/** A reason, its details, and how many writes help. An mdev is named by its name. */
function takeReason(words: Words, cast: Cast): string {
  const reason = words.take(`a reason (${REASONS.join(", ")})`);
  if (!REASONS.some((one) => one === reason))
    words.fail(`before this a reason (${REASONS.join(", ")}), not "${reason}"`);
  const rest = words.rest();
  const named = rest.map((word, at) => (rest[at - 1] === "mdev" ? cast.uuid(words, word) : word));
  return [reason, ...named].join(" ");
}

const isCheck = (verb: string): verb is CheckKind => Object.hasOwn(READERS, verb);

/** A check whose first word has been read; undefined if no check begins with that word. */
export function readCheck(verb: string, words: Words, cast: Cast): Check | undefined {
  if (!isCheck(verb)) return undefined;
  const [subject, expected] = READERS[verb](words, cast);
  return { kind: "check", what: verb, subject, expected };
}
