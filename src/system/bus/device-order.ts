// The order of the queue devices on the bus, in which mask writes and the removal of a card go through them: that of their making.
// A scan makes them ascending, so the order is a sequence of ascending runs, and nearly always a single one.
import { type Apqn, apqnOf } from "../ap/apqn.ts";
import { type Apid, asApid, asApqi, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import type { HostState } from "../machine/host-state.ts";

/** Values of devicesChanged: devices have gone, or some have come. */
const GONE = 1;
const MADE = 2;

/** A device has been made: until the operation ends, those that it makes are a run of their own. */
export function deviceMade(state: HostState, apqn: Apqn): void {
  state.deviceRun.set(apqn, state.get("deviceRuns") + 1);
  state.set("devicesChanged", MADE);
}

export function deviceGone(state: HostState, apqn: Apqn): void {
  state.deviceRun.set(apqn, 0);
  if (state.get("devicesChanged") === 0) state.set("devicesChanged", GONE);
}

/** The first queue of this card in a run, from a domain on; NONE if there is none. All of a card are one run while there is one. */
export function nextInRun(state: HostState, apid: Apid, queues: Aqm, run: number, from: number) {
  let apqi = queues.next(from);
  if (state.get("deviceRuns") <= 1) return apqi;
  while (apqi !== NONE && state.deviceRun.get(apqnOf(apid, apqi)) !== run) apqi = queues.next(apqi + 1);
  return apqi;
}

/** The end of an operation: one order has one form, that of the fewest runs, so that equal hosts have equal buffers. */
export function settleOrder(state: HostState): void {
  const changed = state.get("devicesChanged");
  if (changed === 0) return;
  state.set("devicesChanged", 0);
  const runs = state.get("deviceRuns");
  // The usual cases: all devices came at once, or some of a single run have gone.
  if (runs === 0 || (runs === 1 && changed === GONE)) state.set("deviceRuns", hasDevices(state) ? 1 : 0);
  else joinRuns(state, runs + 1);
}

function hasDevices(state: HostState): boolean {
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    if (!state.devices.row(apid).isEmpty()) return true;
  }
  return false;
}

/** Runs that follow one another without going back are one, and those of which nothing is left are none. */
function joinRuns(state: HostState, runs: number): void {
  const { first, last, now } = state.scratch.runs(runs + 1);
  forEachDevice(state, (apqn, run) => {
    if (first[run] === NONE) first[run] = apqn;
    last[run] = apqn;
  });
  let [count, end, isNew] = [0, Number.MAX_SAFE_INTEGER, false];
  for (let run = 1; run <= runs; run++) {
    if (first[run] === NONE) continue;
    if ((first[run] as number) < end) count++;
    end = last[run] as number;
    now[run] = count;
    if (count !== run) isNew = true;
  }
  state.set("deviceRuns", count);
  if (isNew) forEachDevice(state, (apqn, run) => state.deviceRun.set(apqn, now[run] as number));
}

function forEachDevice(state: HostState, tell: (apqn: Apqn, run: number) => void): void {
  const { adapters, domains } = state.layout;
  for (let adapter = 0; adapter < adapters; adapter++) {
    for (let domain = 0; domain < domains; domain++) {
      const apqn = apqnOf(asApid(adapter), asApqi(domain));
      const run = state.deviceRun.get(apqn);
      if (run !== 0) tell(apqn, run);
    }
  }
}
