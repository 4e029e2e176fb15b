// /sys as far as AP queues, mdevs and the tools that look for them go.
import { formatApid, parseCardName } from "../ap/apqn.ts";
import { busUevent } from "../bus/uevents.ts";
import type { Host } from "../vfio-ap/host.ts";
import { busDirectory } from "./bus-directory.ts";
import { cardDirectory } from "./card-directory.ts";
import { matrixDirectory } from "./matrix-directory.ts";
import { mdevNamed, mdevNames } from "./mdev-names.ts";
import { type Directory, directory, directoryOf, link, linkDirectory, STORED, writeOnly } from "./node.ts";
import { ueventFile } from "./uevent-file.ts";

const emptyUevent = () => writeOnly(() => STORED);

export function rootDirectory(host: Host): Directory {
  return directory({
    bus: () =>
      directory({
        ap: () => busDirectory(host),
        matrix: () => matrixBus(),
        mdev: () => mdevBus(host),
      }),
    class: () =>
      directory({
        mdev_bus: () => directory({ matrix: () => link("../../devices/vfio_ap/matrix") }),
      }),
    devices: () =>
      directory({
        ap: () => apDevices(host),
        vfio_ap: () => directory({ matrix: () => matrixDirectory(host), uevent: emptyUevent }),
      }),
    kernel: () => directory({ iommu_groups: () => iommuGroups(host) }),
    module: () =>
      directory({ ap: () => directory({}), vfio_ap: () => directory({}), zcrypt_cex4: () => directory({}) }),
  });
}

function apDevices(host: Host): Directory {
  return directory(
    {
      uevent: () =>
        ueventFile(
          () => [],
          () => busUevent(host),
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

function matrixBus(): Directory {
  return directory({
    devices: () => directory({ matrix: () => link("../../../devices/vfio_ap/matrix") }),
    drivers: () =>
      directory({ vfio_ap: () => directory({ matrix: () => link("../../../../devices/vfio_ap/matrix") }) }),
    uevent: emptyUevent,
  });
}

function mdevBus(host: Host): Directory {
  const mdevs = (up: string) => ({
    names: () => mdevNames(host),
    child: (name: string) => (mdevNamed(host, name) ? link(`${up}/devices/vfio_ap/matrix/${name}`) : undefined),
  });
  return directory({
    devices: () => linkDirectory(mdevs("../../..")),
    drivers: () => directory({ vfio_ap_mdev: () => directory({ uevent: emptyUevent }, mdevs("../../../..")) }),
    uevent: emptyUevent,
  });
}

/** One group for each mdev, numbered by its place. */
function iommuGroups(host: Host): Directory {
  const groupOf = (name: string) => mdevNames(host).find((uuid) => `${mdevNamed(host, uuid)?.index}` === name);
  return directoryOf({
    names: () => mdevNames(host).map((uuid) => `${mdevNamed(host, uuid)?.index}`),
    child: (name) => {
      const uuid = groupOf(name);
      if (uuid === undefined) return undefined;
      return directory({
        devices: () => directory({ [uuid]: () => link(`../../../../devices/vfio_ap/matrix/${uuid}`) }),
      });
    },
  });
}
