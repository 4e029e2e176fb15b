// What the members of a described Linux must fulfil together, on its machine: queues that are there, nothing named twice, no queue with
// two owners. The same for a host and for a guest, whose own guests are checked by guest-checks.ts.
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { hex } from "../../system/ap/hex.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { idsOf, twice, twiceInMdevs, type WrongMember } from "../reading/members.ts";
import type { NumberRange } from "../reading/number-text.ts";
import type { MemberPath } from "../reading/yaml-source.ts";
import { type DescribedMachine, missingQueue } from "./described-machine.ts";
import { isLeftToHost, type Ownership, ownershipOf } from "./described-ownership.ts";
import type { LinuxInFile, MdevInFile } from "./linux-in-file.ts";

/** Without its guests. Paths begin at the Linux. */
export const checkLinux = (linux: LinuxInFile, machine: DescribedMachine): WrongMember[] => [
  ...checkQueues(linux, machine),
  ...checkMdevs(linux, machine),
];

/** Finds numbers above the maximum, and numbers that stand twice. */
export function checkIds(path: MemberPath, ranges: readonly NumberRange[], what: string, max: number): WrongMember[] {
  const seen = new Set<number>();
  return ranges.flatMap(({ from, to }, index): WrongMember[] => {
    if (to > max) return [{ path: [...path, index], message: `expected ${what} up to ${hex(max)}, found ${hex(to)}` }];
    for (let id = from; id <= to; id++) {
      if (seen.has(id))
        return [{ path: [...path, index], message: `expected ${what} once, found ${hex(id)} a second time` }];
      seen.add(id);
    }
    return [];
  });
}

type Present = (apqn: Apqn, path: MemberPath) => WrongMember[];

function checkQueues(linux: LinuxInFile, machine: DescribedMachine): WrongMember[] {
  const ownership = ownershipOf(linux);
  const unbound = new Set<Apqn>(linux.unbound);
  /** Ends a sentence that begins with the queue; undefined if the queue can be set offline. */
  const notSwitchable = (apqn: Apqn): string | undefined => {
    const named = linux.overrides.find((one) => one.apqn === apqn)?.driver;
    if (named !== undefined && named !== "cex4queue") return `its override keeps from it (${named})`;
    if (!isLeftToHost(ownership, apidOf(apqn), apqiOf(apqn))) return "the masks leave to vfio_ap";
    return unbound.has(apqn) ? "no driver has" : undefined;
  };
  const present: Present = (apqn, path) => {
    const reason = missingQueue(machine, apqn);
    if (reason === undefined) return [];
    return [{ path, message: `expected a queue of ${machine.name}, found ${formatApqn(apqn)}: it has ${reason}` }];
  };
  const check = (member: "unbound" | "offline"): WrongMember[] => [
    ...linux[member].flatMap((apqn, index) => present(apqn, [member, index])),
    ...twice(linux[member].map(formatApqn), "each queue", (index) => [member, index]),
  ];
  const offline = linux.offline.flatMap((apqn, index): WrongMember[] => {
    const reason = notSwitchable(apqn);
    if (reason === undefined) return [];
    const message = `expected a queue of cex4queue (no other driver has online), found ${formatApqn(apqn)}, which ${reason}`;
    return [{ path: ["offline", index], message }];
  });
  return [...checkOverrides(linux, present), ...check("unbound"), ...check("offline"), ...offline];
}

/** The kernel takes overrides only while both masks have all bits on. */
function checkOverrides({ overrides, masks }: LinuxInFile, present: Present): WrongMember[] {
  const [first] = overrides;
  if (first && (masks.apmask !== undefined || masks.aqmask !== undefined)) {
    const message = "expected masks or overrides, found both: the kernel takes overrides only without masks";
    return [{ path: ["overrides", formatApqn(first.apqn)], message }];
  }
  return overrides.flatMap(({ apqn }) => present(apqn, ["overrides", formatApqn(apqn)]));
}

const NUMBERS = { adapters: "an adapter", domains: "a domain", control_domains: "a domain" } as const;

/** What a guest's own mdev holds. */
type GivenSets = { readonly uuid: string } & { readonly [member in keyof typeof NUMBERS]: ReadonlySet<number> };

function checkMdevs(linux: LinuxInFile, machine: DescribedMachine): WrongMember[] {
  const ownership = ownershipOf(linux);
  const takenBy = new Map<Apqn, string>();
  const given = machine.given && {
    uuid: machine.given.uuid,
    adapters: new Set(machine.given.adapters),
    domains: new Set(machine.given.domains),
    control_domains: new Set(machine.given.controlDomains),
  };
  const { mdevs } = linux;
  const maxOf = { adapters: machine.maxAdapter, domains: machine.maxDomain, control_domains: machine.maxDomain };
  const members = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
  return [
    // A virtual machine takes only one vfio_ap device.
    ...twiceInMdevs(mdevs, ["uuid", "name", "guest"]),
    ...mdevs.flatMap((mdev, index) =>
      members.flatMap((member) => [
        ...checkIds(["mdevs", index, member], mdev[member], NUMBERS[member], maxOf[member]),
        ...(given ? checkGiven(["mdevs", index, member], mdev[member], member, given, machine.name) : []),
      ]),
    ),
    ...mdevs.flatMap((mdev, index) => checkMatrix(mdev, ["mdevs", index], given, { ownership, takenBy })),
  ];
}

/** A guest has nothing to give that its own mdev does not hold, and never will have. */
function checkGiven(
  path: MemberPath,
  ranges: readonly NumberRange[],
  member: keyof typeof NUMBERS,
  given: GivenSets,
  guest: string,
): WrongMember[] {
  return ranges.flatMap(({ from, to }, index): WrongMember[] => {
    let id = from;
    while (id <= to && given[member].has(id)) id++;
    if (id > to) return [];
    const message = `expected ${NUMBERS[member]} that ${guest} has, found ${hex(id)}: add it to ${member} of mdev ${given.uuid}`;
    return [{ path: [...path, index], message }];
  });
}

interface Owners {
  readonly ownership: Ownership;
  /** UUIDs of mdevs. */
  readonly takenBy: Map<Apqn, string>;
}

/** Queues may be assigned if they are not the host's and not in another mdev. They need not exist. */
function checkMatrix(
  mdev: MdevInFile,
  path: MemberPath,
  given: GivenSets | undefined,
  { ownership, takenBy }: Owners,
): WrongMember[] {
  const wrong = (message: string): WrongMember[] => [{ path, message }];
  // Whose queues they are is a question only for what the guest has at all.
  const within = (ids: readonly number[], had: ReadonlySet<number> | undefined) =>
    had ? ids.filter((id) => had.has(id)) : ids;
  const domains = within(idsOf(mdev.domains), given?.domains).map(asApqi);
  for (const apid of within(idsOf(mdev.adapters), given?.adapters).map(asApid)) {
    for (const apqi of domains) {
      const apqn = apqnOf(apid, apqi);
      const other = takenBy.get(apqn);
      if (other !== undefined && other !== mdev.uuid)
        return wrong(`expected each queue in one mdev, found ${formatApqn(apqn)}, which mdev ${other} has already`);
      if (isLeftToHost(ownership, apid, apqi)) {
        const remedy = `take its adapter out of masks.apmask or its domain out of masks.aqmask`;
        return wrong(`expected queues that the masks leave to vfio_ap, found ${formatApqn(apqn)}: ${remedy}`);
      }
      takenBy.set(apqn, mdev.uuid);
    }
  }
  return [];
}
