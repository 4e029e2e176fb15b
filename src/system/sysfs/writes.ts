// The writes that change a host, each made here and nowhere else: what is written to which path below /sys, numbers in hex.

import { type Apqn, formatApid, formatApqn } from "../ap/apqn.ts";
import { hex } from "../ap/hex.ts";
import type { Apid } from "../ap/id.ts";
import { spansOf } from "../ap/id-span.ts";
import { formatMask } from "../ap/mask-text.ts";
import type { Matrix } from "../ap/matrix.ts";
import {
  AP_BUS,
  AP_DEVICES,
  cardPath,
  driverPath,
  MATRIX_DEVICE,
  MDEV_TYPE,
  mdevPath,
  queuePath,
} from "../ap/paths.ts";

/** One write: path below /sys, and what is written. */
export type Write = readonly [path: string, value: string];

/** The two masks of the bus. */
export type OwnershipMask = "apmask" | "aqmask";
export type NumberAttribute = `${"assign" | "unassign"}_${"adapter" | "domain" | "control_domain"}`;

export const createWrite = (uuid: string): Write => [`${MDEV_TYPE}/create`, uuid];
export const removeWrite = (uuid: string): Write => attributeWrite(uuid, "remove", "1");
export const attributeWrite = (uuid: string, name: string, value: string): Write => [
  `${mdevPath(uuid)}/${name}`,
  value,
];
export const numberWrite = (uuid: string, attribute: NumberAttribute, id: number): Write =>
  attributeWrite(uuid, attribute, hex(id));
export const numberWrites = (uuid: string, attribute: NumberAttribute, ids: readonly number[]): readonly Write[] =>
  ids.map((id) => numberWrite(uuid, attribute, id));
export const configWrite = (uuid: string, { apm, aqm, adm }: Matrix): Write =>
  attributeWrite(uuid, "ap_config", [formatMask(apm), formatMask(aqm), formatMask(adm)].join(","));

export const driverWrite = (driver: string, file: "bind" | "unbind", device: string): Write => [
  `${driverPath(driver)}/${file}`,
  device,
];
export const bindWrite = (apqn: Apqn, driver = "vfio_ap"): Write => driverWrite(driver, "bind", formatApqn(apqn));
export const unbindWrite = (driver: string, apqn: Apqn): Write => driverWrite(driver, "unbind", formatApqn(apqn));
/** A queue object of its own forgets how the last reset of the old one ended. */
export const rebindWrites = (apqn: Apqn): readonly Write[] => [unbindWrite("vfio_ap", apqn), bindWrite(apqn)];
/** @param driver its name; a line end takes the override away */
export const overrideWrite = (apqn: Apqn, driver = "vfio_ap"): Write => queueWrite(apqn, "driver_override", driver);
export const queueWrite = (apqn: Apqn, name: string, value: string): Write => [`${queuePath(apqn)}/${name}`, value];

export const maskWrite = (mask: OwnershipMask, text: string): Write => [`${AP_BUS}/${mask}`, text];
/** Bits go on or off, each named: `-0x4,-0x5`. */
export const bitsWrite = (mask: OwnershipMask, sign: "+" | "-", ids: readonly number[]): Write =>
  maskWrite(mask, ids.map((id) => `${sign}${hex(id)}`).join(","));
/** Bits go out, neighbours as one range; the ids are ascending. */
export const spansWrite = (mask: OwnershipMask, ids: readonly number[]): Write =>
  maskWrite(
    mask,
    spansOf(ids)
      .map(({ first, last }) => (first === last ? `-${hex(first)}` : `-${hex(first)}-${hex(last)}`))
      .join(","),
  );
/** Drivers are asked again who takes the queue. */
export const probeWrite = (apqn: Apqn): Write => [`${AP_BUS}/drivers_probe`, formatApqn(apqn)];
/** Out of standby. */
export const configureWrite = (apid: Apid): Write => [`${cardPath(apid)}/config`, "1"];
/** To this Secure Execution guest. */
export const bindSecurelyWrite = (apqn: Apqn): Write => queueWrite(apqn, "se_bind", "1");
export const cardOnlineWrite = (apid: Apid): Write => [`${cardPath(apid)}/online`, "1"];
export const bindCardWrite = (apid: Apid): Write => driverWrite("cex4card", "bind", `card${formatApid(apid)}`);

/** The bus looks at the machine again, at once. */
export const RESCAN: Write = [`${AP_BUS}/scans`, "1"];

const UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const WRITTEN = [
  `${AP_BUS}/a[pq]mask`,
  `${AP_BUS}/drivers/[a-z0-9_]+/(?:un)?bind`,
  `${AP_DEVICES}/card[0-9a-f]{2}/[0-9a-f]{2}[.][0-9a-f]{4}/driver_override`,
  `${MDEV_TYPE}/create`,
  `${MATRIX_DEVICE}/${UUID}/(?:remove|ap_config|(?:un)?assign_(?:adapter|domain|control_domain))`,
];
const WRITTEN_PATH = new RegExp(`^(?:${WRITTEN.join("|")})$`);

/** Whether a plan may write there. A plan may come from a stranger, and some files of /sys run programs. */
export const isPlannedPath = (path: string): boolean => WRITTEN_PATH.test(path);
