// The writes that plans are made of, each made in one place: paths below /sys, numbers in hex.
import { type Apqn, apidOf, formatApid, formatApqn } from "../ap/apqn.ts";
import { spansOf } from "../ap/id-span.ts";
import { formatMask } from "../ap/mask-text.ts";
import type { QueueDriverName } from "../bus/ownership.ts";
import type { Masks } from "../vfio-ap/host.ts";

/** One write: path below /sys, and what is written. */
export type Write = readonly [path: string, value: string];

const MATRIX = "devices/vfio_ap/matrix";
const hex = (id: number): string => `0x${id.toString(16)}`;

export type NumberAttribute = `${"assign" | "unassign"}_${"adapter" | "domain" | "control_domain"}`;

export const createWrite = (uuid: string): Write => [`${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, uuid];
export const removeWrite = (uuid: string): Write => [`${MATRIX}/${uuid}/remove`, "1"];
export const numberWrite = (uuid: string, attribute: NumberAttribute, id: number): Write => [
  `${MATRIX}/${uuid}/${attribute}`,
  hex(id),
];
export const configWrite = (uuid: string, { apm, aqm, adm }: Masks): Write => [
  `${MATRIX}/${uuid}/ap_config`,
  [formatMask(apm), formatMask(aqm), formatMask(adm)].join(","),
];
export const bindWrite = (apqn: Apqn): Write => ["bus/ap/drivers/vfio_ap/bind", formatApqn(apqn)];
export const unbindWrite = (driver: QueueDriverName, apqn: Apqn): Write => [
  `bus/ap/drivers/${driver}/unbind`,
  formatApqn(apqn),
];
/** A queue object of its own forgets how the last reset of the old one ended. */
export const rebindWrites = (apqn: Apqn): readonly Write[] => [unbindWrite("vfio_ap", apqn), bindWrite(apqn)];
/** Bits of apmask or aqmask go out; the ids are ascending. */
export const maskWrite = (name: "apmask" | "aqmask", ids: readonly number[]): Write => [
  `bus/ap/${name}`,
  spansOf(ids)
    .map(({ first, last }) => (first === last ? `-${hex(first)}` : `-${hex(first)}-${hex(last)}`))
    .join(","),
];
export const overrideWrite = (apqn: Apqn): Write => [
  `devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/driver_override`,
  "vfio_ap",
];

const UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const WRITTEN = [
  "bus/ap/a[pq]mask",
  "bus/ap/drivers/[a-z0-9_]+/(?:un)?bind",
  "devices/ap/card[0-9a-f]{2}/[0-9a-f]{2}[.][0-9a-f]{4}/driver_override",
  `${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`,
  `${MATRIX}/${UUID}/(?:remove|ap_config|(?:un)?assign_(?:adapter|domain|control_domain))`,
];
const WRITTEN_PATH = new RegExp(`^(?:${WRITTEN.join("|")})$`);

/** Whether a plan may write there. A plan may come from a stranger, and some files of /sys run programs. */
export const isPlannedPath = (path: string): boolean => WRITTEN_PATH.test(path);

/** Writes that free queues or make and remove mdevs: those that come before any matrix. */
export const isPreparation = ([path]: Write): boolean =>
  /^bus\/ap\/a[pq]mask$|\/(?:driver_override|create|remove)$|\/cex4queue\/unbind$/.test(path);
