// /sys/bus/ap: the attributes of the bus and links to its devices and drivers. docs/kernel/bus.md §2, §3.

import { formatApid, formatApqn, parseApqn, parseCardName } from "../ap/apqn.ts";
import { asApqi, ID_LIMIT, type Id } from "../ap/id.ts";
import type { Mask } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { AP_BUS, AP_DEVICES } from "../ap/paths.ts";
import { type Result, refused } from "../ap/result.ts";
import { driversProbe } from "../bus/manual-binding.ts";
import { mayWriteMasks, storeApmask, storeAqmask } from "../bus/masks.ts";
import { scan } from "../bus/scan.ts";
import { busMaxima } from "../machine/facts.ts";
import type { Scalar } from "../machine/layout.ts";
import type { Host } from "../vfio-ap/host.ts";
import { deviceNamed, driverDirectory, queueExists } from "./driver-directory.ts";
import { parseMask } from "./mask-grammar.ts";
import {
  type Directory,
  directoryOn,
  type Entries,
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
  return ["APSC", ...(facts.apxa ? ["APXA"] : []), ...(facts.apsb ? ["APSB"] : [])].join(" ");
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

const shown = (value: (host: Host) => number | string) => (host: Host) => readOnly(() => `${value(host)}`);

const machineMask = (name: "apm" | "aqm" | "adm") =>
  shown(({ state: { facts, qci } }) => (facts.qci ? formatMask(qci[name]) : "not supported"));

/**
 * A number that the bus keeps.
 *
 * @param parse what a text stands for; undefined: nothing
 */
const setting = (name: Scalar, parse: (text: string) => number | undefined) => (host: Host) =>
  readWrite(
    () => `${host.state.get(name)}`,
    (text) => {
      const value = parse(text);
      if (value === undefined) return MALFORMED;
      host.state.set(name, value);
      return STORED;
    },
  );

const ownerMask =
  <I extends Id>(maskOf: (host: Host) => Mask<I>, store: (host: Host, to: Mask<I>) => Result<void>) =>
  (host: Host) =>
    readWrite(
      () => formatMask(maskOf(host)),
      (text) => {
        const may = mayWriteMasks(host);
        if (!may.ok) return may;
        const mask = parseMask(text, maskOf(host), host.profile.maskNumbers);
        return mask ? stored(store(host, mask)) : MALFORMED;
      },
    );

const ENTRIES: Entries<Host> = {
  ap_domain: (host) =>
    readWrite(
      () => `${host.state.get("domain") - 1}`,
      (text) => {
        const domain = sscanfInt(text, "%i");
        if (domain === undefined) return MALFORMED;
        const isDomain = domain >= 0 && domain <= busMaxima(host.state.facts).maxDomain;
        if (!isDomain || !host.state.aqmask.has(asApqi(domain))) return DOMAIN_NOT_USABLE;
        host.state.set("domain", domain + 1);
        return STORED;
      },
    ),
  ap_control_domain_mask: machineMask("adm"),
  ap_usage_domain_mask: machineMask("aqm"),
  ap_adapter_mask: machineMask("apm"),
  ap_interrupts: shown(() => 0),
  config_time: setting("configTime", (text) => {
    const seconds = sscanfInt(text, "%d");
    return seconds !== undefined && seconds >= CONFIG_TIME.min && seconds <= CONFIG_TIME.max ? seconds : undefined;
  }),
  poll_thread: setting("pollThread", (text) => {
    const on = kstrtobool(text);
    return on === undefined ? undefined : Number(on);
  }),
  poll_timeout: ({ state }) =>
    readWrite(
      () => `${state.get("pollTimeoutHigh") * WORD + state.get("pollTimeoutLow")}`,
      (text) => {
        const nanoseconds = kstrtoul(text);
        if (nanoseconds < 0) return numberRefusal(nanoseconds);
        if (nanoseconds > POLL_TIMEOUT_MAX) return MALFORMED;
        state.set("pollTimeoutHigh", Math.floor(nanoseconds / WORD));
        state.set("pollTimeoutLow", nanoseconds % WORD);
        return STORED;
      },
    ),
  ap_max_domain_id: shown(({ state }) => busMaxima(state.facts).maxDomain),
  ap_max_adapter_id: shown(({ state }) => busMaxima(state.facts).maxAdapter),
  apmask: ownerMask(({ state }) => state.apmask, storeApmask),
  aqmask: ownerMask(({ state }) => state.aqmask, storeAqmask),
  scans: (host) =>
    readWrite(
      () => `${host.state.get("scans")}`,
      () => {
        scan(host);
        return STORED;
      },
    ),
  bindings: shown(bindings),
  bindings_complete_count: ({ profile, state }) =>
    profile.bindingsCompleteCount ? readOnly(() => `${state.get("bindingsCompleteCount")}`) : undefined,
  features: (host) => (host.profile.busFeatures ? readOnly(() => features(host)) : undefined),
  // Anything but a leading 0 switches it on.
  drivers_autoprobe: setting("autoprobe", (text) => (text.startsWith("0") ? 0 : 1)),
  drivers_probe: (host) =>
    writeOnly((text) => {
      const device = deviceNamed(text);
      return device ? stored(driversProbe(host, device)) : NO_SUCH_DEVICE;
    }),
  uevent: (host) => ueventTrigger(host, `/${AP_BUS}`),
  devices: devicesDirectory,
  drivers: (host) => directoryOn(host, DRIVERS),
};

const DRIVERS: Entries<Host> = {
  cex4card: (host) => driverDirectory(host, "cex4card"),
  cex4queue: (host) => driverDirectory(host, "cex4queue"),
  vfio_ap: (host) => driverDirectory(host, "vfio_ap"),
};

export const busDirectory = (host: Host): Directory => directoryOn(host, ENTRIES);

/** What kstrtoul found wrong, as an errno: EINVAL or ERANGE. */
const TOO_BIG_NUMBER = refused("ERANGE", { kind: "number-too-large", max: ID_LIMIT - 1 });
export const numberRefusal = (value: number) => (value === -2 ? TOO_BIG_NUMBER : MALFORMED);

/** Links to every card and queue device. */
function devicesDirectory(host: Host): Directory {
  return linkDirectory({
    names: () => [
      ...host.state.cards.ids().map((apid) => `card${formatApid(apid)}`),
      ...host.state.devices.queues().map(formatApqn),
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
