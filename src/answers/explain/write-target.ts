// What a write is about: which mdev or queue, which attribute, and the matrix that would result.
import { type Apqn, parseApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { type Apm, type Aqm, newMask } from "../../system/ap/mask.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { parseApConfig } from "../../system/sysfs/ap-config-grammar.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

const MDEV = /^(?:devices\/vfio_ap\/matrix|bus\/mdev\/devices)\/([0-9a-f-]{36})\/([a-z_]+)$/;
const MASK = /^bus\/ap\/(apmask|aqmask)$/;
const DRIVER = /^bus\/ap\/drivers\/(vfio_ap|cex4queue|cex4card)\/(bind|unbind)$/;
const QUEUE = /^(?:devices\/ap\/card[0-9a-f]{2}|bus\/ap\/devices)\/([0-9a-f]{2}\.[0-9a-f]{4})\/([a-z_]+)$/;

export type Target =
  | { readonly kind: "mdev"; readonly uuid: string; readonly attribute: string }
  | { readonly kind: "mask"; readonly attribute: "apmask" | "aqmask" }
  | {
      readonly kind: "driver";
      readonly driver: string;
      readonly file: "bind" | "unbind";
      readonly apqn: Apqn | undefined;
    }
  | { readonly kind: "queue"; readonly apqn: Apqn; readonly attribute: string }
  | { readonly kind: "other" };

export function targetOf([path, value]: Write): Target {
  const mdev = MDEV.exec(path);
  if (mdev) return { kind: "mdev", uuid: mdev[1] as string, attribute: mdev[2] as string };
  const mask = MASK.exec(path);
  if (mask) return { kind: "mask", attribute: mask[1] as "apmask" | "aqmask" };
  const driver = DRIVER.exec(path);
  if (driver) {
    const apqn = parseApqn(value.replace(/\n$/, ""));
    return { kind: "driver", driver: driver[1] as string, file: driver[2] as "bind" | "unbind", apqn };
  }
  const queue = QUEUE.exec(path);
  const apqn = queue ? parseApqn(queue[1] as string) : undefined;
  return queue && apqn !== undefined ? { kind: "queue", apqn, attribute: queue[2] as string } : { kind: "other" };
}

export interface ResultingMatrix {
  readonly mdev: Mdev;
  readonly apm: Apm;
  readonly aqm: Aqm;
}

/** The matrix that a write to an mdev asks for; undefined if it asks for none, or cannot be read. */
export function resultingMatrix(host: Host, [path, value]: Write): ResultingMatrix | undefined {
  const target = targetOf([path, value]);
  const mdev = target.kind === "mdev" ? mdevNamed(host, target.uuid) : undefined;
  if (target.kind !== "mdev" || !mdev) return undefined;
  const apm = newMask<Apid>();
  const aqm = newMask<Apqi>();
  apm.copy(mdev.matrix.apm);
  aqm.copy(mdev.matrix.aqm);
  const id = kstrtoul(value);
  const inRange = id >= 0 && id < 256;
  switch (target.attribute) {
    case "assign_adapter":
      if (!inRange) return undefined;
      apm.add(asApid(id));
      return { mdev, apm, aqm };
    case "assign_domain":
      if (!inRange) return undefined;
      aqm.add(asApqi(id));
      return { mdev, apm, aqm };
    case "ap_config": {
      const masks = parseApConfig(value);
      return masks && { mdev, apm: masks.apm, aqm: masks.aqm };
    }
    default:
      return undefined;
  }
}
