// A host after its next boot, found by booting a copy: the same machine is started with its command line, then comes what udev writes when
// the bus has bound its queues, then the mdevs that mdevctl starts automatically. What the kernel refuses is reported.

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
  /** The mdev that would be made; mdevctl removes it again. */
  readonly uuid: string | undefined;
}

export interface Rebooted {
  readonly host: Host;
  readonly refused: readonly RefusedWrite[];
  /** The result depends on the order in which mdevctl finds its definitions in their directory. */
  readonly isByChance: boolean;
}

/** @param machine the host as it is; only what survives a boot counts: its cards and domains */
export function reboot(machine: HostDescription, profile: Profile, files: PersistentFiles): Rebooted {
  const auto = files.mdevs.filter(({ definition }) => definition.start === "auto");
  const one = bootWith(machine, profile, files, auto);
  const other = bootWith(machine, profile, files, [...auto].reverse());
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

/** What driverctl writes when a device appears; nothing for a queue that is not there. */
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

/** If one attribute is refused, the mdev is removed again. */
function startMdev(
  { uuid, definition }: DefinedMdev,
  player: Player,
  write: (one: Write, uuid: string) => boolean,
): void {
  if (!write(createWrite(uuid), uuid)) return;
  const isWhole = definition.attrs.every(({ name, value }) => write(attributeWrite(uuid, name, value), uuid));
  if (!isWhole) player.sysfs.write(...removeWrite(uuid));
}
