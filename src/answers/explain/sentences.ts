// Explanations for people: one line for each queue, and what to write.

import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Explanation } from "./explain.ts";
import type { ErrnoExplanation } from "./explain-errno.ts";
import { healthRemedy, healthText } from "./health.ts";
import { loserText } from "./losers.ts";
import type { Because, Reason } from "./reason.ts";

const name = (apqn: Apqn | undefined): string => (apqn === undefined ? "another queue" : formatApqn(apqn));

/** What each reason says of a queue, without the queue's name in front. */
const SENTENCES: Readonly<Record<Reason, (because: Because) => string>> = {
  plugged: () => "the guest has it",
  "assigned-elsewhere": ({ mdev }) => `assigned to mdev ${mdev}`,
  "host-owned": ({ mask }) => `the host keeps it (${shortened(mask ?? "")})`,
  "adapter-not-assigned": () => "its adapter is not assigned to the mdev",
  "domain-not-assigned": () => "its domain is not assigned to the mdev",
  "adapter-not-in-host": () => "its adapter is not in the host's configuration",
  "domain-not-in-host": () => "its domain is not in the host's configuration",
  "no-queue-device": () => "the bus has no device of it: a card of another type, or not scanned yet",
  "queue-unbound": () => "no driver has it",
  "queue-bound-elsewhere": ({ driver }) => `driver ${driver} has it`,
  "queue-not-passable": ({ rc = 0 }) => `its last reset ended with response code ${formatResponseCode(rc)}`,
  "adapter-filtered": (because) => {
    const why = because.reason === undefined ? "" : `: ${reasonSentence(because.reason, because)}`;
    return `its adapter is held back because of ${name(because.apqn)}${why}`;
  },
  "waiting-for-refilter": () => "nothing stands in the way, but the driver has not filtered again since something did",
  "guest-not-running": () => "ready, but no guest runs",
  "removal-requested": () => "the guest was asked to give the mdev back, and its masks were cleared",
};

/** @param isUndecided the source does not tell whether a guest runs */
export const reasonSentence = (reason: Reason, because: Because, isUndecided = false): string =>
  isUndecided && reason === "guest-not-running"
    ? "ready; whether a guest runs, and has it then, is not known"
    : SENTENCES[reason](because);

export const echoCommand = ([path, value]: Write): string =>
  `echo ${value.trim() === "" ? "" : value.trim()} > /sys/${path}`;

/**
 * Mdevs that lose something by these writes.
 *
 * @param own the one that gains
 */
export const losersBy = (writes: readonly Write[], own?: string): readonly string[] => [
  ...new Set(
    writes
      .flatMap(([path]) => /(?<![^/])([^/]+)\/(?:unassign_\w+|ap_config)$/.exec(path)?.[1] ?? [])
      .filter((uuid) => uuid !== own),
  ),
];

/** Up to this many queues are named. */
const NAMED = 8;

const listed = (queues: readonly Apqn[]): string =>
  [...queues.slice(0, NAMED).map(formatApqn), ...(queues.length > NAMED ? [`... (${queues.length})`] : [])].join(" ");

const INDENT = "         ";

/** @param isUndecided the source does not tell whether a guest runs */
export function explanationLines(
  { apqn, reason, because, health, cure, fix, plugged, loses, losers, mdev }: Explanation,
  isUndecided = false,
): readonly string[] {
  const ill = health && healthText(apqn, health);
  if (plugged) {
    if (!health) return [`${formatApqn(apqn)}  plugged`];
    const help = cure ? cure.map(echoCommand) : [healthRemedy(health)];
    return [`${formatApqn(apqn)}  plugged, but ${ill}`, ...help.map((line) => `${INDENT}${line}`)];
  }
  const also = ill === undefined ? "" : `; ${ill}`;
  const line = `${formatApqn(apqn)}  ${reason}: ${reasonSentence(reason, because, isUndecided)}${also}`;
  if (!fix) return [line, `${INDENT}${whatMustChange(reason, because)}`];
  const taken = losersBy(fix, mdev);
  const whom = losers.length === 0 ? "" : ` (${losers.map(loserText).join(", ")})`;
  const cost =
    taken.length === 0 ? [] : [`${INDENT}this takes it away from ${taken.join(", ")} and the guest there${whom}:`];
  const own = loses.length === 0 ? [] : [`${INDENT}its own guest loses by this: ${listed(loses)}`];
  return [line, ...cost, ...own, ...fix.map((write) => `${INDENT}${echoCommand(write)}`)];
}

const MACHINE_MUST_CHANGE = "the machine must change";
const CHANGES: Readonly<Partial<Record<Reason, string>>> = {
  "guest-not-running": "start the guest",
  "removal-requested": "the guest must let the mdev go",
  "assigned-elsewhere": "that mdev is being removed, and its guest must let it go",
  "adapter-not-in-host": MACHINE_MUST_CHANGE,
  "domain-not-in-host": MACHINE_MUST_CHANGE,
  "no-queue-device": MACHINE_MUST_CHANGE,
};

/** The sentence for when no write helps. */
export function whatMustChange(reason: Reason, because: Because): string {
  if (reason === "adapter-filtered")
    return because.reason === undefined ? "no write helps" : whatMustChange(because.reason, {});
  return `no write helps: ${CHANGES[reason] ?? `${MACHINE_MUST_CHANGE}, or whoever else has it`}`;
}

export function errnoLines({ errno, waits, offenders, fix, losers }: ErrnoExplanation): readonly string[] {
  if (errno === undefined)
    return [waits ? "succeeds, once the guest has let go: the write waits until then" : "succeeds"];
  const groups = [...groupBy(offenders, (one) => one.errno)].flatMap(([met, some]) => [
    ...(met === errno ? [] : [`then ${met}`]),
    ...some.map(offenderText),
  ]);
  const cost =
    losers.length === 0 ? "" : ` (this takes queues from running guests: ${losers.map(loserText).join(", ")})`;
  const writes = fix?.map((write) => `  ${echoCommand(write)}`) ?? ["  no other write makes it succeed"];
  return [errno, ...groups, ...(fix ? [`it succeeds after${cost}`] : []), ...writes];
}

function offenderText({ apqn, owner }: ErrnoExplanation["offenders"][number]): string {
  const [[kind, who] = ["", ""]] = Object.entries(owner);
  return `  ${formatApqn(apqn)}  ${kind} ${who}`;
}
