// /sys/bus/ap/drivers/NAME: bind, unbind, and links to the devices the driver has. docs/kernel/bus.md §4.4.

import { type Apqn, formatApid, formatApqn, parseApqn, parseCardName } from "../ap/apqn.ts";
import { AP_DEVICES, driverPath } from "../ap/paths.ts";
import { refused } from "../ap/result.ts";
import { bind, type DeviceName, type DriverName, unbind } from "../bus/manual-binding.ts";
import type { Host } from "../vfio-ap/host.ts";
import { type Directory, directory, link, stored, writeOnly } from "./node.ts";
import { ueventTrigger } from "./uevent-file.ts";

/** A device as written to bind, unbind or drivers_probe: its exact name, one newline may follow. */
export function deviceNamed(text: string): DeviceName | undefined {
  const name = text.endsWith("\n") ? text.slice(0, -1) : text;
  const apqn = parseApqn(name);
  if (apqn !== undefined) return { kind: "queue", apqn };
  const apid = parseCardName(name);
  return apid === undefined ? undefined : { kind: "card", apid };
}

/** There is a device of this queue. */
export const queueExists = ({ state }: Host, apqn: Apqn): boolean => state.holds(apqn) && state.devices.has(apqn);

const NO_SUCH_DEVICE = refused("ENODEV", "no-such-device");

export function driverDirectory(host: Host, driver: DriverName): Directory {
  const cards = () => (driver === "cex4card" ? host.state.cardsBound.ids() : []);
  const bits = () => (driver === "vfio_ap" ? host.state.vfioBound : host.state.cexBound);
  const queues = () => (driver === "cex4card" ? [] : bits().queues());
  return directory(
    {
      bind: () =>
        writeOnly((text) => {
          const device = deviceNamed(text);
          return device ? stored(bind(host, driver, device)) : NO_SUCH_DEVICE;
        }),
      unbind: () =>
        writeOnly((text) => {
          const device = deviceNamed(text);
          return device ? stored(unbind(host, driver, device)) : NO_SUCH_DEVICE;
        }),
      module: () =>
        driver === "vfio_ap" ? link("../../../../module/vfio_ap") : link("../../../../module/zcrypt_cex4"),
      uevent: () => ueventTrigger(host, `/${driverPath(driver)}`),
    },
    {
      names: () => [...cards().map((apid) => `card${formatApid(apid)}`), ...queues().map(formatApqn)],
      child: (name) => {
        const device = deviceNamed(name);
        if (!device || name.endsWith("\n")) return undefined;
        if (device.kind === "card") {
          const mine = driver === "cex4card" && host.state.cardsBound.has(device.apid);
          return mine ? link(`../../../../${AP_DEVICES}/${name}`) : undefined;
        }
        const mine = driver !== "cex4card" && queueExists(host, device.apqn) && bits().has(device.apqn);
        return mine ? link(`../../../../${AP_DEVICES}/card${name.slice(0, 2)}/${name}`) : undefined;
      },
    },
  );
}
