// What the Linux of a guest makes of a queue, in sentences and as data.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Notice } from "../../system/trace/guest-made.ts";
import { type GuestInside, type InsideState, isRemarkable, type QueueInside } from "./guest-inside.ts";

/** When the guest notices what its bus does not show yet. */
const whenText = ({ notice, configTime }: GuestInside): string =>
  `it ${notice === "at-once" ? "is told of changes of its masks only, and " : ""}scans every ${configTime} s`;

/** One sentence, without the queue's name and without a full stop. */
export function insideSentence(guest: GuestInside, { state, driver, passedTo, isShown }: QueueInside): string {
  const name = shortened(guest.path);
  const bus = `the bus of ${name} shows it`;
  switch (state) {
    case "not-noticed":
      return `${name} has it, and has not noticed yet: ${whenText(guest)}`;
    case "no-device":
      return `${name} has it, and its bus makes no device of it: ${noDeviceText(guest)}`;
    case "withheld":
      return `it is in the masks of ${name}, and a machine beneath no longer has it${isShown ? `; its bus still shows it: ${whenText(guest)}` : ""}`;
    case "still-shown":
      return `the bus of ${name} still shows it, which ${name} has no more: ${whenText(guest)}`;
    case "unused":
      return `${bus}, and no driver there has it`;
    case "used":
      return `${bus}, and its driver ${driver} has it`;
    case "for-its-guests":
      return `${bus}, and its vfio_ap has it, for guests of its own`;
    case "passed-on":
      return `${bus}; it is used by its own guest ${shortened(passedTo ?? "")}`;
  }
}

const INDENT = "         ";

/** What the guest makes of a queue, below the reason why it has it or not. */
export function insideLines(guest: GuestInside | undefined, apqn: Apqn): readonly string[] {
  const inside = guest?.of(apqn);
  return guest && inside ? [`${INDENT}${insideSentence(guest, inside)}`] : [];
}

/** Which facility is missing, or what else there is. */
function noDeviceText({ lacks }: GuestInside): string {
  for (const facility of ["ap", "apft", "apqci"] as const)
    if (lacks.has(facility)) return `its CPU model lacks ${facility}`;
  return "the card is of another type, or an id is beyond what it looks at";
}

/** A line for each sentence that is worth one, with the queues that it is about. */
export function remarkLines(guest: GuestInside, queues: readonly Apqn[]): readonly string[] {
  const remarks = queues.flatMap((apqn) => {
    const inside = guest.of(apqn);
    return inside && isRemarkable(inside) ? [{ apqn, text: insideSentence(guest, inside) }] : [];
  });
  return [...groupBy(remarks, ({ text }) => text)].map(
    ([text, some]) => `${some.map(({ apqn }) => formatApqn(apqn)).join(" ")}  ${text}`,
  );
}

/** What `apmatrix explain --format json` says of a queue inside a guest that has a Linux. */
export interface InsideJson {
  /** Its name, with its hosts before slashes. */
  readonly guest: string;
  readonly state: InsideState;
  readonly driver?: string;
  /** The guest of the guest that has the queue. */
  readonly passed_to?: string;
  /** The guest's bus shows the queue. */
  readonly shown: boolean;
  readonly notice: Notice;
  /** Seconds between two scans of its own accord. */
  readonly config_time: number;
}

export const insideToJson = (
  { path, notice, configTime }: GuestInside,
  { state, driver, passedTo, isShown }: QueueInside,
): InsideJson => ({
  guest: path,
  state,
  ...(driver !== undefined && { driver }),
  ...(passedTo !== undefined && { passed_to: passedTo }),
  shown: isShown,
  notice,
  config_time: configTime,
});
