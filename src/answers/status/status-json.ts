// The JSON of apmatrix status.
import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { ailingToJson } from "../explain/health.ts";
import type { BootStatus } from "./status-text.ts";
import type { HostMasks, MdevMatrix, MdevStatus, Status } from "./three-ways.ts";

export const statusToJson = (
  { mdevs, host, agrees }: Status,
  { refused, isByChance, loadedBy, notes, isKnown, ifEarly }: BootStatus,
) => ({
  agrees: agrees && isKnown,
  mdevs: mdevs.map(mdevToJson),
  host: {
    running: masksToJson(host.running),
    after_reboot: masksToJson(host.after_reboot),
    differences: host.differences,
    vfio_ap_loaded: host.isLoaded ?? null,
  },
  boot: {
    refused: refused.map(({ path, value, errno, uuid, place }) => ({
      path,
      value,
      errno,
      mdev: uuid ?? null,
      rule: place ?? null,
    })),
    by_chance: isByChance,
    loaded_by: loadedBy ?? null,
    notes,
    known: isKnown,
    if_zcrypt_is_in_the_initrd: ifEarly,
  },
});

const mdevToJson = (mdev: MdevStatus) => {
  const { uuid, name, desired, running, persistent, after_reboot, differences } = mdev;
  return {
    uuid,
    name: name ?? null,
    desired: desired ? listsToJson(desired) : null,
    running: matrixToJson(running),
    persistent: persistent ? { start: persistent.start, ...listsToJson(persistent) } : null,
    after_reboot: matrixToJson(after_reboot),
    differences,
  };
};

type Lists = Pick<NonNullable<MdevStatus["desired"]>, "apm" | "aqm" | "adm">;

/** null: left as it is. */
const listsToJson = ({ apm, aqm, adm }: Lists) => ({
  adapters: apm?.ids().map(formatApid) ?? null,
  domains: aqm?.ids().map(formatApqi) ?? null,
  control_domains: adm?.ids().map(formatApqi) ?? null,
});

const matrixToJson = (matrix: MdevMatrix | undefined) =>
  matrix
    ? {
        ...listsToJson(matrix),
        queues: matrix.queues?.map(formatApqn) ?? null,
        ...(matrix.ailing.length > 0 && { health: ailingToJson(matrix.ailing) }),
      }
    : null;

const masksToJson = ({ apmask, aqmask, overrides }: HostMasks) => ({
  apmask: apmask ? formatMask(apmask) : null,
  aqmask: aqmask ? formatMask(aqmask) : null,
  overrides: Object.fromEntries(overrides),
});
