// Puts several writes of a list into one, where the kernel takes that: bits of one mask, and what an mdev is assigned.
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { mdevPath } from "../../system/ap/paths.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { configWrite, maskWrite, type OwnershipMask, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** Undefined if there is nothing to put together. Whether the list still helps must be tried. */
type Way = (host: Host, mdev: Mdev, writes: readonly Write[]) => readonly Write[] | undefined;

const together =
  (mask: OwnershipMask): Way =>
  (_host, _mdev, writes) => {
    const [path] = maskWrite(mask, "");
    const values = writes.filter((write) => write[0] === path && /^[+-]/.test(write[1])).map(([, value]) => value);
    const first = writes.findIndex((write) => write[0] === path);
    if (values.length < 2) return undefined;
    const others = (part: readonly Write[]) => part.filter((write) => write[0] !== path);
    return [...others(writes.slice(0, first)), maskWrite(mask, values.join(",")), ...others(writes.slice(first))];
  };

/** One ap_config instead of single assignments, at the place of the last one: what is in their way must go first. */
const inOneConfig: Way = (host, mdev, writes) => {
  if (!host.profile.apConfig) return undefined;
  const uuid = mdevName(mdev);
  const at = mdevPath(uuid);
  const own = writes.filter(([path]) => path.startsWith(`${at}/`));
  if (own.length < 2) return undefined;
  const numbers = (name: string) => own.filter(([path]) => path === `${at}/${name}`).map(([, value]) => Number(value));
  const { apm, aqm, adm } = mdev.matrix;
  const adapters: readonly Apid[] = [...apm.ids(), ...numbers("assign_adapter").map(asApid)];
  const domains: readonly Apqi[] = [...aqm.ids(), ...numbers("assign_domain").map(asApqi)];
  const config = configWrite(uuid, { apm: maskOf(adapters), aqm: maskOf(domains), adm });
  const last = writes.findLastIndex(([path]) => path.startsWith(`${at}/`));
  const others = (part: readonly Write[]) => part.filter(([path]) => !path.startsWith(`${at}/`));
  return [...others(writes.slice(0, last)), config, ...others(writes.slice(last))];
};

export const shorterWays: readonly Way[] = [together("apmask"), together("aqmask"), inOneConfig];
