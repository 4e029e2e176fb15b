// What the members of a host description must fulfil together: numbers within the machine's maxima, nothing named twice, no queue with
// two owners. A description that passes can be brought up without a refused write (host-operations.ts).

import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { hex } from "../../system/ap/hex.ts";
import { type Apid, asApid, asApqi } from "../../system/ap/id.ts";
import { MAX_ADAPTER, MAX_DOMAIN, missingFacility } from "../../system/machine/facts.ts";
import { idsOf, twice, twiceInMdevs, type WrongMember } from "../reading/members.ts";
import type { NumberRange } from "../reading/number-text.ts";
import type { MemberPath } from "../reading/yaml-source.ts";
import { isLeftToHost, type Ownership, ownershipOf } from "./described-ownership.ts";
import type { HostFile, MdevInFile } from "./host-file.ts";
import { checkKeysAndCounts } from "./keys-in-file.ts";

export function describedMaxima({ apxa, max_adapter, max_domain }: HostFile) {
  const kind = apxa ? "apxa" : "plain";
  return { maxAdapter: max_adapter ?? MAX_ADAPTER[kind], maxDomain: max_domain ?? MAX_DOMAIN[kind] };
}

type Maxima = ReturnType<typeof describedMaxima>;

/** All that is wrong, in the order of the members. */
export function checkHostFile(file: HostFile): WrongMember[] {
  const maxima = describedMaxima(file);
  return [
    ...checkFacilities(file),
    ...checkMaxima(file, maxima),
    ...checkCards(file, maxima),
    ...checkIds(["domains"], file.domains, "a domain", maxima.maxDomain),
    ...checkIds(["control_domains"], file.control_domains ?? [], "a domain", maxima.maxDomain),
    ...checkQueues(file),
    ...checkMdevs(file, maxima),
  ];
}

function checkFacilities({ secure_binding, secure_execution }: HostFile): WrongMember[] {
  const missing = missingFacility({ qci: true, apsb: secure_binding, se: secure_execution });
  if (!missing) return [];
  const message = "expected secure_binding: true beside it, found none: a Secure Execution guest binds its queues";
  return [{ path: ["secure_execution"], message }];
}

function checkMaxima(file: HostFile, { maxAdapter, maxDomain }: Maxima): WrongMember[] {
  if (file.apxa) return [];
  const tooHigh = (member: string, value: number, limit: number): WrongMember[] =>
    value <= limit
      ? []
      : [{ path: [member], message: `expected at most ${limit} without extended addressing (apxa), found ${value}` }];
  return [
    ...tooHigh("max_adapter", maxAdapter, MAX_ADAPTER.plain),
    ...tooHigh("max_domain", maxDomain, MAX_DOMAIN.plain),
  ];
}

