// /sys as far as AP queues, mdevs and the tools that look for them go.

import { formatApid, parseCardName } from "../ap/apqn.ts";
import { AP_DEVICES, MATRIX_DEVICE, mdevPath } from "../ap/paths.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Host } from "../vfio-ap/host.ts";
import { busDirectory } from "./bus-directory.ts";
import { cardDirectory } from "./card-directory.ts";
import { matrixDirectory } from "./matrix-directory.ts";
import { mdevName, mdevNamed, mdevNames } from "./mdev-names.ts";
import { moduleDirectory } from "./module-directory.ts";
import { type Directory, directory, directoryOf, link, linkDirectory, readOnly } from "./node.ts";
import { silentUeventFile, ueventFile, ueventTrigger } from "./uevent-file.ts";
import { z90cryptDirectory } from "./z90crypt-directory.ts";

export function rootDirectory(host: Host): Directory {
  // Without the instructions neither the bus nor vfio_ap comes up.
  if (host.state.facts.lacks.has("ap")) return directory({ bus: () => directory({}), devices: () => directory({}) });
  return directory({
    bus: () =>
      directory({
        ap: () => busDirectory(host),
        matrix: () => matrixBus(host),
        mdev: () => mdevBus(host),
      }),
    class: () =>
      directory({
        mdev_bus: () => directory({ matrix: () => link(`../../${MATRIX_DEVICE}`) }),
        misc: () => directory({ z90crypt: () => link("../../devices/virtual/misc/z90crypt") }),
      }),
    devices: () =>
      directory({
        ap: () => apDevices(host),
        vfio_ap: () => vfioApDevices(host),
        virtual: () => directory({ misc: () => directory({ z90crypt: z90cryptDirectory }) }),
      }),
    firmware: () => (host.state.facts.apsb ? directory({ uv: () => ultravisor(host) }) : undefined),
    kernel: () => directory({ iommu_groups: () => iommuGroups(host) }),
    module: () => moduleDirectory(host),
  });
}

/** The machine can have Secure Execution guests; whether this is one, or has some. */
const ultravisor = ({ state: { facts } }: Host): Directory =>
  directory({
    prot_virt_guest: () => readOnly(() => (facts.se ? "1" : "0")),
    prot_virt_host: () => readOnly(() => "0"),
  });

function apDevices(host: Host): Directory {
  return directory(
    {
      uevent: () =>
        ueventFile(
          () => [],
          (event) => tell(host, { kind: "uevent", device: `/${AP_DEVICES}`, ...event, properties: [] }),
        ),
    },
    {
      names: () => host.state.cards.ids().map((apid) => `card${formatApid(apid)}`),
      child: (name) => {
        const apid = parseCardName(name);
        return apid !== undefined && host.state.cards.has(apid) ? cardDirectory(host, apid) : undefined;
      },
    },
  );
}

const vfioApDevices = (host: Host): Directory =>
  directory({
    matrix: () => matrixDirectory(host),
    module: () => link("../../module/vfio_ap"),
    uevent: () => silentUeventFile(),
  });

/** Its driver has no bind and unbind: the matrix device cannot be taken from it. */
function matrixBus(host: Host): Directory {
  const driver = () =>
    directory({
      matrix: () => link(`../../../../${MATRIX_DEVICE}`),
      uevent: () => ueventTrigger(host, "/bus/matrix/drivers/vfio_ap"),
    });
  return directory({
    devices: () => directory({ matrix: () => link(`../../../${MATRIX_DEVICE}`) }),
    drivers: () => directory({ vfio_ap: driver }),
    uevent: () => ueventTrigger(host, "/bus/matrix"),
  });
}

function mdevBus(host: Host): Directory {
  const mdevs = (up: string) => ({
    names: () => mdevNames(host),
    child: (name: string) => (mdevNamed(host, name) ? link(`${up}/${mdevPath(name)}`) : undefined),
  });
  const driver = {
    module: () => link("../../../../module/vfio_ap"),
    uevent: () => ueventTrigger(host, "/bus/mdev/drivers/vfio_ap_mdev"),
  };
  return directory({
    devices: () => linkDirectory(mdevs("../../..")),
    drivers: () => directory({ vfio_ap_mdev: () => directory(driver, mdevs("../../../..")) }),
    uevent: () => ueventTrigger(host, "/bus/mdev"),
  });
}

/** One group for each mdev, numbered by its place. */
function iommuGroups(host: Host): Directory {
  const groupOf = (name: string) => {
    const mdev = host.state.mdevs[Number(name)];
    return !mdev || mdev.isFree || mdev.isBeingRemoved || `${mdev.index}` !== name ? undefined : mdevName(mdev);
  };
  return directoryOf({
    names: () => mdevNames(host).map((uuid) => `${mdevNamed(host, uuid)?.index}`),
    child: (name) => {
      const uuid = groupOf(name);
      if (uuid === undefined) return undefined;
      return directory({
        devices: () => directory({ [uuid]: () => link(`../../../../${mdevPath(uuid)}`) }),
      });
    },
  });
}
