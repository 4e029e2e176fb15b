// One seeded run: random operations on a host, in its guests and in guests of guests, and after each of them what must hold of all levels.
import { allInside } from "../../answers/inside/guest-inside.ts";
import { type Apqn, apidOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { isUsableType } from "../../system/ap/card-type.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { RC } from "../../system/ap/response-code.ts";
import { testQueue } from "../../system/machine/hardware.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { attributeWrite, createWrite } from "../../system/sysfs/writes.ts";
import { DEFAULT_GUEST, type GuestsMade, NOTICES } from "../../system/trace/guest-made.ts";
import { echoed, NOT_INSIDE, type Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { Random } from "./random.ts";
import { RandomOperations, type Size } from "./random-operations.ts";

export interface GuestsPlan {
  readonly seed: number;
  readonly operations: number;
  readonly size: Size;
  readonly profile: Profile;
  /** Guests in guests, at most. */
  readonly depth: number;
}

export interface GuestsResult {
  readonly operations: number;
  readonly refusals: number;
  /** How often some guest so deep was running when all buses had scanned; index 0: the host's own guests. */
  readonly seen: readonly number[];
  readonly failure: { readonly what: string; readonly trace: readonly string[] } | undefined;
}

/** All of a host's guests that have a Linux, outer ones before inner ones, each with its path. */
export function eachGuest(player: Player, path = ""): readonly (readonly [path: string, player: Player])[] {
  return player.guestNames.flatMap((name) => {
    const guest = player.guestPlayer(name);
    const its = path === "" ? name : `${path}/${name}`;
    return guest ? [[its, guest] as const, ...eachGuest(guest, its)] : [];
  });
}

/** Nearly all have their queues for guests of their own; kernels, notice and facilities differ. */
export function randomMade(random: Random, { mdevs }: Size, depth: number): GuestsMade {
  if (depth === 0) return new Map();
  return new Map(
    Array.from({ length: mdevs }, (_, n) => [
      `g${n}`,
      {
        ...DEFAULT_GUEST,
        lacks: new Set(random.oneIn(12) ? [random.pick(["apqci", "apft", "apqi"] as const)] : []),
        notice: random.pick([...NOTICES, undefined]),
        profile: random.oneIn(3) ? random.pick(["linux-6.12", "linux-6.8", "linux-6.0", "linux-5.19"]) : undefined,
        apmask: random.oneIn(8) ? undefined : "0x0",
        guests: randomMade(random, { adapters: 0, domains: 0, mdevs }, depth - 1),
      },
    ]),
  );
}

/** Once in so many operations another player goes on from a snapshot, beside the first one. */
const COPIED = 40;

export function soakGuests({ seed, operations, size, profile, depth }: GuestsPlan): GuestsResult {
  const random = new Random(seed);
  const source = new RandomOperations(random, size);
  const player = new Player(profile);
  const trace = [JSON.stringify({ trace: `guests-${seed}`, format: 3, profile: profile.name, drivers: "zcrypt" })];
  const seen = Array.from({ length: depth }, () => 0);
  let refusals = 0;
  let i = 0;
  const apply = (operation: Operation) => {
    trace.push(JSON.stringify({ i: ++i, ...operationToJson(operation) }));
    return player.apply(operation, i);
  };
  let copy = new Player(profile);
  const planned: Operation[] = [];
  const failed = (what: string): GuestsResult => ({ operations: i, refusals, seen, failure: { what, trace } });
  const both = (operation: Operation) => {
    apply(operation);
    if (copy.isBooted) copy.apply(operation, i);
  };
  apply({ ...source.init(), guests: randomMade(random, size, depth) });
  while (i < operations) {
    if (planned.length === 0 && random.oneIn(5)) planned.push(...guestBegins(random, size, player));
    const operation = planned.shift() ?? somewhere(source.next(), random, player);
    const before = buffers(player);
    const answer = apply(operation);
    const { r } = answer;
    if (copy.isBooted) {
      const its = JSON.stringify(copy.apply(operation, i));
      if (its !== JSON.stringify(answer)) return failed(`a player that went on from a snapshot answers ${its}`);
    }
    if (random.oneIn(COPIED)) {
      copy = new Player(profile);
      copy.restore(player.save());
    }
    if (typeof r === "string" && r !== "blocked" && operation.op !== "reset") {
      refusals++;
      if (buffers(player) !== before) return failed(`a refused operation (${r}) changed a buffer`);
    }
    if (copy.isBooted && buffers(copy) !== buffers(player))
      return failed("a player from a snapshot is another host now");
    const wrong =
      sharedQueue(player) ?? severalQueues(player) ?? (random.oneIn(12) ? afterScans(player, both, seen) : undefined);
    if (wrong !== undefined) return failed(wrong);
  }
  return { operations: i, refusals, seen, failure: undefined };
}

export function somewhere(operation: Operation, random: Random, player: Player): Operation {
  const paths = eachGuest(player).map(([path]) => path);
  if (NOT_INSIDE.includes(operation.op) || paths.length === 0 || random.oneIn(3)) return operation;
  return { ...operation, in: random.oneIn(60) ? "g9/none" : random.pick(paths) };
}

/** All that it takes for a guest with queues, somewhere: rarely would chance alone put it together, three deep. */
export function guestBegins(random: Random, { mdevs }: Size, player: Player): Operation[] {
  const [path, host] = random.pick([["", player] as const, ...eachGuest(player)]);
  if (path.split("/").length > 3) return [];
  const n = random.below(mdevs);
  const uuid = `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
  const { cards, devices } = host.host.state;
  const adapters = cards.ids().filter(() => !random.oneIn(3));
  const domains = new Set(adapters.flatMap((apid) => devices.row(apid).ids()));
  const writes = [
    createWrite(uuid),
    ...adapters.map((apid) => attributeWrite(uuid, "assign_adapter", `${apid}`)),
    ...[...domains].map((apqi) => attributeWrite(uuid, "assign_domain", `${apqi}`)),
  ];
  const operations: Operation[] = [...writes.map(echoed), { op: "open", guest: `g${n}`, mdev: uuid }];
  return path === "" ? operations : operations.map((operation) => ({ ...operation, in: path }));
}

const buffers = (player: Player): string =>
  [["", player] as const, ...eachGuest(player)].map(([path, { host }]) => `${path}:${host.state.words.join()}`).join();

/** What a guest can use at this moment: its own masks and those of every host beneath. */
const usable = (state: HostState): Apqn[] =>
  state.answering.apm.ids().flatMap((apid) => state.answering.aqm.ids().map((apqi) => apqnOf(apid, apqi)));

/** No queue is in two innermost guests, at any moment. */
function sharedQueue(player: Player): string | undefined {
  const users = new Map<number, string>();
  for (const [path, guest] of eachGuest(player)) {
    if (guest.guestNames.length > 0) continue;
    for (const apqn of usable(guest.host.state)) {
      const other = users.get(apqn);
      if (other !== undefined) return `${apqn.toString(16)} is in ${other} and in ${path}`;
      users.set(apqn, path);
    }
  }
  return undefined;
}

/** There is one queue: what the masks of all levels have in common answers, and interrupts are the same for all that have it. */
function severalQueues(player: Player): string | undefined {
  for (const [path, guest] of eachGuest(player)) {
    const names = path.split("/");
    const hosts = [player, ...names.slice(1).map((_, n) => player.guestPlayer(names.slice(0, n + 1).join("/")))];
    const levels = [...hosts, guest].map((one) => must(one).host.state);
    const [outer, state] = [must(levels.at(-2)), must(levels.at(-1))];
    for (const mask of ["apm", "aqm"] as const) {
      const [all = [], ...others] = levels.map(({ machine }) => machine[mask].ids() as number[]);
      const common = all.filter((id) => others.every((ids) => ids.includes(id)));
      if (`${state.answering[mask].ids()}` !== `${common}`) return `${path}: what answers is not what all have`;
    }
    for (const apqn of usable(state))
      if (state.holds(apqn) && state.interrupts.has(apqn) !== outer.interrupts.has(apqn))
        return `${path}: interrupts of ${formatApqn(apqn)} differ from those beneath`;
  }
  return undefined;
}

/** Every bus scans, from the outside in; twice, because a queue takes over one change of its card a scan. */
function afterScans(player: Player, apply: (operation: Operation) => unknown, seen: number[]): string | undefined {
  for (let round = 0; round < 2; round++) {
    apply({ op: "scan", part: "all" });
    for (const [path] of eachGuest(player)) apply({ op: "scan", part: "all", in: path });
  }
  for (const inside of allInside(player)) {
    const waiting = inside.notNoticed().map(formatApqn);
    if (waiting.length > 0) return `${inside.path}: said not to have noticed ${waiting.join(" ")}`;
  }
  for (const [path, guest] of eachGuest(player)) {
    const names = path.split("/");
    seen[names.length - 1] = (seen[names.length - 1] ?? 0) + (usable(guest.host.state).length > 0 ? 1 : 0);
    const hosts = names.map((_, n) => (n === 0 ? player : player.guestPlayer(names.slice(0, n).join("/"))));
    const wrong = isWithin(guest.host.state, hosts) ?? hasWhatItWasGiven(guest.host.state, player.host.state);
    if (wrong !== undefined) return `${path}: ${wrong}`;
  }
  return undefined;
}

/**
 * Kernels that do not take from a guest all that its host has lost (5.19, and the patches before they were merged) leave it in the guest's
 * masks, where it does not answer.
 */
function isWithin({ machine, answering }: HostState, hosts: readonly (Player | undefined)[]): string | undefined {
  if (!hosts.every((player) => player && ["whole", "new-part"].includes(player.profile.filter))) return undefined;
  // Older kernels keep control domains that their machine has lost.
  const isWithin = machine.apm.equals(answering.apm) && machine.aqm.equals(answering.aqm);
  return isWithin ? undefined : "its masks do not lie within those of its host";
}

/** The devices of the guest's bus are the product of its masks, each as healthy as its card. */
function hasWhatItWasGiven(state: HostState, real: HostState): string | undefined {
  const finds = !state.facts.lacks.has("apft");
  const given = new Set(usable(state));
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
    for (let domain = 0; domain < state.layout.domains; domain++) {
      const apqn = apqnOf(asApid(adapter), asApqi(domain));
      const isWanted = finds && given.has(apqn) && isUsableType(real.machineType(apidOf(apqn)));
      const name = formatApqn(apqn);
      if (state.devices.has(apqn) !== isWanted) return `${name} has ${isWanted ? "no device" : "a device"}`;
      if (!isWanted) continue;
      const rc = testQueue(real, apqn);
      if (state.queuesDeconfigured.has(apqn) !== (rc === RC.deconfigured)) return `${name}: config is wrong`;
      if (state.queuesCheckstopped.has(apqn) !== (rc === RC.checkstopped)) return `${name}: chkstop is wrong`;
    }
  }
  return undefined;
}
