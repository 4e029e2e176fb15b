// /sys/bus/ap: the attributes of the bus and links to its devices and drivers. docs/kernel/bus.md §2, §3.

import { formatApid, formatApqn, parseApqn, parseCardName } from "../ap/apqn.ts";
import { asApqi, ID_LIMIT } from "../ap/id.ts";
import type { Mask } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { AP_BUS, AP_DEVICES } from "../ap/paths.ts";
import { refused } from "../ap/result.ts";
import { driversProbe } from "../bus/manual-binding.ts";
import { mayWriteMasks, storeApmask, storeAqmask } from "../bus/masks.ts";
import { scan } from "../bus/scan.ts";
import { busMaxima } from "../machine/facts.ts";
import type { Host } from "../vfio-ap/host.ts";
import { deviceNamed, driverDirectory, existingQueues, queueExists } from "./driver-directory.ts";
import { parseMask } from "./mask-grammar.ts";
import {
  type Directory,
  directory,
  link,
  linkDirectory,
  MALFORMED,
  readOnly,
  readWrite,
  STORED,
  stored,
  writeOnly,
} from "./node.ts";
import { kstrtobool, kstrtoul, sscanfInt } from "./number-grammar.ts";
import { ueventTrigger } from "./uevent-file.ts";

const DOMAIN_NOT_USABLE = refused("EINVAL", "domain-not-usable");
const NO_SUCH_DEVICE = refused("ENODEV", "no-such-device");

const CONFIG_TIME = { min: 5, max: 120 } as const;
const POLL_TIMEOUT_MAX = 120_000_000_000;
const WORD = 2 ** 32;

/** Flags of the query instruction that this machine shows, in the kernel's order. */
function features({ state: { facts } }: Host): string {
  if (!facts.qci) return "-";
  return facts.apxa ? "APSC APXA" : "APSC";
}

function bindings({ state }: Host): string {
  let [bound, all] = [0, 0];
  for (let a = state.cards.next(0); a >= 0; a = state.cards.next(a + 1)) {
    const apid = a as Exclude<typeof a, -1>;
    all += state.devices.row(apid).count();
    bound += state.vfioBound.row(apid).count() + state.cexBound.row(apid).count();
  }
  return `${bound}/${all}${bound === all && state.get("scannedOnce") !== 0 ? " (complete)" : ""}`;
}

