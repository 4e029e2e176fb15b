// A host after its next boot, found out by booting it: the same machine, started with the command line, then what udev writes when the
// bus has bound its queues, then the mdevs that mdevctl makes by itself. What the kernel refuses then is told.

import type { HostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
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
import { compareObserved } from "../compare-observed.ts";
import type { DefinedMdev, PersistentFiles } from "./persistent-files.ts";

export interface RefusedWrite {
  readonly write: Write;
  readonly errno: string;
  /** The mdev that was to be made; mdevctl takes it away again. */
  readonly uuid: string | undefined;
}

export interface Rebooted {
  readonly host: Host;
  readonly refused: readonly RefusedWrite[];
  /** It depends on the order in which mdevctl finds its definitions, which is that of a directory. */
  readonly isByChance: boolean;
}

/** @param machine the host as it is: of it only what survives is taken, its cards and domains */
export function reboot(machine: HostDescription, profile: Profile, files: PersistentFiles): Rebooted {
  const auto = files.mdevs.filter(({ definition }) => definition.start === "auto");
  const [there, back] = [auto, [...auto].reverse()].map((mdevs) => bootWith(machine, profile, files, mdevs));
  const [one, other] = [there, back] as [Booted, Booted];
  const isByChance = compareObserved(observeHost(one.player.sysfs), observeHost(other.player.sysfs)).length > 0;
  return { host: one.player.host, refused: one.refused, isByChance };
}

interface Booted {
  readonly player: Player;
  readonly refused: readonly RefusedWrite[];
}

function bootWith(
  machine: HostDescription,
  profile: Profile,
  files: PersistentFiles,
  mdevs: readonly DefinedMdev[],
): Booted {
  const player = new Player(profile);
  for (const [i, operation] of bootOperations(machine, files).entries()) player.apply(operation, i + 1);
  const refused: RefusedWrite[] = [];
  const write = (one: Write, uuid?: string): boolean => {
    const result = player.sysfs.write(...one);
    if (!result.ok) refused.push({ write: one, errno: result.errno, uuid });
    return result.ok;
  };
  for (const [apqn, driver] of files.overrides) for (const one of overrideWrites(player, apqn, driver)) write(one);
  for (const [mask, text] of files.rule.assignments) write(maskWrite(mask, text));
  for (const mdev of mdevs) startMdev(mdev, player, write);
  return { player, refused };
}

/** What a host has been told since its boot is gone: masks, overrides, what was unbound or switched off. Its machine stays. */
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

/** As driverctl does it when a device appears. A queue that is not there gets none. */
function overrideWrites({ host }: Player, apqn: Apqn, driver: string): readonly Write[] {
  const { state } = host;
  if (!state.holds(apqn) || !state.devices.has(apqn)) return [];
  const bound = state.cexBound.has(apqn) ? "cex4queue" : state.vfioBound.has(apqn) ? "vfio_ap" : undefined;
  return [
    overrideWrite(apqn, driver),
    ...(bound === undefined || bound === driver ? [] : [unbindWrite(bound, apqn)]),
    probeWrite(apqn),
  ];
}

/** One attribute that is refused, and the mdev goes again. */
function startMdev(
  { uuid, definition }: DefinedMdev,
  player: Player,
  write: (one: Write, uuid: string) => boolean,
): void {
  if (!write(createWrite(uuid), uuid)) return;
  const isWhole = definition.attrs.every(({ name, value }) => write(attributeWrite(uuid, name, value), uuid));
  if (!isWhole) player.sysfs.write(...removeWrite(uuid));
}
