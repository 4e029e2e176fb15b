// What the guests of a host are made of, and how their Linux is set up, for its description. A guest holds nothing there that its host
// does not give it: what it has not noticed is left out.
import {
  type DescribedMachine,
  machineOfGuest,
  missingQueue,
  realMachine,
  tellsGuests,
} from "../formats/description/described-machine.ts";
import type {
  GuestDescription,
  HostDescription,
  LinuxDescription,
  MdevDescription,
} from "../formats/description/host-description.ts";
import type { Apqn } from "../system/ap/apqn.ts";
import { FACILITIES } from "../system/machine/facts.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { runningGuests } from "../system/sysfs/running-guests.ts";
import { MOST_GUESTS } from "../system/trace/guest-machines.ts";
import { DEEPEST_GUESTS, DEFAULT_GUEST } from "../system/trace/guest-made.ts";
import type { Player } from "../system/trace/player.ts";
import { compareObserved } from "./compare-observed.ts";
import { describeLinux } from "./describe-linux.ts";

interface Inside<Guests = readonly GuestDescription[]> {
  readonly guests: Guests;
  /** What is left out, one sentence each. */
  readonly warnings: readonly string[];
}

type Labels = ReadonlyMap<string, string> | undefined;

/**
 * @param player the host, whose guests have a Linux
 * @returns undefined guests: they are more than a description can have with a Linux
 */
export function describeInside(
  host: HostDescription,
  player: Player,
  labels: Labels,
): Inside<readonly GuestDescription[] | undefined> {
  const { apxa, maxAdapter, maxDomain, secureBinding, cards, domains } = host;
  const facts = { apxa, maxAdapter, maxDomain, apsb: secureBinding === true };
  const own = new Set(host.mdevs.map(({ uuid }) => uuid));
  // Names are kept by UUID, and that of an mdev of the host is the host's.
  const inner = labels && new Map([...labels].filter(([uuid]) => !own.has(uuid)));
  const inside = describeGuests(host, player, realMachine(facts, cards, domains, player.profile), inner, "");
  const { length } = guestsIn({ ...host, guests: inside.guests });
  if (length <= MOST_GUESTS) return inside;
  const warning = `what is in its guests is left out: they are ${length}, and at most ${MOST_GUESTS} can have a Linux`;
  return { guests: undefined, warnings: [warning] };
}

/** The names of all that are started, at all depths. */
const guestsIn = ({ mdevs, guests = [] }: LinuxDescription): readonly string[] => [
  ...mdevs.flatMap(({ guest }) => guest ?? []),
  ...guests.flatMap(guestsIn),
];

/** @param path of the guest whose guests they are, with a slash at its end; empty for those of the host */
function describeGuests(
  { mdevs, unbound }: LinuxDescription,
  player: Player,
  machine: DescribedMachine,
  labels: Labels,
  path: string,
): Inside {
  const running = mdevs.flatMap((mdev) => (mdev.guest === undefined ? [] : [{ mdev, name: mdev.guest }]));
  const names = new Set(running.map(({ name }) => name));
  const idle = [...(player.guestsMade?.keys() ?? [])].filter((name) => !names.has(name));
  const described = running.flatMap(({ mdev, name }) => {
    const guest = hasSlash(name) || machine.depth >= DEEPEST_GUESTS ? undefined : player.guestPlayer(name);
    return guest ? [describeGuest({ player, guest, name, mdev, unbound, machine }, labels, `${path}${name}`)] : [];
  });
  return {
    guests: described.map(({ guest }) => guest),
    warnings: [
      ...idle.map((name) => `guest ${path}${name} does not run: what it is made of is left out`),
      ...[...names]
        .filter(hasSlash)
        .map((name) => `guest ${path}${name}: its inside is left out, because its name has a slash`),
      ...described.flatMap(({ warnings }) => warnings),
    ],
  };
}

/** g1/g2 would be a guest of a guest. */
const hasSlash = (name: string): boolean => name.includes("/");

interface FoundGuest {
  /** Its host, and the guest itself. */
  readonly player: Player;
  readonly guest: Player;
  readonly name: string;
  readonly mdev: MdevDescription;
  /** Of its host. */
  readonly unbound: readonly Apqn[];
  readonly machine: DescribedMachine;
}

function describeGuest({ player, guest, name, mdev, unbound, machine }: FoundGuest, labels: Labels, path: string) {
  const { notice, profile } = player.guestsMade?.get(name) ?? DEFAULT_GUEST;
  const { lacks, se } = guest.host.state.facts;
  const had = FACILITIES.filter((one) => !lacks.has(one));
  const made = {
    name,
    facilities: had.length === machine.facilities.size ? undefined : had,
    // Its host's kernel cannot tell it, so it scans.
    notice: notice === "at-once" && !tellsGuests(player.profile) ? undefined : notice,
    profile,
    ...(se && { secureExecution: true as const }),
  };
  const own = machineOfGuest(machine, unbound, mdev, made);
  const { linux, warnings } = describeOwn(guest, own, labels);
  const inside = describeGuests(linux, guest, own, labels, `${path}/`);
  const its: GuestDescription = { ...made, ...linux, ...(inside.guests.length > 0 && { guests: inside.guests }) };
  return { guest: its, warnings: [...warnings.map((what) => `guest ${path}: ${what}`), ...inside.warnings] };
}

/** The guest's own Linux, as far as its machine can have it. */
function describeOwn({ host, sysfs }: Player, machine: DescribedMachine, labels: Labels) {
  const found = { guests: runningGuests(host), host, ...(labels && { labels }) };
  const { linux, warnings } = describeLinux(observeHost(sysfs), found, ["online", "offline"]);
  const isThere = (apqn: Apqn): boolean => missingQueue(machine, apqn) === undefined;
  const within = <T extends number>(ids: readonly T[], given: readonly number[] = []) => {
    const has = new Set(given);
    return ids.filter((id) => has.has(id));
  };
  return {
    linux: {
      ...linux,
      overrides: linux.overrides.filter(({ apqn }) => isThere(apqn)),
      unbound: linux.unbound.filter(isThere),
      offline: linux.offline.filter(isThere),
      mdevs: linux.mdevs.map((mdev) => ({
        ...mdev,
        adapters: within(mdev.adapters, machine.given?.adapters),
        domains: within(mdev.domains, machine.given?.domains),
        controlDomains: within(mdev.controlDomains, machine.given?.controlDomains),
      })),
    },
    warnings,
  };
}

/** How the guests of a host that was brought up are not those of the one that was described. */
export function compareInside(before: Player, after: Player): readonly string[] {
  return before.guestPaths().flatMap((path) => {
    const [was, is] = [before.guestPlayer(path), after.guestPlayer(path)];
    if (!was) return [];
    const differing = is
      ? compareObserved(observeHost(was.sysfs), observeHost(is.sysfs))
      : ["it has no Linux of its own"];
    return differing.map((what) => `guest ${path}: not as described: ${what}`);
  });
}