export function busDirectory(host: Host): Directory {
  const { facts } = host.state;
  const { maxAdapter, maxDomain } = busMaxima(facts);
  const qciMask = (mask: () => Mask<never>) => () => readOnly(() => (facts.qci ? formatMask(mask()) : "not supported"));
  const number = (value: () => number | string) => () => readOnly(() => `${value()}`);

  return directory({
    ap_domain: () =>
      readWrite(
        () => `${host.state.get("domain") - 1}`,
        (text) => {
          const domain = sscanfInt(text, "%i");
          if (domain === undefined) return MALFORMED;
          if (domain < 0 || domain > maxDomain || !host.state.aqmask.has(asApqi(domain))) {
            return DOMAIN_NOT_USABLE;
          }
          host.state.set("domain", domain + 1);
          return STORED;
        },
      ),
    ap_control_domain_mask: qciMask(() => host.state.qci.adm as Mask<never>),
    ap_usage_domain_mask: qciMask(() => host.state.qci.aqm as Mask<never>),
    ap_adapter_mask: qciMask(() => host.state.qci.apm as Mask<never>),
    ap_interrupts: number(() => 0),
    config_time: () =>
      readWrite(
        () => `${host.state.get("configTime")}`,
        (text) => {
          const seconds = sscanfInt(text, "%d");
          if (seconds === undefined || seconds < CONFIG_TIME.min || seconds > CONFIG_TIME.max) return MALFORMED;
          host.state.set("configTime", seconds);
          return STORED;
        },
      ),
    poll_thread: () =>
      readWrite(
        () => `${host.state.get("pollThread")}`,
        (text) => {
          const on = kstrtobool(text);
          if (on === undefined) return MALFORMED;
          host.state.set("pollThread", on ? 1 : 0);
          return STORED;
        },
      ),
    poll_timeout: () =>
      readWrite(
        () => `${host.state.get("pollTimeoutHigh") * WORD + host.state.get("pollTimeoutLow")}`,
        (text) => {
          const nanoseconds = kstrtoul(text);
          if (nanoseconds < 0) return numberRefusal(nanoseconds);
          if (nanoseconds > POLL_TIMEOUT_MAX) return MALFORMED;
          host.state.set("pollTimeoutHigh", Math.floor(nanoseconds / WORD));
          host.state.set("pollTimeoutLow", nanoseconds % WORD);
          return STORED;
        },
      ),
    ap_max_domain_id: number(() => maxDomain),
    ap_max_adapter_id: number(() => maxAdapter),
    apmask: () =>
      readWrite(
        () => formatMask(host.state.apmask),
        (text) => {
          const may = mayWriteMasks(host);
          if (!may.ok) return may;
          const mask = parseMask(text, host.state.apmask, host.profile.maskNumbers);
          return mask ? stored(storeApmask(host, mask)) : MALFORMED;
        },
      ),
    aqmask: () =>
      readWrite(
        () => formatMask(host.state.aqmask),
        (text) => {
          const may = mayWriteMasks(host);
          if (!may.ok) return may;
          const mask = parseMask(text, host.state.aqmask, host.profile.maskNumbers);
          return mask ? stored(storeAqmask(host, mask)) : MALFORMED;
        },
      ),
    scans: () =>
      readWrite(
        () => `${host.state.get("scans")}`,
        () => {
          scan(host);
          return STORED;
        },
      ),
    bindings: number(() => bindings(host)),
    bindings_complete_count: () =>
      host.profile.bindingsCompleteCount ? readOnly(() => `${host.state.get("bindingsCompleteCount")}`) : undefined,
    features: () => (host.profile.busFeatures ? readOnly(() => features(host)) : undefined),
    drivers_autoprobe: () =>
      readWrite(
        () => `${host.state.get("autoprobe")}`,
        (text) => {
          // Anything but a leading 0 switches it on.
          host.state.set("autoprobe", text.startsWith("0") ? 0 : 1);
          return STORED;
        },
      ),
    drivers_probe: () =>
      writeOnly((text) => {
        const device = deviceNamed(text);
        return device ? stored(driversProbe(host, device)) : NO_SUCH_DEVICE;
      }),
    uevent: () => ueventTrigger(host, `/${AP_BUS}`),
    devices: () => devicesDirectory(host),
    drivers: () =>
      directory({
        cex4card: () => driverDirectory(host, "cex4card"),
        cex4queue: () => driverDirectory(host, "cex4queue"),
        vfio_ap: () => driverDirectory(host, "vfio_ap"),
      }),
  });
}

/** What kstrtoul found wrong, as an errno: EINVAL or ERANGE. */
const TOO_BIG_NUMBER = refused("ERANGE", { kind: "number-too-large", max: ID_LIMIT - 1 });
export const numberRefusal = (value: number) => (value === -2 ? TOO_BIG_NUMBER : MALFORMED);

/** Links to every card and queue device. */
function devicesDirectory(host: Host): Directory {
  return linkDirectory({
    names: () => [
      ...host.state.cards.ids().map((apid) => `card${formatApid(apid)}`),
      ...existingQueues(host).map(formatApqn),
    ],
    child: (name) => {
      const apid = parseCardName(name);
      if (apid !== undefined) return host.state.cards.has(apid) ? link(`../../../${AP_DEVICES}/${name}`) : undefined;
      const apqn = parseApqn(name);
      if (apqn === undefined || !queueExists(host, apqn)) return undefined;
      return link(`../../../${AP_DEVICES}/card${name.slice(0, 2)}/${name}`);
    },
  });
}
