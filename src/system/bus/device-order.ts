// The order of the queue devices on the bus, in which mask writes and the removal of a card go through them: that of their making.
// A scan makes them ascending, so the order is a sequence of ascending runs, and nearly always a single one.
import { type Apqn, apidOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, ID_LIMIT, NONE } from "../ap/id.ts";
import type { HostState } from "../machine/host-state.ts";
import type { ApBus } from "./ap-bus.ts";

/** Values of devicesChanged: devices have gone, or some have come. */
const GONE = 1;
const MADE = 2;

/** More runs than these are joined even if nobody asks for the order. */
const MANY_RUNS = 1024;

type Each = (bus: ApBus, apqn: Apqn) => void;

/** A device has been made: until the operation ends, those that it makes are a run of their own. */
export function deviceMade(state: HostState, apqn: Apqn): void {
  state.deviceRun.set(apqn, state.get("deviceRuns") + 1);
  state.set("devicesChanged", MADE);
}

export function deviceGone(state: HostState, apqn: Apqn): void {
  state.deviceRun.set(apqn, 0);
  if (state.get("devicesChanged") === 0) state.set("devicesChanged", GONE);
}

/** The end of an operation. Runs are not joined here: that is a look at every device, and the order is rarely asked for. */
export function settleOrder(state: HostState): void {
  const changed = state.get("devicesChanged");
  if (changed === 0) return;
  state.set("devicesChanged", 0);
  if (changed === MADE) {
    state.set("deviceRuns", state.get("deviceRuns") + 1);
    if (state.get("deviceRuns") > MANY_RUNS) joinRuns(state);
  } else if (!hasDevices(state)) {
    state.set("deviceRuns", 0);
  }
}

/** All queues, one after the other as they were made; `each` neither makes nor removes one. */
export function inOrder(bus: ApBus, each: Each): void {
  const { state } = bus;
  if (state.get("deviceRuns") <= 1) {
    inRunOfCards(bus, 0, ID_LIMIT, 1, each);
    return;
  }
  joinRuns(state);
  const { first, last } = state.scratch.runs;
  for (let run = 1; run <= state.get("deviceRuns"); run++) {
    inRunOfCards(bus, apidOf(first[run] as Apqn), apidOf(last[run] as Apqn), run, each);
  }
}

/** All queues of a card, one after the other as they were made; `each` may remove the one that it is told. */
export function inOrderOfCard(bus: ApBus, apid: Apid, each: Each): void {
  for (let run = runAfter(bus.state, apid, 0); run !== NONE; run = runAfter(bus.state, apid, run)) {
    inRunOfCard(bus, apid, run, each);
  }
}

function inRunOfCards(bus: ApBus, from: number, to: number, run: number, each: Each): void {
  const { cards } = bus.state;
  for (let apid = cards.next(from); apid !== NONE && apid <= to; apid = cards.next(apid + 1)) {
    inRunOfCard(bus, apid, run, each);
  }
}

/** While there is one run, all queues are in it. */
function inRunOfCard(bus: ApBus, apid: Apid, run: number, each: Each): void {
  const { state } = bus;
  const queues = state.devices.row(apid);
  const isOnly = state.get("deviceRuns") <= 1;
  for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
    const apqn = apqnOf(apid, apqi);
    if (isOnly || state.deviceRun.get(apqn) === run) each(bus, apqn);
  }
}

/** The first run after this one that has a queue of the card; NONE if there is none. */
function runAfter(state: HostState, apid: Apid, run: number): number {
  const queues = state.devices.row(apid);
  if (state.get("deviceRuns") <= 1) return queues.isEmpty() || run > 0 ? NONE : 1;
  let found: number = NONE;
  for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
    const its = state.deviceRun.get(apqnOf(apid, apqi));
    if (its > run && (found === NONE || its < found)) found = its;
  }
  return found;
}

function hasDevices(state: HostState): boolean {
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    if (!state.devices.row(apid).isEmpty()) return true;
  }
  return false;
}

/** Runs that follow one another without going back become one, and those of which nothing is left none. */
function joinRuns(state: HostState): void {
  const runs = state.get("deviceRuns");
  const { first, last, now } = state.scratch.emptyRuns(runs + 1);
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    const queues = state.devices.row(apid);
    for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      const run = state.deviceRun.get(apqn);
      if (first[run] === NONE) first[run] = apqn;
      last[run] = apqn;
    }
  }
  let count = 0;
  let end = ID_LIMIT * ID_LIMIT;
  for (let run = 1; run <= runs; run++) {
    const start = first[run] as number;
    if (start === NONE) continue;
    if (start < end) first[++count] = start;
    end = last[run] as number;
    last[count] = end;
    now[run] = count;
  }
  if (count !== runs) renumber(state, count);
}

function renumber(state: HostState, runs: number): void {
  const { now } = state.scratch.runs;
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    const queues = state.devices.row(apid);
    for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      state.deviceRun.set(apqn, now[state.deviceRun.get(apqn)] as number);
    }
  }
  state.set("deviceRuns", runs);
}
