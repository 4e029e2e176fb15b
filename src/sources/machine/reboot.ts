// A host after its next boot, found out by booting it: the same machine, started with the command line, and all that the rules of udev do
// then, the mdevs that mdevctl makes by itself among it (answers/boot). What the kernel refuses is told.

import { bootDifferences } from "../../answers/boot/boot-differences.ts";
import { bootNotes } from "../../answers/boot/boot-notes.ts";
import { type DriversCome, UdevBoot } from "../../answers/boot/udev-boot.ts";
import { placeOf } from "../../answers/boot/udev-rule-files.ts";
import type { HostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import type { RuleMasks } from "../../formats/tools/udev-rules.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { driverOf } from "../../system/bus/binding.ts";
import type { Happening } from "../../system/machine/happening.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import type { ObservedHost } from "../../system/sysfs/observed-host.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import {
  attributeWrite,
  createWrite,
  maskWrite,
  overrideWrite,
  probeWrite,
  removeWrite,
  unbindWrite,
  type Write,
} from "../../system/sysfs/writes.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { doubtsIn } from "./boot-doubts.ts";
import type { DefinedMdev, PersistentFiles } from "./persistent-files.ts";

export interface RefusedWrite {
  readonly write: Write;
  readonly errno: string;
  /** The mdev that would be made; mdevctl removes it again. */
  readonly uuid: string | undefined;
  /** FILE:LINE of the rule that writes it. */
  readonly place: string | undefined;
}

export interface Rebooted {
  readonly host: Host;
  readonly refused: readonly RefusedWrite[];
  /** The result depends on the order in which mdevctl finds its definitions in their directory. */
  readonly isByChance: boolean;
  /** What loads vfio_ap; undefined: nothing does. */
  readonly loadedBy: string | undefined;
  readonly hasStartedMdevs: boolean;
  /** What the rules set. */
  readonly masks: RuleMasks;
  /** What does not happen or cannot be told, one sentence each. */
  readonly notes: readonly string[];
  /** Whether none of them is about something that cannot be told. */
  readonly isKnown: boolean;
  /** If the queues have their drivers before udevd runs, the host is another one after its boot: how, one sentence each. */
  readonly ifEarly: readonly string[];
}

/** @param machine the host as it is: of it only what survives is taken, its cards and domains */
export function reboot(machine: HostDescription, profile: Profile, files: PersistentFiles): Rebooted {
  const boot = (come: DriversCome, held: readonly string[] = [], mdevs = files.mdevs, of = machine): Booted =>
    bootWith(of, profile, { ...files, mdevs }, come, new Set(held));
  const differing = (one: Booted, other: Booted) => bootDifferences(one.end, other.end);
  const [late, early] = [boot("late"), boot("early")];
  const isByChance = files.mdevs.length > 1 && differing(late, boot("late", [], [...files.mdevs].reverse())).length > 0;
  // Each doubt is two boots more: of a large host a small part has to do, and what cannot be seen there is told.
  const few = partOf(machine);
  const fewer = few === machine ? [late, early] : [late, early].map(({ come }) => boot(come, [], files.mdevs, few));
  const undecided = new Map([...late.boot.undecided, ...early.boot.undecided]);
  const jumps = new Set(files.boot.rules.rules.filter((rule) => rule.goto !== undefined).map(placeOf));
  const seen = new Map(fewer.flatMap((one) => [...one.boot.undecided]));
  const unseen = [...undecided].filter(([place]) => !seen.has(place));
  const doubts = doubtsIn({
    deeds: deedsOf(fewer),
    undecided: seen,
    isJump: (place) => jumps.has(place),
    attempt: (held) => {
      const tried = fewer.map(({ come }) => boot(come, held, files.mdevs, few));
      const isOther = tried.some((one, at) => {
        const base = fewer[at] as Booted;
        return differing(base, one).length > 0 || unknownOf(one) !== unknownOf(base);
      });
      return { deeds: deedsOf(tried), isOther, undecided: new Map(tried.flatMap((one) => [...one.boot.undecided])) };
    },
  }).concat(unseen.map(([place, condition]) => `${place}: ${condition} cannot be decided here`));
  const { undone, unknown } = bootNotes(files.boot, [late.boot, early.boot]);
  const units = [...late.boot.wantedUnits].flatMap((name) => files.programs.unit(name));
  const notKnown = [...doubts, ...unknown, ...files.programs.told(), ...units];
  return {
    host: late.player.host,
    refused: late.refused,
    isByChance,
    loadedBy: late.boot.loadedBy,
    hasStartedMdevs: late.boot.hasStartedMdevs,
    masks: late.masks,
    notes: [...doubts, ...undone, ...notKnown.slice(doubts.length)],
    isKnown: notKnown.length === 0,
    ifEarly: differing(late, early),
  };
}

const unknownOf = ({ boot }: Booted): string =>
  JSON.stringify([
    boot.unknownCommands.map(({ place, command }) => [place, command]),
    boot.openLoads,
    [...boot.wantedUnits],
  ]);
const deedsOf = (boots: readonly Booted[]): string =>
  JSON.stringify(boots.map((one) => [one.boot.writes, one.boot.commands, unknownOf(one)]));

const SMALL = 3;

/** Some cards and domains of a host that has many. */
const partOf = (machine: HostDescription): HostDescription =>
  machine.cards.length * machine.domains.length <= SMALL * SMALL * SMALL
    ? machine
    : { ...machine, cards: machine.cards.slice(0, SMALL), domains: machine.domains.slice(0, SMALL) };

interface Booted {
  readonly come: DriversCome;
  readonly player: Player;
  readonly boot: UdevBoot;
  /** What can be seen when it is done. */
  readonly end: { readonly host: ObservedHost; readonly loadedBy: string | undefined };
  readonly refused: readonly RefusedWrite[];
  readonly masks: RuleMasks;
}

function bootWith(
  machine: HostDescription,
  profile: Profile,
  files: PersistentFiles,
  come: DriversCome,
  held: ReadonlySet<string>,
): Booted {
  const early: Happening[] = [];
  let hear = (happening: Happening): void => void early.push(happening);
  const player = new Player(profile, (happening) => hear(happening));
  for (const [i, operation] of bootOperations(machine, files).entries()) player.apply(operation, i + 1);
  let refused: RefusedWrite[] = [];
  const write = (sysfs: Sysfs, one: Write, uuid?: string): boolean => {
    const result = sysfs.write(...one);
    if (!result.ok) refused.push({ write: one, errno: result.errno, uuid, place: undefined });
    return result.ok;
  };
  const auto = files.mdevs.filter(({ definition }) => definition.start === "auto");
  const overrides = new Map(files.overrides.map(([apqn, driver]) => [`ap-${formatApqn(apqn)}`, { apqn, driver }]));
  const boot = new UdevBoot(
    player.sysfs,
    files.boot,
    {
      startMdevs(sysfs) {
        // What was refused before is tried again.
        refused = refused.filter(({ uuid }) => uuid === undefined);
        for (const mdev of auto) if (!mdevNamed(player.host, mdev.uuid)) startMdev(mdev, sysfs, write);
      },
      loadOverride(device, sysfs) {
        const found = overrides.get(device);
        if (!found) return;
        for (const one of overrideWrites(player, sysfs, found.apqn, found.driver)) write(sysfs, one);
      },
      overrideOf: (device) => overrides.get(device)?.driver,
    },
    held,
  );
  for (const happening of early) boot.keep(happening);
  hear = (happening) => boot.hear(happening);
  boot.run(come, !player.host.state.apmask.isFull() || !player.host.state.aqmask.isFull());
  const written = boot.writes.flatMap(({ path, value, errno, place }) => {
    const mask = /(?:^|\/)(a[pq]mask)$/.exec(path)?.[1] as "apmask" | "aqmask" | undefined;
    return mask === undefined || errno === "ENOENT" ? [] : [{ mask, value: value.trim(), errno, place }];
  });
  const failed = new Map(
    written.flatMap(({ mask, value, errno, place }) =>
      errno === undefined
        ? []
        : [[`${mask}=${value}`, { write: maskWrite(mask, value), errno, uuid: undefined, place }]],
    ),
  );
  const isSet = (name: string): boolean => written.some(({ mask, errno }) => errno === undefined && mask === name);
  const { apmask, aqmask } = player.host.state;
  const masks = { apmask: isSet("apmask") ? apmask : undefined, aqmask: isSet("aqmask") ? aqmask : undefined };
  const end = { host: observeHost(player.sysfs), loadedBy: boot.loadedBy };
  return { come, player, boot, end, refused: [...failed.values(), ...refused], masks };
}

/** All settings since the last boot are gone: masks, overrides, what was unbound or switched off. The machine stays. */
function bootOperations(machine: HostDescription, { commandLine }: PersistentFiles): readonly Operation[] {
  const operations = hostOperations({
    ...machine,
    cards: machine.cards.map((card) => (card.state === "offline" ? { ...card, state: "online" } : card)),
    masks: { apmask: undefined, aqmask: undefined },
    overrides: [],
    unbound: [],
    offline: [],
    mdevs: [],
  });
  return operations.map((operation) => (operation.op === "init" ? { ...operation, ...commandLine } : operation));
}

/** As driverctl does it when a device appears: a driver that is not the name of a module is not one for it. */
function overrideWrites({ host }: Player, sysfs: Sysfs, apqn: Apqn, driver: string): readonly Write[] {
  const { state } = host;
  if (!state.holds(apqn) || !state.devices.has(apqn)) return [];
  if (driver !== "none" && !sysfs.list(`module/${driver}`).ok) return [];
  const bound = driverOf(host, apqn);
  return [
    ...(bound === undefined ? [] : [unbindWrite(bound, apqn)]),
    overrideWrite(apqn, driver),
    ...(driver === "none" ? [] : [probeWrite(apqn)]),
  ];
}

/** If one attribute is refused, the mdev is removed again. */
function startMdev(
  { uuid, definition }: DefinedMdev,
  sysfs: Sysfs,
  write: (sysfs: Sysfs, one: Write, uuid: string) => boolean,
): void {
  if (!write(sysfs, createWrite(uuid), uuid)) return;
  const isWhole = definition.attrs.every(({ name, value }) => write(sysfs, attributeWrite(uuid, name, value), uuid));
  if (!isWhole) sysfs.write(...removeWrite(uuid));
}
