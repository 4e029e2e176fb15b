// How two hosts differ, as far as their /sys shows: to tell whether one is a true copy of the other.
import { formatApid, formatApqn } from "../system/ap/apqn.ts";
import type { Id } from "../system/ap/id.ts";
import type { Mask } from "../system/ap/mask.ts";
import type { ObservedHost, ObservedMatrix, ObservedMdev } from "../system/sysfs/observed-host.ts";

type Members = Readonly<Record<string, unknown>>;

/** One sentence for each difference. What one of them does not show does not count; what follows from mdevs is said of mdevs only. */
export function compareObserved(before: ObservedHost, after: ObservedHost): readonly string[] {
  return [
    ...differing("the host", hostFacts(before), hostFacts(after)),
    ...inPairs(
      before.cards,
      after.cards,
      ({ id }) => `card ${formatApid(id)}`,
      ({ id, ...facts }) => facts,
    ),
    ...inPairs(
      before.queues,
      after.queues,
      ({ apqn }) => `queue ${formatApqn(apqn)}`,
      ({ driver, config, chkstop, online }) => ({ driver, config, chkstop, online }),
    ),
    ...inPairs(before.mdevs, after.mdevs, ({ uuid }) => `mdev ${uuid}`, mdevFacts),
  ];
}

function inPairs<T>(before: readonly T[], after: readonly T[], name: (item: T) => string, facts: (item: T) => Members) {
  const found = new Map(after.map((item) => [name(item), item]));
  const gone = before.flatMap((item) => {
    const other = found.get(name(item));
    found.delete(name(item));
    return other === undefined ? [`${name(item)} is missing`] : differing(name(item), facts(item), facts(other));
  });
  return [...gone, ...[...found.keys()].map((extra) => `${extra} is too much`)];
}

const word = (value: unknown): string => (value === null ? "none" : value === "" ? "nothing" : String(value));

const differing = (name: string, before: Members, after: Members): readonly string[] =>
  Object.entries(before).flatMap(([member, value]) => {
    const other = after[member];
    if (value === undefined || other === undefined || value === other) return [];
    return [`${name} had ${member} ${word(value)}, not ${word(other)}`];
  });

const numbers = <I extends Id>(mask: Mask<I> | string | undefined): string | undefined =>
  typeof mask === "object" ? mask.ids().join(" ") : mask;

const hostFacts = ({ machine, apmask, aqmask, maxAdapter, maxDomain }: ObservedHost): Members => ({
  adapters: numbers(machine.apm),
  domains: numbers(machine.aqm),
  "control domains": numbers(machine.adm),
  apmask: numbers(apmask),
  aqmask: numbers(aqmask),
  maxAdapter,
  maxDomain,
});

const queues = (matrix: ObservedMatrix | undefined): string | undefined =>
  matrix && `${numbers(matrix.apm)} x ${numbers(matrix.aqm)}`;

const mdevFacts = ({ matrix, controlDomains, guestView, isRunning }: ObservedMdev): Members => ({
  matrix: queues(matrix),
  "control domains": numbers(controlDomains),
  "for its guest": queues(guestView),
  "a guest": isRunning,
});
