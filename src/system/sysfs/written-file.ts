// Which file of /sys a write is about, by any of its paths: the inverse of writes.ts.
import { type Apqn, parseApqn } from "../ap/apqn.ts";
import type { OwnershipMask, Write } from "./writes.ts";

export type WrittenFile =
  | { readonly kind: "create" }
  | { readonly kind: "mdev"; readonly uuid: string; readonly attribute: string }
  | { readonly kind: "mask"; readonly mask: OwnershipMask }
  | {
      readonly kind: "driver";
      readonly driver: string;
      readonly file: "bind" | "unbind";
      /** The queue that is written; undefined: something else. */
      readonly apqn: Apqn | undefined;
    }
  | { readonly kind: "queue"; readonly apqn: Apqn; readonly attribute: string }
  | { readonly kind: "other" };

const CREATE = /\/mdev_supported_types\/vfio_ap-passthrough\/create$/;
const MDEV = /^(?:devices\/vfio_ap\/matrix|bus\/mdev\/devices)\/([0-9a-f-]{36})\/([a-z_]+)$/;
const MASK = /^bus\/ap\/(apmask|aqmask)$/;
const DRIVER = /^bus\/ap\/drivers\/(vfio_ap|cex4queue|cex4card)\/(bind|unbind)$/;
const QUEUE = /^(?:devices\/ap\/card[0-9a-f]{2}|bus\/ap\/devices)\/([0-9a-f]{2}\.[0-9a-f]{4})\/([a-z_]+)$/;

/** @param write its path without links that are not named here, and below /sys */
export function writtenFile([path, value]: Write): WrittenFile {
  const mdev = MDEV.exec(path);
  if (mdev) return { kind: "mdev", uuid: mdev[1] as string, attribute: mdev[2] as string };
  const mask = MASK.exec(path);
  if (mask) return { kind: "mask", mask: mask[1] as OwnershipMask };
  const driver = DRIVER.exec(path);
  if (driver) {
    const apqn = parseApqn(value.replace(/\n$/, ""));
    return { kind: "driver", driver: driver[1] as string, file: driver[2] as "bind" | "unbind", apqn };
  }
  if (CREATE.test(path)) return { kind: "create" };
  const queue = QUEUE.exec(path);
  const apqn = queue ? parseApqn(queue[1] as string) : undefined;
  return queue && apqn !== undefined ? { kind: "queue", apqn, attribute: queue[2] as string } : { kind: "other" };
}

/** Writes that free queues or make and remove mdevs: those that come before any matrix. */
export function isPreparation(write: Write): boolean {
  const file = writtenFile(write);
  switch (file.kind) {
    case "create":
    case "mask":
      return true;
    case "mdev":
      return file.attribute === "remove";
    case "queue":
      return file.attribute === "driver_override";
    case "driver":
      return file.driver === "cex4queue" && file.file === "unbind";
    case "other":
      return false;
  }
}
