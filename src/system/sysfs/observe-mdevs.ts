// Mdevs as their directories show them: ap_config where the kernel has it, because a page is too small for the text of a large
// matrix. docs/kernel/device.md §4.

import { MATRIX_DEVICE, mdevPath } from "../ap/paths.ts";
import { hasQueue } from "../ap/product.ts";
import { formatUuid, parseUuid } from "../vfio-ap/uuid.ts";
import { parseApConfig } from "./ap-config-grammar.ts";
import type { ObservedMatrix, ObservedMdev, ObservedQueue } from "./observed-host.ts";
import { readControlDomainsText, readMatrixText } from "./read-matrix.ts";
import type { SysfsReader } from "./sysfs-reader.ts";

export function observeMdevs(reader: SysfsReader, queues: readonly ObservedQueue[]): readonly ObservedMdev[] {
  return reader.names(MATRIX_DEVICE).flatMap((name): ObservedMdev[] => {
    const uuid = parseUuid(name);
    if (uuid === undefined) return [];
    if (formatUuid(uuid) === name) return [observeMdev(reader, name, queues)];
    reader.odd(mdevPath(name));
    return [];
  });
}

/** @param queues that tell whether a guest runs */
export function observeMdev(reader: SysfsReader, uuid: string, queues: readonly ObservedQueue[]): ObservedMdev {
  const at = mdevPath(uuid);
  const guestView = reader.parsedText(`${at}/guest_matrix`, readMatrixText);
  const config = reader.parsedText(`${at}/ap_config`, parseApConfig);
  const shown = reader.parsedText(`${at}/matrix`, readMatrixText);
  const matrix = config ? { apm: config.apm, aqm: config.aqm, isCut: false } : shown;
  const shownControls = reader.parsedText(`${at}/control_domains`, readControlDomainsText);
  const controlDomains = config?.adm ?? shownControls;
  if (matrix === undefined) reader.lacks(`${at}/matrix`);
  if (controlDomains === undefined) reader.lacks(`${at}/control_domains`);
  return {
    uuid,
    matrix,
    controlDomains,
    guestView,
    isRunning: isRunning(queues, matrix, guestView),
  };
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
