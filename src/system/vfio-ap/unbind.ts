// A queue is about to leave vfio_ap. If it was plugged its whole adapter goes with it; if not, the guest is left alone (the rule
// of the seed discussion). Its own state is forgotten in either case. docs/kernel/hotplug.md §8.
import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import type { Host } from "./host.ts";
import { forgetInterrupts, releaseInterrupts } from "./interrupts.ts";
import { backLink, forgetStale } from "./links.ts";
import { resetOne } from "./reset.ts";
import { shadowRule } from "./shadow-rules.ts";

export function removeQueue(host: Host, apqn: Apqn): void {
  const { state } = host;
  const mdev = backLink(state, apqn);
  const resetWithAdapter = mdev !== undefined && shadowRule(host).queueLeaves(host, mdev, apqn);
  if (!resetWithAdapter) {
    const gone = !state.info.apm.has(apidOf(apqn)) || !state.info.aqm.has(apqiOf(apqn));
    if (gone && host.profile.goneQueueIsLeftAlone) releaseInterrupts(host, apqn, mdev !== undefined);
    else resetOne(host, apqn, mdev !== undefined);
  }
  state.linked.remove(apqn);
  forgetStale(state, apqn);
  forgetInterrupts(state, apqn);
  state.unpassable.remove(apqn);
  state.resetRc.set(apqn, 0);
}
