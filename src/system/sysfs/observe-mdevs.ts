// Mdevs as their directories show them: ap_config where the kernel has it, because a page is too small for the text of a large
// matrix. docs/kernel/device.md §4.

import type { Adm } from "../ap/mask.ts";
import { MATRIX_DEVICE, mdevPath } from "../ap/paths.ts";
import { hasQueue } from "../ap/product.ts";
import { formatUuid, parseUuid } from "../vfio-ap/uuid.ts";
import { parseApConfig } from "./ap-config-grammar.ts";
import type { ObservedMatrix, ObservedMdev, ObservedQueue } from "./observed-host.ts";
import { readControlDomainsText, readMatrixText } from "./read-matrix.ts";
import type { SysfsReader } from "./sysfs-reader.ts";

export function observeMdevs(reader: SysfsReader, queues: readonly ObservedQueue[]): readonly ObservedMdev[] {
  return reader
    .names(MATRIX_DEVICE)
    .filter(isMdevName)
    .map((uuid) => observeMdev(reader, uuid, queues));
}

function isMdevName(name: string): boolean {
  const uuid = parseUuid(name);
  return uuid !== undefined && formatUuid(uuid) === name;
}

/** @param queues that tell whether a guest runs */
export function observeMdev(reader: SysfsReader, uuid: string, queues: readonly ObservedQueue[]): ObservedMdev {
  const at = mdevPath(uuid);
  const guestView = matrixOf(reader, `${at}/guest_matrix`);
  const config = apConfig(reader, `${at}/ap_config`);
  const matrix = config ? { apm: config.apm, aqm: config.aqm, isCut: false } : matrixOf(reader, `${at}/matrix`);
  return {
    uuid,
    matrix,
    controlDomains: config?.adm ?? controlDomains(reader, `${at}/control_domains`),
    guestView,
    isRunning: isRunning(queues, matrix, guestView),
  };
}

function apConfig(reader: SysfsReader, path: string) {
  const text = reader.text(path);
  return text === undefined ? undefined : parseApConfig(text);
}

function matrixOf(reader: SysfsReader, path: string): ObservedMatrix | undefined {
  const text = reader.text(path);
  return text === undefined ? undefined : readMatrixText(text);
}

function controlDomains(reader: SysfsReader, path: string): Adm | undefined {
  const text = reader.text(path);
  return text === undefined ? undefined : readControlDomainsText(text);
}

/**
 * A queue is `in use` if its mdev has a guest and the queue is plugged (docs/kernel/bus.md §6.4). So one of the matrix that is
 * proves a guest, and a plugged one that is not proves that there is none.
 */
function isRunning(
  queues: readonly ObservedQueue[],
  matrix: ObservedMatrix | undefined,
  guestView: ObservedMatrix | undefined,
): boolean | undefined {
  if (matrix && queues.some(({ apqn, inUse }) => inUse === true && hasQueue(matrix, apqn))) return true;
  if (guestView && queues.some(({ apqn, status }) => status === "assigned" && hasQueue(guestView, apqn))) return false;
  return undefined;
}
