// What the browser's console and tests can ask the page: the moment that is shown, in the form of traces.
import { reportState } from "../../system/trace/state-report.ts";
import { addressOfMoment } from "./address.ts";
import { doLine } from "./console.ts";
import { goTo } from "./page.ts";
import { state } from "./page-state.ts";
import { labels, paints } from "./paints.ts";

/** `apmatrix.goTo(12)`, `apmatrix.report()`, `apmatrix.run("scan")`. */
const scripting = {
  goTo,
  /** What the operation `state` of a trace answers. */
  report: () => {
    const { session, index } = state.get();
    if (!session) return undefined;
    const player = session.timeline.playerAt(index);
    return player && reportState(player.host, player.sysfs);
  },
  run: doLine,
  /** What a link to what is seen ends with. */
  address: addressOfMoment,
  paints,
  labels,
} as const;

export function offerScripting(): void {
  Object.assign(globalThis, { apmatrix: scripting });
}
