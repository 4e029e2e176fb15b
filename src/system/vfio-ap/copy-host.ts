// A copy of a host to try things on: the same content, kernel and driver, and nobody notices what happens to it.
import type { Observer } from "../machine/happening.ts";
import type { HostState } from "../machine/host-state.ts";
import { copyState } from "../machine/snapshot.ts";
import { vfioApDriver } from "./driver.ts";
import { type Host, newHost } from "./host.ts";
import type { Profile } from "./profile.ts";

/** @param observer hears what happens to the copy */
export const copyHost = (
  { state, profile }: { readonly state: HostState; readonly profile: Profile },
  observer?: Observer,
): Host => newHost(copyState(state), profile, vfioApDriver, observer);
