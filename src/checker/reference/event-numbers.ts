// The reference model's events as numbers: blocks of one kind each, and inside a block by queue, or by mdev and adapter or domain.
import { apqnOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Universe } from "./universe.ts";

/** The first number of each block, in the order in which a state's events are tried. */
export interface EventNumbers {
  readonly bind: number;
  readonly unbind: number;
  readonly scanAdd: number;
  readonly scanRemove: number;
  readonly assignAdapter: number;
  readonly unassignAdapter: number;
  readonly assignDomain: number;
  readonly unassignDomain: number;
  readonly assignControl: number;
  readonly unassignControl: number;
  readonly start: number;
  readonly stop: number;
  readonly configAdapter: number;
  readonly configDomain: number;
  readonly scanComplete: number;
  /** How many there are. */
  readonly end: number;
}

type Kind = Exclude<keyof EventNumbers, "end">;

/** Instances of each kind. */
function sizes({ adapters, domains, mdevs }: Universe): readonly (readonly [Kind, number])[] {
  const queues = adapters * domains;
  return [
    ["bind", queues],
    ["unbind", queues],
    ["scanAdd", queues],
    ["scanRemove", queues],
    ["assignAdapter", mdevs * adapters],
    ["unassignAdapter", mdevs * adapters],
    ["assignDomain", mdevs * domains],
    ["unassignDomain", mdevs * domains],
    ["assignControl", mdevs * domains],
    ["unassignControl", mdevs * domains],
    ["start", mdevs],
    ["stop", mdevs],
    ["configAdapter", adapters],
    ["configDomain", domains],
    ["scanComplete", 1],
  ];
}

export function eventNumbersOf(universe: Universe): EventNumbers {
  const numbers: Partial<Record<keyof EventNumbers, number>> = {};
  let next = 0;
  for (const [kind, size] of sizes(universe)) {
    numbers[kind] = next;
    next += size;
  }
  return { ...numbers, end: next } as EventNumbers;
}

/** "bind 00.0001", "assign_adapter 01 to mdev 0". */
export function eventTextOf(universe: Universe, event: number): string {
  const { adapters, domains } = universe;
  let n = event;
  for (const [kind, size] of sizes(universe)) {
    if (n < size) return textOf(kind, n, adapters, domains);
    n -= size;
  }
  throw new Error(`no event ${event}`);
}

function textOf(kind: Kind, n: number, adapters: number, domains: number): string {
  const queue = () => formatApqn(apqnOf(asApid(Math.floor(n / domains)), asApqi(n % domains)));
  const adapter = () => `${formatApid(asApid(n % adapters))}`;
  const domain = () => `${formatApqi(asApqi(n % domains))}`;
  const ofAdapters = () => `mdev ${Math.floor(n / adapters)}`;
  const ofDomains = () => `mdev ${Math.floor(n / domains)}`;
  switch (kind) {
    case "bind":
      return `bind ${queue()}`;
    case "unbind":
      return `unbind ${queue()}`;
    case "scanAdd":
      return `scan: device ${queue()} is made and bound`;
    case "scanRemove":
      return `scan: device ${queue()} is removed`;
    case "assignAdapter":
      return `${ofAdapters()}: assign_adapter ${adapter()}`;
    case "unassignAdapter":
      return `${ofAdapters()}: unassign_adapter ${adapter()}`;
    case "assignDomain":
      return `${ofDomains()}: assign_domain ${domain()}`;
    case "unassignDomain":
      return `${ofDomains()}: unassign_domain ${domain()}`;
    case "assignControl":
      return `${ofDomains()}: assign_control_domain ${domain()}`;
    case "unassignControl":
      return `${ofDomains()}: unassign_control_domain ${domain()}`;
    case "start":
      return `guest ${n} starts`;
    case "stop":
      return `guest ${n} stops`;
    case "configAdapter":
      return `host configuration: adapter ${adapter()} comes or goes`;
    case "configDomain":
      return `host configuration: domain ${domain()} comes or goes`;
    case "scanComplete":
      return "scan complete";
  }
}
