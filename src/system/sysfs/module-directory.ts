// /sys/module: the modules of the AP bus and its drivers, as far as tools look whether they are loaded.
import type { Host } from "../vfio-ap/host.ts";
import { type Attribute, type Directory, directory, type Entries, link, readOnly } from "./node.ts";
import { ueventTrigger } from "./uevent-file.ts";

export function moduleDirectory(host: Host): Directory {
  const { moduleParameters } = host.profile;
  return directory({
    // Part of the kernel: it shows its parameters, but no state.
    ap: () =>
      directory({
        parameters: () => busParameters(host),
        uevent: () => ueventTrigger(host, "/module/ap"),
      }),
    vfio_ap: () =>
      loaded(host, "vfio_ap", {
        drivers: drivers({ "ap:vfio_ap": "ap/drivers/vfio_ap", "mdev:vfio_ap_mdev": "mdev/drivers/vfio_ap_mdev" }),
      }),
    zcrypt: () =>
      loaded(host, "zcrypt", {
        parameters: () => (moduleParameters.zcrypt ? directory(ZCRYPT_PARAMETERS[moduleParameters.zcrypt]) : undefined),
      }),
    zcrypt_cex4: () =>
      loaded(host, "zcrypt_cex4", {
        drivers: drivers({ "ap:cex4card": "ap/drivers/cex4card", "ap:cex4queue": "ap/drivers/cex4queue" }),
      }),
  });
}

const parameter =
  (mode: number, value: () => number | string): (() => Attribute) =>
  () => ({ ...readOnly(() => `${value()}`), mode });

/** The domain is the one that is used now, all others are as the kernel was started. A text that was not given reads so. */
function busParameters({ state, profile }: Host): Directory {
  const { mode, messagePool } = profile.moduleParameters;
  const { parameters } = state.facts;
  return directory({
    domain: parameter(mode, () => state.get("domain") - 1),
    poll_thread: parameter(mode, () => 0),
    apmask: parameter(mode, () => parameters.apmask ?? "(null)"),
    aqmask: parameter(mode, () => parameters.aqmask ?? "(null)"),
    useirq: parameter(mode, () => 1),
    msgpool_min_items: messagePool === undefined ? undefined : parameter(messagePool, () => 8),
  });
}

const ZCRYPT_PARAMETERS = {
  hwrng_seed: { hwrng_seed: parameter(0o440, () => 1) },
  mempool_threshold: { mempool_threshold: parameter(0o400, () => 5) },
} as const satisfies Record<string, Entries>;

/** @param paths the module's drivers, and where they are below /sys/bus */
const drivers = (paths: Readonly<Record<string, string>>) => (): Directory =>
  directory(
    Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, () => link(`../../../bus/${path}`)])),
  );

const loaded = (host: Host, name: string, entries: Entries): Directory =>
  directory({
    ...entries,
    initstate: () => readOnly(() => "live"),
    uevent: () => ueventTrigger(host, `/module/${name}`),
  });
