// The variables of a uevent, in the kernel's order: what it says, and what every uevent of that device says.
import type { Happening } from "../machine/happening.ts";
import type { Sysfs } from "./sysfs.ts";

export type Uevent = Extract<Happening, { readonly kind: "uevent" }>;

/** Where an object stands below /sys, and the subsystem that its uevents name; the first one that fits. */
const SUBSYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^\/devices\/virtual\/misc\//, "misc"],
  [/^\/devices\/vfio_ap\/matrix\/./, "mdev"],
  [/^\/devices\/vfio_ap/, "matrix"],
  [/^\/bus\/\w+\/drivers\//, "drivers"],
  [/^\/bus\//, "bus"],
  [/^\/module\//, "module"],
];

const subsystemOf = (device: string): string => SUBSYSTEMS.find(([path]) => path.test(device))?.[1] ?? "ap";

function typeOf(device: string): readonly string[] {
  if (/\/card..$/.test(device)) return ["DEVTYPE=ap_card"];
  return /\/..\.....$/.test(device) ? ["DEVTYPE=ap_queue"] : [];
}

/** A device that is just being added has no driver yet, even if its directory says so by the time we look. */
function driverOf(sysfs: Pick<Sysfs, "readlink">, { action, device, variables }: Uevent): readonly string[] {
  const isAsked = variables.some((variable) => variable.startsWith("SYNTH_UUID="));
  if (action === "add" && !isAsked) return [];
  const link = sysfs.readlink(`${device.slice(1)}/driver`);
  return link.ok ? [`DRIVER=${link.value.slice(link.value.lastIndexOf("/") + 1)}`] : [];
}

/** `NAME=value`, beginning with SUBSYSTEM; ACTION and DEVPATH stand in the event itself. */
export function ueventVariables(sysfs: Pick<Sysfs, "readlink">, event: Uevent): readonly string[] {
  const { device, variables, properties } = event;
  return [
    `SUBSYSTEM=${subsystemOf(device)}`,
    ...variables,
    ...typeOf(device),
    ...driverOf(sysfs, event),
    ...properties,
  ];
}