/** Finds numbers above the maximum, and numbers that stand twice. */
function checkIds(path: MemberPath, ranges: readonly NumberRange[], what: string, max: number): WrongMember[] {
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

function checkCards({ cards }: HostFile, { maxAdapter }: Maxima): WrongMember[] {
  const pathOf = (index: number): MemberPath => ["cards", index, "id"];
  const tooHigh = cards.flatMap(({ id }, index): WrongMember[] =>
    id <= maxAdapter
      ? []
      : [{ path: pathOf(index), message: `expected a card up to ${hex(maxAdapter)}, found ${hex(id)}` }],
  );
  const names = cards.map(({ id }) => formatApid(id));
  return [...tooHigh, ...twice(names, "each card", pathOf)];
}

function checkQueues(file: HostFile): WrongMember[] {
  const cards = new Set<number>(file.cards.map(({ id }) => id));
  const domains = new Set<number>(idsOf(file.domains));
  const ownership = ownershipOf(file);
  const unbound = new Set<Apqn>(file.unbound);
  const missing = (apqn: Apqn): string | undefined => {
    if (!cards.has(apidOf(apqn))) return `no card ${formatApid(apidOf(apqn))}`;
    return domains.has(apqiOf(apqn)) ? undefined : `no domain ${formatApqi(apqiOf(apqn))}`;
  };
  /** Ends a sentence that begins with the queue; undefined if the queue can be set offline. */
  const notSwitchable = (apqn: Apqn): string | undefined => {
    const named = file.overrides.find((one) => one.apqn === apqn)?.driver;
    if (named !== undefined && named !== "cex4queue") return `its override keeps from it (${named})`;
    if (!isLeftToHost(ownership, apidOf(apqn), apqiOf(apqn))) return "the masks leave to vfio_ap";
    return unbound.has(apqn) ? "no driver has" : undefined;
  };
  const present = (apqn: Apqn, path: MemberPath): WrongMember[] => {
    const reason = missing(apqn);
    if (reason === undefined) return [];
    return [{ path, message: `expected a queue of this machine, found ${formatApqn(apqn)}: it has ${reason}` }];
  };
  const check = (member: "unbound" | "offline"): WrongMember[] => [
    ...file[member].flatMap((apqn, index) => present(apqn, [member, index])),
    ...twice(file[member].map(formatApqn), "each queue", (index) => [member, index]),
  ];
  const offline = file.offline.flatMap((apqn, index): WrongMember[] => {
    const reason = notSwitchable(apqn);
    if (reason === undefined) return [];
    const message = `expected a queue of cex4queue (no other driver has online), found ${formatApqn(apqn)}, which ${reason}`;
    return [{ path: ["offline", index], message }];
  });
  const modeOf = (apid: Apid) => file.cards.find(({ id }) => id === apid)?.mode;
  return [
    ...checkOverrides(file, present),
    ...check("unbound"),
    ...check("offline"),
    ...offline,
    ...checkKeysAndCounts(file, { modeOf, missing }),
  ];
}

/** The kernel takes overrides only while both masks have all bits on. */
function checkOverrides(
  { overrides, masks }: HostFile,
  present: (apqn: Apqn, path: MemberPath) => WrongMember[],
): WrongMember[] {
  const [first] = overrides;
  if (first && (masks.apmask !== undefined || masks.aqmask !== undefined)) {
    const message = "expected masks or overrides, found both: the kernel takes overrides only without masks";
    return [{ path: ["overrides", formatApqn(first.apqn)], message }];
  }
  return overrides.flatMap(({ apqn }) => present(apqn, ["overrides", formatApqn(apqn)]));
}

function checkMdevs(file: HostFile, { maxAdapter, maxDomain }: Maxima): WrongMember[] {
  const ownership = ownershipOf(file);
  const takenBy = new Map<Apqn, string>();
  const { mdevs } = file;
  return [
    // A virtual machine takes only one vfio_ap device.
    ...twiceInMdevs(mdevs, ["uuid", "name", "guest"]),
    ...mdevs.flatMap((mdev, index) => [
      ...checkIds(["mdevs", index, "adapters"], mdev.adapters, "an adapter", maxAdapter),
      ...checkIds(["mdevs", index, "domains"], mdev.domains, "a domain", maxDomain),
      ...checkIds(["mdevs", index, "control_domains"], mdev.control_domains, "a domain", maxDomain),
    ]),
    ...mdevs.flatMap((mdev, index) => checkMatrix(mdev, ["mdevs", index], ownership, takenBy)),
  ];
}

/** Queues may be assigned if they are not the host's and not in another mdev. They need not exist. */
function checkMatrix(
  mdev: MdevInFile,
  path: MemberPath,
  ownership: Ownership,
  takenBy: Map<Apqn, string>,
): WrongMember[] {
  const wrong = (message: string): WrongMember[] => [{ path, message }];
  for (const apid of idsOf(mdev.adapters).map(asApid)) {
    for (const apqi of idsOf(mdev.domains).map(asApqi)) {
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
