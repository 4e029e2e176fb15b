// How many requests queues and cards have had. None comes while a host is played, so a count is what the machine had at boot, until
// somebody sets it to 0 or the device goes. docs/kernel/bus.md §6.1, §6.3.
import { type Apqn, apidOf } from "../ap/apqn.ts";
import type { Apid } from "../ap/id.ts";
import type { HostState } from "../machine/host-state.ts";

const isBoot = (state: HostState): boolean => state.get("scannedOnce") === 0;

/** The device of a queue is being made. */
export function countAtBoot(state: HostState, apqn: Apqn): void {
  if (isBoot(state) && state.facts.keysAndCounts?.requests.has(apqn)) state.counting.add(apqn);
}

/** The device of a card is being made. */
export function countCardAtBoot(state: HostState, apid: Apid): void {
  if (isBoot(state) && state.facts.keysAndCounts) state.cardsCounting.add(apid);
}

export const requestCount = (state: HostState, apqn: Apqn): number =>
  state.counting.has(apqn) ? (state.facts.keysAndCounts?.requests.get(apqn) ?? 0) : 0;

/** All that its queues ever had, unless more is known. */
export function cardRequestCount(state: HostState, apid: Apid): number {
  const { keysAndCounts } = state.facts;
  if (!keysAndCounts || !state.cardsCounting.has(apid)) return 0;
  const known = keysAndCounts.cardRequests.get(apid);
  if (known !== undefined) return known;
  let sum = 0;
  for (const [apqn, count] of keysAndCounts.requests) if (apidOf(apqn) === apid) sum += count;
  return sum;
}

/** Something was written to its counter. */
export const clearRequests = (state: HostState, apqn: Apqn): void => state.counting.remove(apqn);

/** The queues of a card lose their counts with it. */
export function clearCardRequests(state: HostState, apid: Apid): void {
  state.counting.row(apid).clear();
  state.cardsCounting.remove(apid);
}
