// What can happen in the model "inside": what an administrator does on the host, what one in the guest does, and scans of guests' buses.
// Each event is lines of a scenario, and the operations that they stand for.
import { must } from "../../system/ap/assert.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { scenarioOf } from "../core/story.ts";
import { adapterText, domainText, guestText, mdevText, queueText, range } from "../number-names.ts";
import type { InsideUniverse } from "./inside-universe.ts";

export interface InsideEvent {
  /** All of them must be done for it to be an event. */
  readonly lines: readonly string[];
  readonly operations: readonly Operation[];
  /** The guest whose bus scans. */
  readonly scans?: string;
}

/** Name of the guest's guest in the guest. */
const INNER = guestText(1);

/** Paths of all guests that there can be, outer ones before inner ones. */
export const guestPaths = ({ mdevs, nested }: InsideUniverse): readonly string[] => [
  ...range(mdevs).map(guestText),
  ...(nested ? [`${guestText(0)}/${INNER}`] : []),
];

/** Every queue is bound to vfio_ap, nothing is assigned and no guest runs. */
export function insideOpening(universe: InsideUniverse): readonly string[] {
  const { adapters, domains, mdevs, notices } = universe;
  const made = guestPaths(universe).map((path, n) => `guest ${path}=${notices[n] ?? must(notices.at(-1))}`);
  const max = `${adapterText(adapters - 1)} ${adapterText(domains - 1)}`;
  return [
    `host adapter ${range(adapters).map(adapterText).join(" ")} domain ${range(domains).map(domainText).join(" ")} max ${max} apmask 0x0 ${made.join(" ")}`,
    ...range(mdevs).map((g) => `mdev ${mdevText(g)}`),
  ];
}

export function insideEvents(universe: InsideUniverse): readonly InsideEvent[] {
  const { adapters, domains, mdevs, nested } = universe;
  const opening = insideOpening(universe);
  const happens = (lines: readonly string[], scans?: string): InsideEvent => ({
    lines,
    operations: operationsOf(universe, opening, lines),
    ...(scans !== undefined && { scans }),
  });
  const queues = range(adapters).flatMap((a) => range(domains).map((d) => queueText(a, d)));
  const ids = [
    ...range(adapters).map((a) => `adapter ${adapterText(a)}`),
    ...range(domains).map((d) => `domain ${domainText(d)}`),
  ];
  const ofMdevs = range(mdevs).flatMap((g) => [
    ...ids.flatMap((id) => [[`assign ${mdevText(g)} ${id}`], [`unassign ${mdevText(g)} ${id}`]]),
    [`start ${guestText(g)} ${mdevText(g)}`],
    [`stop ${guestText(g)} ${mdevText(g)}`],
  ]);
  const onHost = [...queues.flatMap((queue) => [[`unbind ${queue}`], [`bind ${queue}`]]), ...ofMdevs];
  const all = (text: (id: number) => string, count: number): string => range(count).map(text).join(" ");
  const outer = guestText(0);
  const inGuest = nested
    ? [
        [
          `in ${outer}: free adapter ${all(adapterText, adapters)}`,
          `in ${outer}: mdev m1`,
          `in ${outer}: assign m1 adapter ${all(adapterText, adapters)} domain ${all(domainText, domains)}`,
        ],
        [`in ${outer}: start ${INNER} m1`],
        [`in ${outer}: stop ${INNER} m1`],
        ...queues.flatMap((queue) => [[`in ${outer}: unbind ${queue}`], [`in ${outer}: bind ${queue}`]]),
      ]
    : [];
  return [
    ...[...onHost, ...inGuest].map((lines) => happens(lines)),
    ...guestPaths(universe).map((path) => happens([`in ${path}: scan`], path)),
  ];
}

/** What the lines do where all that they name is there. */
function operationsOf(
  { profile }: InsideUniverse,
  opening: readonly string[],
  lines: readonly string[],
): readonly Operation[] {
  const read = scenarioOf([`profiles ${profile.name}`, ...opening, ...lines].join("\n")).lines.slice(opening.length);
  const operations = read.flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
  // A line that names a guest's mdev for the first time would also make it; here another event does.
  return lines.length === 1 ? operations.slice(-1) : operations;
}
