// Power on and boot: the machine, then the bus, its default drivers, vfio_ap, and one scan. docs/trace-format.md §3.

import type { Apqi } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import { setMatrix } from "../ap/matrix.ts";
import { MATRIX_DEVICE } from "../ap/paths.ts";
import { tell } from "../bus/ap-bus.ts";
import { setMasksAtBoot } from "../bus/masks.ts";
import { readConfiguration, scan } from "../bus/scan.ts";
import { busMaxima, type Facts, type HardwareAtBoot } from "../machine/facts.ts";
import type { Observer } from "../machine/happening.ts";
import { powerOn } from "../machine/hardware.ts";
import type { HostState } from "../machine/host-state.ts";
import { newHostState } from "../machine/snapshot.ts";
import { vfioApDriver } from "./driver.ts";
import { type Host, newHost } from "./host.ts";
import type { Profile } from "./profile.ts";

export interface BootOptions {
  readonly facts: Facts;
  /** The machine as it is given; or, for one that is another host's guest, what switches it on. */
  readonly hardware: HardwareAtBoot | ((state: HostState) => void);
  readonly profile: Profile;
  /** Boot parameters as masks; undefined: all bits on. */
  readonly apmask?: Apm | undefined;
  readonly aqmask?: Aqm | undefined;
  /** Boot parameter: the default domain. One that is not there, or not the host's, means none. */
  readonly domain?: Apqi | undefined;
  /** Room for this many mdevs at first, default 8; it grows by itself. */
  readonly mdevs?: number;
  readonly observer?: Observer | undefined;
}

/** Seconds between scans, nanoseconds between polls. */
const CONFIG_TIME = 30;
const POLL_TIMEOUT = { lpar: 250_000, zvm: 1_500_000 } as const;

export function bootHost(options: BootOptions): Host {
  const state = newHostState(options.facts, options.mdevs ?? 8);
  const host = newHost(state, options.profile, vfioApDriver, options.observer);
  if (typeof options.hardware === "function") options.hardware(state);
  else powerOn(state, options.hardware);
  setMasksAtBoot(host, options.apmask ?? state.scratch.allAdapters, options.aqmask ?? state.scratch.allDomains);
  state.set("autoprobe", 1);
  state.set("configTime", CONFIG_TIME);
  state.set("pollTimeoutLow", options.facts.zvm ? POLL_TIMEOUT.zvm : POLL_TIMEOUT.lpar);
  if (
    options.domain !== undefined &&
    options.domain <= busMaxima(options.facts).maxDomain &&
    state.aqmask.has(options.domain)
  ) {
    state.set("domain", options.domain + 1);
  }
  readConfiguration(host);
  setMatrix(state.info, state.qci);
  if (host.observer) {
    const registered = ["MDEV_STATE=registered"];
    tell(host, {
      kind: "uevent",
      action: "change",
      device: `/${MATRIX_DEVICE}`,
      variables: registered,
      properties: [],
    });
  }
  scan(host);
  return host;
}
