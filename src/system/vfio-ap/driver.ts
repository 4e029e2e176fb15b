// vfio_ap as the bus sees it: the five things the bus asks or tells it. docs/kernel/bus.md §3, §5.
import type { VfioApDriver } from "../bus/ap-bus.ts";
import { conflictWith, logConflict } from "./assignable.ts";
import { probeQueue } from "./bind.ts";
import { configChanged } from "./config-change.ts";
import type { Host } from "./host.ts";
import { shadowRule } from "./shadow-rules.ts";
import { removeQueue } from "./unbind.ts";

export const vfioApDriver = (host: Host): VfioApDriver => ({
  probe: (apqn) => probeQueue(host, apqn),
  remove: (apqn) => removeQueue(host, apqn),
  isInUse(apm, aqm) {
    const mdev = conflictWith(host, apm, aqm);
    if (mdev) logConflict(host, mdev, apm, aqm, "reserve");
    return mdev !== undefined;
  },
  configChanged: () => configChanged(host),
  scanComplete() {
    for (let n = 0; n < host.state.mdevCount; n++) {
      shadowRule(host).scanCompleted(host, host.state.mdevAt(n));
    }
  },
});
