// /sys/devices/vfio_ap/matrix/UUID: the attributes of a mediated device. docs/kernel/device.md §3.2, §4, §5.

import { asApid, asApqi, asControlDomain, ID_LIMIT } from "../ap/id.ts";
import { formatMask } from "../ap/mask-text.ts";
import { mdevPath } from "../ap/paths.ts";
import { type Result, refused } from "../ap/result.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Mdev } from "../machine/mdev.ts";
import { writeApConfig } from "../vfio-ap/ap-config.ts";
import { assignAdapter, assignControlDomain, assignDomain, checkMayChange, tooLarge } from "../vfio-ap/assign.ts";
import type { Host } from "../vfio-ap/host.ts";
import { removeMdev } from "../vfio-ap/mdev-life.ts";
import { unassignAdapter, unassignControlDomain, unassignDomain } from "../vfio-ap/unassign.ts";
import { parseApConfig } from "./ap-config-grammar.ts";
import { numberRefusal } from "./bus-directory.ts";
import { controlDomainsText, matrixText } from "./matrix-text.ts";
import { mdevName } from "./mdev-names.ts";
import {
  type Attribute,
  type Directory,
  directory,
  link,
  MALFORMED,
  readOnlyText,
  readWrite,
  STORED,
  stored,
  writeOnly,
} from "./node.ts";
import { kstrtoul, NOT_A_NUMBER } from "./number-grammar.ts";
import { ueventFile } from "./uevent-file.ts";

type NumberRule = (host: Host, mdev: Mdev, id: number) => Result<void>;

const NUMBER_RULES: Readonly<Record<string, NumberRule>> = {
  assign_adapter: (host, mdev, id) => assignAdapter(host, mdev, asApid(id)),
  unassign_adapter: (host, mdev, id) => unassignAdapter(host, mdev, asApid(id)),
  assign_domain: (host, mdev, id) => assignDomain(host, mdev, asApqi(id)),
  unassign_domain: (host, mdev, id) => unassignDomain(host, mdev, asApqi(id)),
  assign_control_domain: (host, mdev, id) => assignControlDomain(host, mdev, asControlDomain(id)),
  unassign_control_domain: (host, mdev, id) => unassignControlDomain(host, mdev, asControlDomain(id)),
};

/** A write of one number to one of the six attributes that take one. */
export function numberAttribute(host: Host, mdev: () => Mdev, name: string): Attribute {
  const rule = NUMBER_RULES[name] as NumberRule;
  return writeOnly((text) => {
    const may = checkMayChange(host, mdev());
    if (!may.ok) return may;
    const id = kstrtoul(text);
    if (id < 0) return numberRefusal(id);
    // Numbers that no machine has never become ids.
    return id < ID_LIMIT ? stored(rule(host, mdev(), id)) : tooLarge(ID_LIMIT - 1);
  });
}

const NOT_ATTACHED = refused("ENODEV", "no-guest");

export function mdevDirectory(host: Host, mdev: () => Mdev): Directory {
  const number = (name: string) => () => numberAttribute(host, mdev, name);
  const text = (make: () => string) => () => readOnlyText(() => ({ ok: true, value: make() }));
  return directory({
    // One by one: planners look this directory up a hundred thousand times a second.
    assign_adapter: number("assign_adapter"),
    unassign_adapter: number("unassign_adapter"),
    assign_domain: number("assign_domain"),
    unassign_domain: number("unassign_domain"),
    assign_control_domain: number("assign_control_domain"),
    unassign_control_domain: number("unassign_control_domain"),
    matrix: text(() => matrixText(mdev().matrix.apm, mdev().matrix.aqm)),
    guest_matrix: () => guestMatrixFile(host, mdev),
    control_domains: text(() => controlDomainsText(mdev().matrix.adm)),
    ap_config: () => (host.profile.apConfig ? apConfigFile(host, mdev) : undefined),
    remove: () =>
      writeOnly((written) => {
        const value = kstrtoul(written);
        // Overflow is EINVAL here, too.
        if (value <= NOT_A_NUMBER) return MALFORMED;
        if (value === 0) return STORED;
        return { ok: true, value: removeMdev(host, mdev()) === "waits" ? "waits" : "stored" };
      }),
    uevent: () =>
      ueventFile(
        () => ["DRIVER=vfio_ap_mdev"],
        (event) => {
          const device = `/${mdevPath(mdevName(mdev()))}`;
          tell(host, { kind: "uevent", device, ...event, properties: [] });
        },
      ),
    mdev_type: () => link("../mdev_supported_types/vfio_ap-passthrough"),
    driver: () => link("../../../../bus/mdev/drivers/vfio_ap_mdev"),
    subsystem: () => link("../../../../bus/mdev"),
    iommu_group: () => link(`../../../../kernel/iommu_groups/${mdev().index}`),
  });
}

function guestMatrixFile(host: Host, mdev: () => Mdev): Attribute | undefined {
  if (host.profile.guestMatrix === "absent") return undefined;
  return readOnlyText(() => {
    if (host.profile.guestMatrix === "attached" && !mdev().isAttached) return NOT_ATTACHED;
    return { ok: true, value: matrixText(mdev().shadow.apm, mdev().shadow.aqm) };
  });
}

function apConfigFile(host: Host, mdev: () => Mdev): Attribute {
  return readWrite(
    () => {
      const { apm, aqm, adm } = mdev().matrix;
      return `${formatMask(apm)},${formatMask(aqm)},${formatMask(adm)}`;
    },
    (text) => {
      const masks = parseApConfig(text);
      return masks ? stored(writeApConfig(host, mdev(), masks)) : MALFORMED;
    },
  );
}
