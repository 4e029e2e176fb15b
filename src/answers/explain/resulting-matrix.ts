// The matrix that an mdev would have after a write.
import { asApid, asApqi } from "../../system/ap/id.ts";
import { copyProduct, type Product } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { parseApConfig } from "../../system/sysfs/ap-config-grammar.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export interface ResultingMatrix extends Product {
  readonly mdev: Mdev;
}

/** The matrix that a write to an mdev asks for; undefined if it asks for none or its text is wrong. */
export function resultingMatrix(host: Host, write: Write): ResultingMatrix | undefined {
  const file = writtenFile(write);
  const mdev = file.kind === "mdev" ? mdevNamed(host, file.uuid) : undefined;
  if (file.kind !== "mdev" || !mdev) return undefined;
  const [, value] = write;
  const { apm, aqm } = copyProduct(mdev.matrix);
  const id = kstrtoul(value);
  const inRange = id >= 0 && id < 256;
  switch (file.attribute) {
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
