// /sys/module: the modules of the AP bus and its drivers, as far as tools look whether they are loaded.
import type { Host } from "../vfio-ap/host.ts";
import { type Attribute, type Directory, directory, type Entries, link, readOnly } from "./node.ts";
import { ueventTrigger } from "./uevent-file.ts";

export function moduleDirectory(host: Host): Directory {
  return directory({
    ap: () => builtIn(host, "ap", { domain: () => host.state.get("domain") - 1, poll_thread: () => 0 }),
    vfio_ap: () =>
      loaded(host, "vfio_ap", { "ap:vfio_ap": "ap/drivers/vfio_ap", "mdev:vfio_ap_mdev": "mdev/drivers/vfio_ap_mdev" }),
    zcrypt: () => loaded(host, "zcrypt", {}),
    zcrypt_cex4: () =>
      loaded(host, "zcrypt_cex4", { "ap:cex4card": "ap/drivers/cex4card", "ap:cex4queue": "ap/drivers/cex4queue" }),
  });
}

/** Parameters are for root's eyes only. */
const parameter = (value: () => number): Attribute => ({ ...readOnly(() => `${value()}`), mode: 0o440 });

/** Part of the kernel: it shows its parameters, but no state. */
function builtIn(host: Host, name: string, parameters: Readonly<Record<string, () => number>>): Directory {
  const entries = Object.entries(parameters).map(([key, value]) => [key, () => parameter(value)] as const);
  return directory({
    parameters: () => directory(Object.fromEntries(entries)),
    uevent: () => ueventTrigger(host, `/module/${name}`),
  });
}

/** @param drivers the module's drivers, and where they are below /sys/bus */
function loaded(host: Host, name: string, drivers: Readonly<Record<string, string>>): Directory {
  const links: Entries = Object.fromEntries(
    Object.entries(drivers).map(([driver, path]) => [driver, () => link(`../../../bus/${path}`)]),
  );
  return directory({
    drivers: () => (Object.keys(links).length > 0 ? directory(links) : undefined),
    initstate: () => readOnly(() => "live"),
    uevent: () => ueventTrigger(host, `/module/${name}`),
  });
}
