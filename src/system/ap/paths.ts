// Where devices and their drivers stand below /sys, spelled out once for all who read, write or announce them. What is written
// there: sysfs/writes.ts.
import { type Apqn, apidOf, formatApid, formatApqn } from "./apqn.ts";
import type { Apid } from "./id.ts";

export const AP_BUS = "bus/ap";
export const AP_DEVICES = "devices/ap";
/** The matrix device, and below it the mdevs. */
export const MATRIX_DEVICE = "devices/vfio_ap/matrix";
/** The one type of mdevs that it has. */
export const MDEV_TYPE = `${MATRIX_DEVICE}/mdev_supported_types/vfio_ap-passthrough`;

export const cardPath = (apid: Apid): string => `${AP_DEVICES}/card${formatApid(apid)}`;
export const queuePath = (apqn: Apqn): string => `${cardPath(apidOf(apqn))}/${formatApqn(apqn)}`;
export const driverPath = (driver: string): string => `${AP_BUS}/drivers/${driver}`;
/** @param uuid lower case, as sysfs names it */
export const mdevPath = (uuid: string): string => `${MATRIX_DEVICE}/${uuid}`;

/** A path as it is known to people, with or without /sys in front. */
export const belowSys = (path: string): string => path.replace(/^\/+sys(?:\/+|$)/, "").replace(/^\/+/, "");
