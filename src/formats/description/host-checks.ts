// What the members of a host description must fulfil together: numbers within the machine's maxima, nothing named twice, and what
// linux-checks.ts and guest-checks.ts say. A description that passes can be brought up without a refused write (host-operations.ts).

import { formatApid } from "../../system/ap/apqn.ts";
import { hex } from "../../system/ap/hex.ts";
import type { Apid } from "../../system/ap/id.ts";
import { MAX_ADAPTER, MAX_DOMAIN, missingFacility } from "../../system/machine/facts.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { idsOf, twice, type WrongMember } from "../reading/members.ts";
import type { MemberPath } from "../reading/yaml-source.ts";
import { type DescribedMachine, describedMaxima, missingQueue, realMachine } from "./described-machine.ts";
import { checkAllGuests } from "./guest-checks.ts";
import type { HostFile } from "./host-file.ts";
import { checkKeysAndCounts } from "./keys-in-file.ts";
import { checkIds, checkLinux } from "./linux-checks.ts";

/**
 * All that is wrong, in the order of the members.
 *
 * @param kernel that of the host, if it has been chosen
 */
export function checkHostFile(file: HostFile, kernel?: Profile): WrongMember[] {
  const facts = { apxa: file.apxa, ...describedMaxima(file), apsb: file.secure_binding };
  const machine = realMachine(facts, file.cards, idsOf(file.domains), kernel);
  const modeOf = (apid: Apid) => file.cards.find(({ id }) => id === apid)?.mode;
  return [
    ...checkFacilities(file),
    ...checkMaxima(file, machine),
    ...checkCards(file, machine),
    ...checkIds(["domains"], file.domains, "a domain", machine.maxDomain),
    ...checkIds(["control_domains"], file.control_domains ?? [], "a domain", machine.maxDomain),
    ...checkLinux(file, machine),
    ...checkAllGuests(file, machine),
    ...checkKeysAndCounts(file, { modeOf, missing: (apqn) => missingQueue(machine, apqn) }),
  ];
}

function checkFacilities({ secure_binding, secure_execution }: HostFile): WrongMember[] {
  const missing = missingFacility({ qci: true, apsb: secure_binding, se: secure_execution });
  if (!missing) return [];
  const message = "expected secure_binding: true beside it, found none: a Secure Execution guest binds its queues";
  return [{ path: ["secure_execution"], message }];
}

function checkMaxima(file: HostFile, { maxAdapter, maxDomain }: DescribedMachine): WrongMember[] {
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

function checkCards({ cards }: HostFile, { maxAdapter }: DescribedMachine): WrongMember[] {
  const pathOf = (index: number): MemberPath => ["cards", index, "id"];
  const tooHigh = cards.flatMap(({ id }, index): WrongMember[] =>
    id <= maxAdapter
      ? []
      : [{ path: pathOf(index), message: `expected a card up to ${hex(maxAdapter)}, found ${hex(id)}` }],
  );
  const names = cards.map(({ id }) => formatApid(id));
  return [...tooHigh, ...twice(names, "each card", pathOf)];
}
