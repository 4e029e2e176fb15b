// Explanations for people: one line a queue, and what to write.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Explanation } from "./explain.ts";
import type { ErrnoExplanation } from "./explain-errno.ts";
import type { Because, Reason } from "./reason.ts";

const name = (apqn: Apqn | undefined): string => (apqn === undefined ? "another queue" : formatApqn(apqn));

/** What is the case, without the queue's name in front. */
export function reasonSentence(reason: Reason, because: Because, isUndecided = false): string {
  switch (reason) {
    case "plugged":
      return "the guest has it";
    case "assigned-elsewhere":
      return `assigned to mdev ${because.mdev}`;
    case "host-owned":
      return `the host keeps it (${because.mask})`;
    case "adapter-not-assigned":
      return "its adapter is not assigned to the mdev";
    case "domain-not-assigned":
      return "its domain is not assigned to the mdev";
    case "adapter-not-in-host":
      return "its adapter is not in the host's configuration";
    case "domain-not-in-host":
      return "its domain is not in the host's configuration";
    case "no-queue-device":
      return "the bus has no device of it: a card of another type, or not scanned yet";
    case "queue-unbound":
      return "no driver has it";
    case "queue-bound-elsewhere":
      return `driver ${because.driver} has it`;
    case "queue-not-passable":
      return `its last reset ended with response code ${formatResponseCode(because.rc ?? 0)}`;
    case "adapter-filtered": {
      const why = because.reason === undefined ? "" : `: ${reasonSentence(because.reason, { ...because })}`;
      return `its adapter is held back because of ${name(because.apqn)}${why}`;
    }
    case "waiting-for-refilter":
      return "nothing stands in the way, but the driver has not filtered again since something did";
    case "guest-not-running":
      return isUndecided ? "ready; whether a guest runs, and has it then, is not known" : "ready, but no guest runs";
    case "removal-requested":
      return "the guest was asked to give the mdev back, and its masks were cleared";
  }
}

export const echoCommand = ([path, value]: Write): string =>
  `echo ${value.trim() === "" ? "" : value.trim()} > /sys/${path}`;

/** Mdevs that lose something by these writes. */
export const losersBy = (writes: readonly Write[]): readonly string[] => [
  ...new Set(writes.flatMap(([path]) => /([^/]+)\/unassign_\w+$/.exec(path)?.[1] ?? [])),
];

/** So many queues are named. */
const NAMED = 8;

const listed = (queues: readonly Apqn[]): string =>
  [...queues.slice(0, NAMED).map(formatApqn), ...(queues.length > NAMED ? [`... (${queues.length})`] : [])].join(" ");

const INDENT = "         ";

/** @param isUndecided the source does not tell whether a guest runs */
export function explanationLines(
  { apqn, reason, because, fix, plugged, loses }: Explanation,
  isUndecided = false,
): readonly string[] {
  if (plugged) return [`${formatApqn(apqn)}  plugged`];
  const isUnknown = isUndecided && reason === "guest-not-running";
  const what = isUnknown
    ? "ready; whether a guest runs, and has it then, is not known"
    : reasonSentence(reason, because);
  const line = `${formatApqn(apqn)}  ${reason}: ${what}`;
  if (!fix) return [line, `${INDENT}${whatMustChange(reason, because)}`];
  const losers = losersBy(fix);
  const cost =
    losers.length === 0 ? [] : [`${INDENT}this takes it away from ${losers.join(", ")} and the guest there:`];
  const own = loses.length === 0 ? [] : [`${INDENT}its own guest loses by this: ${listed(loses)}`];
  return [line, ...cost, ...own, ...fix.map((write) => `${INDENT}${echoCommand(write)}`)];
}

/** Where no write helps. */
export function whatMustChange(reason: Reason, because: Because): string {
  switch (reason) {
    case "guest-not-running":
      return "no write helps: start the guest";
    case "removal-requested":
      return "no write helps: the guest must let the mdev go";
    case "assigned-elsewhere":
      return "no write helps: that mdev is being removed, and its guest must let it go";
    case "adapter-not-in-host":
    case "domain-not-in-host":
    case "no-queue-device":
      return "no write helps: the machine must change";
    case "adapter-filtered":
      return because.reason === undefined ? "no write helps" : whatMustChange(because.reason, {});
    default:
      return "no write helps: the machine must change, or whoever else has it";
  }
}

export function errnoLines({ errno, waits, offenders, fix }: ErrnoExplanation): readonly string[] {
  if (errno === undefined)
    return [waits ? "succeeds, once the guest has let go: the write waits until then" : "succeeds"];
  const owners = offenders.map(({ apqn, owner }) => {
    const [[kind, who] = ["", ""]] = Object.entries(owner);
    return `  ${formatApqn(apqn)}  ${kind} ${who}`;
  });
  const writes = fix?.map((write) => `  ${echoCommand(write)}`) ?? ["  no other write makes it succeed"];
  return [errno, ...owners, ...(fix ? ["it succeeds after"] : []), ...writes];
}
