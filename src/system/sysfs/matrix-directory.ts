// /sys/devices/vfio_ap/matrix: the matrix device, the one type of its mdevs, and the mdevs. docs/kernel/device.md §1, §2.
import { MATRIX_DEVICE } from "../ap/paths.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "../vfio-ap/host.ts";
import { createMdev, instancesLeft } from "../vfio-ap/mdev-life.ts";
import { parseUuid } from "../vfio-ap/uuid.ts";
import { mdevDirectory } from "./mdev-directory.ts";
import { mdevNamed, mdevNames } from "./mdev-names.ts";
import { type Directory, directory, link, linkDirectory, MALFORMED, readOnly, stored, writeOnly } from "./node.ts";
import { ueventFile } from "./uevent-file.ts";

const UUID_LENGTH = 36;

export function matrixDirectory(host: Host): Directory {
  return directory(
    {
      features: () => {
        const { matrixFeatures } = host.profile;
        return matrixFeatures === undefined ? undefined : readOnly(() => matrixFeatures);
      },
      mdev_supported_types: () => directory({ "vfio_ap-passthrough": () => typeDirectory(host) }),
      uevent: () =>
        ueventFile(
          // No DEVTYPE: by the bus alone tools know this device.
          () => ["DRIVER=vfio_ap"],
          (event) => tell(host, { kind: "uevent", device: `/${MATRIX_DEVICE}`, ...event, properties: [] }),
        ),
      driver: () => link("../../../bus/matrix/drivers/vfio_ap"),
      subsystem: () => link("../../../bus/matrix"),
    },
    {
      names: () => mdevNames(host),
      child: (name) => (mdevNamed(host, name) ? mdevDirectory(host, () => mdevNamed(host, name) as Mdev) : undefined),
    },
  );
}

function typeDirectory(host: Host): Directory {
  return directory({
    name: () => readOnly(() => "VFIO AP Passthrough Device"),
    device_api: () => readOnly(() => "vfio-ap"),
    available_instances: () => readOnly(() => `${instancesLeft(host)}`),
    // One more character than a UUID has may be there, and it may be any (docs/kernel/faults.md B-22).
    create: () =>
      writeOnly((text, length) => {
        if (length !== UUID_LENGTH && length !== UUID_LENGTH + 1) return MALFORMED;
        const uuid = parseUuid(text.slice(0, UUID_LENGTH));
        return uuid ? stored(createMdev(host, uuid)) : MALFORMED;
      }),
    devices: () =>
      linkDirectory({
        names: () => mdevNames(host),
        child: (name) => (mdevNamed(host, name) ? link(`../../../${name}`) : undefined),
      }),
  });
}
