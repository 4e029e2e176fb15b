// A queue has been bound to vfio_ap: link it to the mdev its APQN is assigned to, and let the shadow follow.
// docs/kernel/hotplug.md §7.
import type { Apqn } from "../ap/apqn.ts";
import type { Host } from "./host.ts";
import { linkQueue } from "./links.ts";
import { shadowRule } from "./shadow-rules.ts";

export function probeQueue(host: Host, apqn: Apqn): void {
  const mdev = host.state.ownerOf(apqn);
  if (!mdev) return;
  linkQueue(host, apqn);
  shadowRule(host).queueBound(host, mdev, apqn);
}
