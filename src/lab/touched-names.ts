// Which names of the tree an event may have made, changed or taken away, so that the kernel can be told to forget what it knows of them.
import { AP_BUS, driverPath, MATRIX_DEVICE, MDEV_TYPE, mdevPath } from "../system/ap/paths.ts";
import type { Happening } from "../system/machine/happening.ts";

interface TouchedNames {
  readonly gone?: string;
  readonly changed: readonly string[];
}

/**
 * Names that may have come, gone or changed: a device, its links, and the attributes that its driver shows. They are paths below /sys; a
 * last component `*` stands for every name in that directory.
 */
export function touchedNames(happening: Happening): TouchedNames | undefined {
  if (happening.kind === "mdev-removal-waits") {
    return { gone: mdevPath(happening.uuid), changed: mdevNames(happening.uuid) };
  }
  if (happening.kind !== "uevent" || happening.action === "change" || isAsked(happening.variables)) return undefined;
  const device = happening.device.slice(1);
  const name = device.slice(device.lastIndexOf("/") + 1);
  const changed = device.startsWith(`${MATRIX_DEVICE}/`) ? mdevNames(name) : apNames(device, name);
  return happening.action === "remove" ? { gone: device, changed } : { changed };
}

/** Somebody wrote the action to a uevent file, so nothing came or went. */
const isAsked = (variables: readonly string[]): boolean => variables.some((text) => text.startsWith("SYNTH_UUID="));

const mdevNames = (uuid: string): readonly string[] => [
  `bus/mdev/devices/${uuid}`,
  `bus/mdev/drivers/vfio_ap_mdev/${uuid}`,
  `${MDEV_TYPE}/devices/${uuid}`,
  "kernel/iommu_groups/*",
];

/** Attributes that come and go with the driver of a card or queue. */
const DRIVER_ATTRIBUTES = [
  "driver",
  "online",
  "load",
  "status",
  "mkvps",
  "op_modes",
  "type",
  "serialnr",
  "API_ordinalnr",
  "FW_version",
] as const;

const apNames = (device: string, name: string): readonly string[] => [
  `${AP_BUS}/devices/${name}`,
  ...["cex4card", "cex4queue", "vfio_ap"].map((driver) => `${driverPath(driver)}/${name}`),
  ...DRIVER_ATTRIBUTES.map((attribute) => `${device}/${attribute}`),
];
