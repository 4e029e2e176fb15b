// Bugs of the driver that the checker finds: each with the kernel that has it, the smallest host, the events that it needs and the property
// that it breaks. docs/history.md describes them; the shortest way to each is in scenarios/found.
import type { CoreOptions } from "../../checker/core/universe.ts";

export interface FoundBug {
  /** Name of its scenario below scenarios/found. */
  readonly name: string;
  /** In one sentence without a full stop: what goes wrong. */
  readonly title: string;
  readonly options: CoreOptions;
  /** The property that it breaks. */
  readonly property: string;
  /** Number of events in the shortest way to it. */
  readonly shortest: number;
  /** The same kernel with the fix, for which the property holds; left out if no kernel has one. */
  readonly fixed?: string;
  /** Last lines of its scenario: what guests' masks do not show. */
  readonly closing?: readonly string[];
}

const TODAY = "linux-7.3";

const PLAIN = ["bind", "unbind", "assign", "unassign", "open", "close"];
const CONFIG = [...PLAIN, "config"];

/** A host with these numbers of adapters, domains and mdevs, and what happens in it. */
const host = (
  profile: string,
  [adapters, domains, mdevs]: readonly [number, number, number],
  absent: number,
  events: readonly string[],
): CoreOptions => ({ profile, adapters, domains, mdevs, absent, events });

/** The same under today's kernel without one of its fixes, and under today's kernel the bug is gone. */
const lacking = (fix: string, size: readonly [number, number, number], absent: number, events: readonly string[]) => ({
  options: host(`${TODAY}-without-${fix}`, size, absent, events),
  fixed: TODAY,
});

export const FOUND_BUGS: readonly FoundBug[] = [
  {
    name: "cve-2024-26620",
    title: "A filter that looks only at what is assigned gives a guest queues that are not bound (CVE-2024-26620)",
    ...lacking("whole-filter", [2, 1, 1], 0, PLAIN),
    property: "bound",
    shortest: 4,
  },
  {
    name: "reset-filtered",
    title: "Queues of an adapter that was filtered go to another guest as the first one left them",
    ...lacking("reset-filtered", [1, 2, 2], 0, PLAIN),
    property: "reset",
    shortest: 9,
  },
  {
    name: "reset-adapter",
    title:
      "The other queues of an adapter that goes with an unbound one reach another guest as the first one left them",
    ...lacking("reset-adapter", [1, 2, 2], 0, PLAIN),
    property: "reset",
    shortest: 11,
  },
  {
    name: "adapter-reappears",
    title: "An adapter that was filtered appears again in the guest when the host gains another one",
    ...lacking("whole-filter-on-scan", [2, 1, 1], 1, CONFIG),
    property: "bound",
    shortest: 10,
  },
  {
    name: "filter-looks-beyond-host",
    title: "A queue that the host does not have keeps its adapter from the guest",
    ...lacking("filter-host-only", [1, 2, 1], 1, CONFIG),
    property: "fresh",
    shortest: 6,
  },
  {
    name: "control-domain-stays",
    title: "A control domain that the host lost stays in the guest",
    ...lacking("control-removal", [1, 1, 1], 1, ["open", "config", "control"]),
    property: "control",
    shortest: 3,
  },
  {
    name: "cve-2026-93238",
    title: "A set of filtered adapters that was not cleared zeroizes queues under a guest's hands (CVE-2026-93238)",
    ...lacking("cleared-filtered", [1, 1, 1], 1, ["bind", "assign", "open", "config", "control"]),
    property: "untouched",
    shortest: 9,
    closing: ["A: resets 00.0000", "B: resets none"],
  },
  {
    name: "removal-looks-at-adapter",
    title: "Unbinding a queue that the guest does not have takes a healthy adapter from it (the seed discussion)",
    ...lacking("domain-check", [1, 2, 1], 1, CONFIG),
    property: "unplugged-removal",
    shortest: 8,
  },
  {
    name: "removal-follows-old-pointer",
    title: "The same without any change of the host, because a queue still points to an mdev that it has left (B-1)",
    ...lacking("domain-check", [1, 2, 1], 0, PLAIN),
    property: "unplugged-removal",
    shortest: 8,
  },
  {
    name: "v11-removal-looks-at-adapter",
    title: "Patch v11 as posted: unbinding a queue that was filtered by domain takes a healthy adapter from the guest",
    options: host("v11", [2, 2, 1], 0, PLAIN),
    property: "unplugged-removal",
    shortest: 9,
    fixed: "v11-aqm",
  },
  {
    name: "v11-assertion",
    title: "Patch v11: a linked queue whose adapter is plugged and whose domain is not, by assigning alone",
    options: host("v11-aqm", [2, 2, 1], 0, PLAIN),
    property: "assertion",
    shortest: 8,
  },
  {
    name: "assertion",
    title: "Today: a linked queue whose adapter is plugged and whose domain is not, because the host lost the domain",
    options: host(TODAY, [1, 1, 1], 1, CONFIG),
    property: "assertion",
    shortest: 5,
  },
  {
    name: "pointer-assertion",
    title: "Today: the same of a queue's pointer to its mdev, without any change of the host (B-1)",
    options: host(TODAY, [1, 2, 1], 0, PLAIN),
    property: "pointer",
    shortest: 7,
  },
  {
    name: "pointer-to-nowhere",
    title: "Today: a queue keeps its pointer to an mdev that is gone (B-1)",
    options: host(TODAY, [1, 2, 1], 0, ["bind", "assign", "unassign", "mdev"]),
    property: "link-gone",
    shortest: 6,
    closing: ["driver 00.0000 vfio_ap"],
  },
  {
    name: "nothing-brings-it-back",
    title: "Today: an adapter held back by a hole stays away after the hole is gone (B-3)",
    options: host(TODAY, [1, 2, 1], 0, PLAIN),
    property: "progress",
    shortest: 6,
  },
  {
    name: "assigning-takes",
    title: "Today: assigning a domain takes an adapter from a running guest and zeroizes it (B-4)",
    options: host(TODAY, [1, 2, 1], 0, PLAIN),
    property: "giving",
    shortest: 5,
    closing: ["resets 00.0000"],
  },
  {
    name: "card-comes-back",
    title: "Today: the bus zeroizes a queue under a guest's hands when a scan sees its card back from standby (B-37)",
    options: host(TODAY, [1, 1, 1], 1, ["assign", "open", "config", "card"]),
    property: "untouched",
    shortest: 13,
  },
  {
    name: "faulty-reset-heals-late",
    title: "Today: a filter run takes an adapter away whose reset then works, and does not give it back",
    options: host(TODAY, [1, 1, 1], 0, ["bind", "assign", "unassign", "open", "fault"]),
    property: "fresh",
    shortest: 8,
    closing: ["resets 00.0000"],
  },
];

/** The command that finds it again. */
export function commandOf({ options, property }: FoundBug): string {
  const { adapters, domains, mdevs, absent, events = [] } = options;
  const [profile, ...fixes] = options.profile.split("-without-");
  return [
    `apmatrix check --profile ${profile}`,
    ...fixes.map((fix) => `--without ${fix}`),
    `--host ${adapters}x${domains}x${mdevs} --absent ${absent} --events ${events.join(",")} --property ${property} --first`,
  ].join(" ");
}
