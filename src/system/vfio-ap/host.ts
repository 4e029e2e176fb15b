// A host: its buffer, the kernel that runs on it (a profile), and the two put together as bus and driver. Every step of the
// system takes one of these.
import type { ApBus, VfioApDriver } from "../bus/ap-bus.ts";
import type { Observer } from "../machine/happening.ts";
import type { HostState } from "../machine/host-state.ts";
import type { Profile } from "./profile.ts";

export interface Host extends ApBus {
  readonly profile: Profile;
}

/** A kernel of this profile on a machine. The driver is vfioApDriver of driver.ts; tests may put another in its place. */
export function newHost(
  state: HostState,
  profile: Profile,
  driver: (host: Host) => VfioApDriver,
  observer?: Observer,
): Host {
  // Bus and driver know each other: the bus is there first.
  const bus: Omit<Host, "vfioAp"> = { state, profile, busRules: profile, observer };
  return Object.assign(bus, { vfioAp: driver(bus as Host) });
}
