// The reference model's events: what each does to a packed state. Written for speed: a successor is a copy of the state's words in
// which the fields that change are flipped, and sets come from tables.
import type { Successors } from "../model.ts";
import type { EventNumbers } from "./event-numbers.ts";
import type { Field, Layout } from "./layout.ts";
import { I8, I9, I10 } from "./properties.ts";
import type { Tables, Universe } from "./universe.ts";

export type Expand = (states: Int32Array, at: number, successors: Successors) => void;

/** One closure for each universe, so that the compiler sees its sizes and places as constants. */
export function expanderOf(universe: Universe, tables: Tables, layout: Layout, numbers: EventNumbers): Expand {
  const { adapters: N, domains: M, mdevs: G, absent, controlDomains } = universe;
  const { product, adaptersOf, domainsOf, reserved, isV11, removalAsksBoth, resetsFiltered } = tables;
  const { allAdapters, allDomains } = tables;
  const QUEUES = N * M;
  const W = layout.words;
  const { word: BOUND, shift: BOUND_AT, mask: ALL_QUEUES } = layout.bound;
  const { word: MARK, shift: MARK_AT } = layout.mark;
  const { word: HOST_A, shift: HOST_A_AT } = layout.hostAdapters;
  const { word: HOST_Q, shift: HOST_Q_AT } = layout.hostDomains;
  const { word: RUN, shift: RUN_AT, mask: RUN_ALL } = layout.running;
  const { word: PEND, shift: PEND_AT, mask: PEND_ALL } = layout.pending;
  const { word: SCAN, shift: SCAN_AT } = layout.scanning;
  const { word: ADDED, shift: ADDED_AT, mask: ADDED_ALL } = layout.added;
  const { word: DIRT, shift: DIRT_AT, mask: DIRT_ALL } = layout.dirtied;
  const { bind, unbind, scanAdd, scanRemove, assignAdapter, unassignAdapter, assignDomain, unassignDomain } = numbers;
  const { assignControl, unassignControl, start, stop, configAdapter, configDomain, scanComplete } = numbers;

  const wordsOf = (fields: readonly Field[]) => Int32Array.from(fields, ({ word }) => word);
  const shiftsOf = (fields: readonly Field[]) => Int32Array.from(fields, ({ shift }) => shift);
  const MA = wordsOf(layout.matrixAdapters);
  const MA_AT = shiftsOf(layout.matrixAdapters);
  const MQ = wordsOf(layout.matrixDomains);
  const MQ_AT = shiftsOf(layout.matrixDomains);
  const SA = wordsOf(layout.shadowAdapters);
  const SA_AT = shiftsOf(layout.shadowAdapters);
  const SQ = wordsOf(layout.shadowDomains);
  const SQ_AT = shiftsOf(layout.shadowDomains);
  const MC = wordsOf(layout.matrixControl);
  const MC_AT = shiftsOf(layout.matrixControl);
  const SC = wordsOf(layout.shadowControl);
  const SC_AT = shiftsOf(layout.shadowControl);
  const CONTROL_ALL = controlDomains ? allDomains : 0;
  /** Repeats a set of queues for every mdev. */
  let each = 0;
  for (let g = 0; g < G; g++) each |= 1 << (g * QUEUES);
  const EACH = each;

  // The state that is being expanded, taken apart.
  let bound = 0;
  /** Bound and not cut off. */
  let linked = 0;
  let hostA = 0;
  let hostQ = 0;
  let running = 0;
  let pending = 0;
  let dirt = 0;
  const mA = new Int32Array(G);
  const mQ = new Int32Array(G);
  const sA = new Int32Array(G);
  const sQ = new Int32Array(G);
  const mC = new Int32Array(G);
  const sC = new Int32Array(G);
  /** Queues of each matrix, of each running guest's APCB. */
  const matrix = new Int32Array(G);
  const apcb = new Int32Array(G);

  // Where the successor lies that is being written.
  let to: Int32Array = new Int32Array(0);
  let o = 0;

  const mdevOf = (queue: number): number => {
    for (let g = 0; g < G; g++) if ((matrix[g]! & queue) !== 0) return g;
    return -1;
  };

  /**
   * What every event ends with: some queues are reset, one mdev has this shadow, and running guests dirty what they have.
   *
   * @returns I8 if a guest has what another dirtied, I9 if this mdev's guest lost a queue
   */
  const settle = (g: number, a: number, q: number, reset: number, runs: number): number => {
    to[o + SA[g]!]! ^= (a ^ sA[g]!) << SA_AT[g]!;
    to[o + SQ[g]!]! ^= (q ^ sQ[g]!) << SQ_AT[g]!;
    let broken = 0;
    let left = dirt;
    if (reset !== 0) {
      left &= ~Math.imul(reset, EACH);
      for (let h = 0; h < G; h++) if (h !== g) left |= apcb[h]! << (h * QUEUES);
    }
    if (((runs >> g) & 1) !== 0) {
      const has = product[(a << M) | q]!;
      const own = has << (g * QUEUES);
      const others = Math.imul(has, EACH) & ~own;
      if ((left & others) !== 0) broken = I8;
      if ((apcb[g]! & ~has) !== 0) broken |= I9;
      left = (left & ~others) | own;
    }
    to[o + DIRT]! ^= (left ^ dirt) << DIRT_AT;
    return broken;
  };

  /** Works the shadow of an mdev out anew from this matrix and these queues. */
  const filter = (g: number, a0: number, q0: number, has: number, byAdapter: boolean, runs: number): number => {
    if (!isV11) {
      const a = a0 & ~adaptersOf[product[(a0 << M) | q0]! & ~has]!;
      const reset = resetsFiltered ? product[((sA[g]! & a0 & ~a) << M) | q0]! & has : 0;
      return settle(g, a, q0, reset, runs);
    }
    const missing = product[(a0 << M) | q0]! & ~has;
    const a = byAdapter ? a0 & ~adaptersOf[missing]! : a0;
    const q = byAdapter ? q0 : q0 & ~domainsOf[missing]!;
    return a === 0 || q === 0 ? settle(g, 0, 0, 0, runs) : settle(g, a, q, 0, runs);
  };

  /** Takes adapters or domains out of a shadow; under v11 a shadow without one of both is empty. */
  const shrink = (g: number, a: number, q: number, reset: number, runs: number): number =>
    isV11 && (a === 0 || q === 0) ? settle(g, 0, 0, reset, runs) : settle(g, a, q, reset, runs);

  const open = (states: Int32Array, at: number, out: Successors, event: number): void => {
    const { count } = out;
    out.events[count] = event;
    to = out.states;
    o = count * W;
    to[o] = states[at]!;
    to[o + 1] = states[at + 1]!;
    for (let w = 2; w < W; w++) to[o + w] = states[at + w]!;
  };

  const close = (out: Successors, broken: number): void => {
    out.violations[out.count++] = broken;
  };

  /** A queue that is now bound looks for its guest. */
  const probe = (queue: number, added: number): number => {
    const g = mdevOf(queue);
    if (g < 0) return 0;
    const runs = ((running >> g) & 1) !== 0;
    if (isV11) {
      const n = 31 - Math.clz32(queue);
      const waits = added === 1 + Math.floor(n / M) || added === 1 + N + (n % M);
      if (!runs || waits) return 0;
      return filter(g, mA[g]! & hostA, mQ[g]! & hostQ, linked | queue, true, running);
    }
    if (((pending >> g) & 1) !== 0) return 0;
    return filter(g, mA[g]! & hostA, mQ[g]! & hostQ, bound | queue, true, running);
  };

  /** A bound queue is taken from vfio_ap: its guest loses the adapter if it has the queue. */
  const remove = (queue: number, isCut: boolean): number => {
    const g = mdevOf(queue);
    const n = 31 - Math.clz32(queue);
    const adapter = 1 << Math.floor(n / M);
    const domain = 1 << (n % M);
    if (isV11) {
      if (g < 0) return settle(0, sA[0]!, sQ[0]!, queue, running);
      const runs = ((running >> g) & 1) !== 0;
      const has = (sA[g]! & adapter) !== 0 && (!removalAsksBoth || (sQ[g]! & domain) !== 0);
      if (isCut || !runs || !has) return settle(g, sA[g]!, sQ[g]!, queue, running);
      return shrink(g, sA[g]! & ~adapter, sQ[g]!, queue, running);
    }
    if (g >= 0 && (sA[g]! & adapter) !== 0 && (!removalAsksBoth || (sQ[g]! & domain) !== 0)) {
      const reset = product[(adapter << M) | sQ[g]!]! & bound;
      return settle(g, sA[g]! & ~adapter, sQ[g]!, reset, running);
    }
    if ((hostA & adapter) === 0 || (hostQ & domain) === 0) return 0;
    return settle(0, sA[0]!, sQ[0]!, queue, running);
  };

  /** Removing a queue that no guest has must take nothing: then what is lost breaks I10. */
  const removalBroke = (queue: number, broken: number): number => {
    let plugged = 0;
    for (let g = 0; g < G; g++) plugged |= apcb[g]!;
    const lost = (broken & I9) !== 0 && (plugged & queue) === 0;
    return (broken & I8) | (lost ? I10 : 0);
  };

  const expandQueues = (states: Int32Array, at: number, out: Successors, scans: boolean, added: number): void => {
    const mark = (states[at + MARK]! >>> MARK_AT) & ALL_QUEUES;
    const host = product[(hostA << M) | hostQ]!;
    const there = bound | mark;
    for (let n = 0; n < QUEUES; n++) {
      const queue = 1 << n;
      if ((bound & queue) !== 0) {
        const isCut = (mark & queue) !== 0;
        open(states, at, out, unbind + n);
        to[o + BOUND]! ^= queue << BOUND_AT;
        if (!isCut) to[o + MARK]! ^= queue << MARK_AT;
        close(out, removalBroke(queue, remove(queue, isCut)));
      } else if ((mark & queue & ~reserved) !== 0) {
        open(states, at, out, bind + n);
        to[o + BOUND]! ^= queue << BOUND_AT;
        to[o + MARK]! ^= queue << MARK_AT;
        close(out, probe(queue, added));
      }
      if (!scans || ((there ^ host) & queue) === 0) continue;
      if ((there & queue) === 0) {
        open(states, at, out, scanAdd + n);
        if ((reserved & queue) !== 0) {
          to[o + MARK]! ^= queue << MARK_AT;
          close(out, 0);
        } else {
          to[o + BOUND]! ^= queue << BOUND_AT;
          close(out, probe(queue, added) & I8);
        }
      } else {
        open(states, at, out, scanRemove + n);
        to[o + BOUND]! ^= (bound & queue) << BOUND_AT;
        to[o + MARK]! ^= (mark & queue) << MARK_AT;
        const broken = (bound & queue) === 0 ? 0 : remove(queue, (mark & queue) !== 0);
        close(out, removalBroke(queue, broken));
      }
    }
  };

  /** Under v11 queues that were cut off are linked again where the matrix changes over them. */
  const relink = (queues: number): number => {
    if (!isV11) return bound;
    const again = queues & bound & ~linked;
    to[o + MARK]! ^= again << MARK_AT;
    return linked | again;
  };

  const expandMatrix = (states: Int32Array, at: number, out: Successors, g: number, taken: number): void => {
    const a0 = mA[g]!;
    const q0 = mQ[g]!;
    const a1 = sA[g]!;
    const q1 = sQ[g]!;
    const filters = !isV11 || ((running >> g) & 1) !== 0;
    for (let n = 0; n < N; n++) {
      const adapter = 1 << n;
      const queues = product[(adapter << M) | q0]!;
      if ((a0 & adapter) !== 0) {
        open(states, at, out, unassignAdapter + g * N + n);
        to[o + MA[g]!]! ^= adapter << MA_AT[g]!;
        relink(queues);
        if ((a1 & adapter) === 0) close(out, 0);
        else {
          const reset = isV11 ? 0 : product[(adapter << M) | q1]! & bound;
          close(out, shrink(g, a1 & ~adapter, q1, reset, running) & I8);
        }
      } else if ((queues & taken) === 0) {
        open(states, at, out, assignAdapter + g * N + n);
        to[o + MA[g]!]! ^= adapter << MA_AT[g]!;
        const has = relink(queues);
        close(out, filters ? filter(g, (a0 | adapter) & hostA, q0 & hostQ, has, true, running) : 0);
      }
    }
    for (let n = 0; n < M; n++) {
      const domain = 1 << n;
      const queues = product[(a0 << M) | domain]!;
      if ((q0 & domain) !== 0) {
        open(states, at, out, unassignDomain + g * M + n);
        to[o + MQ[g]!]! ^= domain << MQ_AT[g]!;
        relink(queues);
        if ((q1 & domain) === 0) close(out, 0);
        else {
          const reset = isV11 ? 0 : product[(a1 << M) | domain]! & bound;
          close(out, shrink(g, a1, q1 & ~domain, reset, running) & I8);
        }
      } else if ((queues & taken) === 0) {
        open(states, at, out, assignDomain + g * M + n);
        to[o + MQ[g]!]! ^= domain << MQ_AT[g]!;
        const has = relink(queues);
        close(out, filters ? filter(g, a0 & hostA, (q0 | domain) & hostQ, has, false, running) : 0);
      }
    }
  };

  const expandControl = (states: Int32Array, at: number, out: Successors, g: number): void => {
    const shows = isV11 ? ((running >> g) & 1) !== 0 : true;
    for (let n = 0; n < M; n++) {
      const domain = 1 << n;
      const isAssigned = (mC[g]! & domain) !== 0;
      open(states, at, out, (isAssigned ? unassignControl : assignControl) + g * M + n);
      const matrixAfter = mC[g]! ^ domain;
      let shadowAfter = sC[g]! & ~domain;
      if (!isAssigned && shows) shadowAfter = isV11 ? sC[g]! | domain : matrixAfter & hostQ;
      to[o + MC[g]!]! ^= domain << MC_AT[g]!;
      to[o + SC[g]!]! ^= (sC[g]! ^ shadowAfter) << SC_AT[g]!;
      close(out, 0);
    }
  };

  const expandGuest = (states: Int32Array, at: number, out: Successors, g: number): void => {
    const runs = ((running >> g) & 1) !== 0;
    const after = running ^ (1 << g);
    open(states, at, out, (runs ? stop : start) + g);
    to[o + RUN]! ^= 1 << (RUN_AT + g);
    let control = sC[g]!;
    let broken: number;
    if (!runs && isV11) {
      control = mC[g]!;
      broken = filter(g, mA[g]! & hostA, mQ[g]! & hostQ, linked, true, after);
    } else if (!runs) {
      broken = settle(g, sA[g]!, sQ[g]!, 0, after);
    } else if (isV11) {
      control = 0;
      broken = settle(g, 0, 0, matrix[g]!, after);
    } else {
      broken = settle(g, sA[g]!, sQ[g]!, matrix[g]! & bound, after);
    }
    if (CONTROL_ALL !== 0) to[o + SC[g]!]! ^= (sC[g]! ^ control) << SC_AT[g]!;
    close(out, broken & I8);
  };

  /** An adapter or a domain leaves the host's configuration, and with it all shadows. */
  const hostRemoval = (adapter: number, domain: number): number => {
    const gone = adapter !== 0 ? product[(adapter << M) | allDomains]! : product[(allAdapters << M) | domain]!;
    let cut = 0;
    let left = dirt & ~Math.imul(gone, EACH);
    for (let g = 0; g < G; g++) {
      const runs = ((running >> g) & 1) !== 0;
      if (isV11 && !runs) continue;
      let a = sA[g]! & ~adapter;
      let q = sQ[g]! & ~domain;
      if (isV11 && (a !== sA[g]! || q !== sQ[g]!) && (a === 0 || q === 0)) {
        a = 0;
        q = 0;
      }
      if (isV11) cut |= matrix[g]! & gone & linked;
      to[o + SA[g]!]! ^= (a ^ sA[g]!) << SA_AT[g]!;
      to[o + SQ[g]!]! ^= (q ^ sQ[g]!) << SQ_AT[g]!;
      if (CONTROL_ALL !== 0 && !isV11) to[o + SC[g]!]! ^= (sC[g]! & domain) << SC_AT[g]!;
      if (runs) left |= product[(a << M) | q]! << (g * QUEUES);
    }
    to[o + MARK]! ^= cut << MARK_AT;
    to[o + DIRT]! ^= (left ^ dirt) << DIRT_AT;
    return 0;
  };

  const expandConfig = (states: Int32Array, at: number, out: Successors): void => {
    for (let n = 0; n < N + M; n++) {
      const isAdapter = n < N;
      const bit = isAdapter ? 1 << n : 1 << (n - N);
      const all = isAdapter ? allAdapters : allDomains;
      const present = isAdapter ? hostA : hostQ;
      const isThere = (present & bit) !== 0;
      if (isThere && absentOf(all & ~present) >= absent) continue;
      open(states, at, out, isAdapter ? configAdapter + n : configDomain + n - N);
      to[o + SCAN]! ^= 1 << SCAN_AT;
      if (isAdapter) to[o + HOST_A]! ^= bit << HOST_A_AT;
      else to[o + HOST_Q]! ^= bit << HOST_Q_AT;
      if (isThere) {
        hostRemoval(isAdapter ? bit : 0, isAdapter ? 0 : bit);
      } else {
        to[o + ADDED]! ^= (1 + n) << ADDED_AT;
        let waiting = 0;
        for (let g = 0; g < G; g++) {
          const touched = isAdapter ? mA[g]! & bit : (mQ[g]! | mC[g]!) & bit;
          if (touched !== 0) waiting |= 1 << g;
        }
        if (!isV11) to[o + PEND]! ^= waiting << PEND_AT;
      }
      close(out, 0);
    }
  };

  const absentOf = (set: number): number => {
    let n = 0;
    for (let rest = set; rest !== 0; rest &= rest - 1) n++;
    return n;
  };

  const completeScan = (states: Int32Array, at: number, out: Successors, added: number): void => {
    const adapter = added >= 1 && added <= N ? 1 << (added - 1) : 0;
    const domain = added > N ? 1 << (added - 1 - N) : 0;
    open(states, at, out, scanComplete);
    to[o + SCAN]! ^= 1 << SCAN_AT;
    to[o + ADDED]! ^= added << ADDED_AT;
    if (!isV11) to[o + PEND]! ^= pending << PEND_AT;
    let broken = 0;
    for (let g = 0; g < G; g++) {
      if ((((isV11 ? running : pending) >> g) & 1) === 0) continue;
      if ((mA[g]! & adapter) !== 0 || (mQ[g]! & domain) !== 0) {
        broken |= filter(g, mA[g]! & hostA, mQ[g]! & hostQ, linked, true, running);
        // The next mdev starts from what this one left.
        dirt = (to[o + DIRT]! >>> DIRT_AT) & DIRT_ALL;
        const a = (to[o + SA[g]!]! >>> SA_AT[g]!) & allAdapters;
        const q = (to[o + SQ[g]!]! >>> SQ_AT[g]!) & allDomains;
        if (((running >> g) & 1) !== 0) apcb[g] = product[(a << M) | q]!;
      }
      if (!isV11 && (mC[g]! & domain) !== 0) to[o + SC[g]!]! ^= (sC[g]! ^ (mC[g]! & hostQ)) << SC_AT[g]!;
    }
    close(out, broken & I8);
  };

  return (states, at, out) => {
    bound = (states[at + BOUND]! >>> BOUND_AT) & ALL_QUEUES;
    linked = isV11 ? bound & ~(states[at + MARK]! >>> MARK_AT) : bound;
    hostA = (states[at + HOST_A]! >>> HOST_A_AT) & allAdapters;
    hostQ = (states[at + HOST_Q]! >>> HOST_Q_AT) & allDomains;
    running = (states[at + RUN]! >>> RUN_AT) & RUN_ALL;
    pending = (states[at + PEND]! >>> PEND_AT) & PEND_ALL;
    dirt = (states[at + DIRT]! >>> DIRT_AT) & DIRT_ALL;
    const scans = ((states[at + SCAN]! >>> SCAN_AT) & 1) === 1;
    const added = (states[at + ADDED]! >>> ADDED_AT) & ADDED_ALL;
    let assigned = 0;
    for (let g = 0; g < G; g++) {
      mA[g] = (states[at + MA[g]!]! >>> MA_AT[g]!) & allAdapters;
      mQ[g] = (states[at + MQ[g]!]! >>> MQ_AT[g]!) & allDomains;
      sA[g] = (states[at + SA[g]!]! >>> SA_AT[g]!) & allAdapters;
      sQ[g] = (states[at + SQ[g]!]! >>> SQ_AT[g]!) & allDomains;
      if (CONTROL_ALL !== 0) {
        mC[g] = (states[at + MC[g]!]! >>> MC_AT[g]!) & CONTROL_ALL;
        sC[g] = (states[at + SC[g]!]! >>> SC_AT[g]!) & CONTROL_ALL;
      }
      matrix[g] = product[(mA[g]! << M) | mQ[g]!]!;
      apcb[g] = ((running >> g) & 1) === 0 ? 0 : product[(sA[g]! << M) | sQ[g]!]!;
      assigned |= matrix[g]!;
    }
    expandQueues(states, at, out, scans, added);
    for (let g = 0; g < G; g++) {
      expandMatrix(states, at, out, g, (assigned ^ matrix[g]!) | reserved);
      if (CONTROL_ALL !== 0) expandControl(states, at, out, g);
      expandGuest(states, at, out, g);
    }
    if (absent === 0) return;
    if (!scans) expandConfig(states, at, out);
    else if (product[(hostA << M) | hostQ]! === presentNow(states, at)) completeScan(states, at, out, added);
  };

  function presentNow(states: Int32Array, at: number): number {
    return bound | ((states[at + MARK]! >>> MARK_AT) & ALL_QUEUES);
  }
}
