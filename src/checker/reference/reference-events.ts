// What can happen in the reference model: every event, in the order in which they are tried.
import { adapterText, domainText, queueText, range } from "../number-names.ts";
import type { FilterBy, Rules } from "./rules.ts";
import type { MdevState, ReferenceState } from "./state.ts";

export interface ReferenceEvent {
  /** "bind 00.0001", "mdev 0: assign_adapter 01". */
  readonly text: string;
  /** Guests must lose nothing by an event that only gives, nor by one that takes a queue which no guest had. */
  readonly gives?: true;
  readonly takes?: number;
  readonly canHappen: (s: ReferenceState) => boolean;
  readonly happen: (s: ReferenceState) => void;
}

export function eventsOf(rules: Rules): readonly ReferenceEvent[] {
  const { adapters, domains, mdevs, absent, controlDomains } = rules.options;
  const queues = range(adapters).flatMap((a) => range(domains).map((d) => [a, d] as const));
  return [
    ...queues.flatMap(([a, d]) => queueEvents(rules, a, d)),
    ...range(mdevs).flatMap((g) => [
      ...range(adapters).flatMap((a) => assignmentEvents(rules, g, "adapter", a)),
      ...range(domains).flatMap((d) => assignmentEvents(rules, g, "domain", d)),
      ...(controlDomains ? range(domains).flatMap((d) => controlEvents(rules, g, d)) : []),
      ...guestEvents(rules, g),
    ]),
    ...(absent === 0 ? [] : hostEvents(rules)),
  ];
}

function queueEvents(rules: Rules, a: number, d: number): readonly ReferenceEvent[] {
  const queue = rules.product(1 << a, 1 << d);
  const isReserved = (queue & rules.reserved) !== 0;
  const text = queueText(a, d);
  const isInHost = (s: ReferenceState) => ((s.hostAdapters >> a) & (s.hostDomains >> d) & 1) === 1;
  return [
    {
      text: `bind ${text}`,
      gives: true,
      canHappen: (s) => !isReserved && (s.devices & ~s.bound & queue) !== 0,
      happen: (s) => {
        s.bound |= queue;
        rules.probe(s, a, d);
      },
    },
    {
      text: `unbind ${text}`,
      takes: queue,
      canHappen: (s) => (s.bound & queue) !== 0,
      happen: (s) => rules.remove(s, a, d),
    },
    {
      text: `scan: device ${text} is made and bound`,
      canHappen: (s) => s.scanning === 1 && (s.devices & queue) === 0 && isInHost(s),
      happen: (s) => {
        s.devices |= queue;
        if (isReserved) return;
        s.bound |= queue;
        rules.probe(s, a, d);
      },
    },
    {
      text: `scan: device ${text} is removed`,
      takes: queue,
      canHappen: (s) => s.scanning === 1 && (s.devices & queue) !== 0 && !isInHost(s),
      happen: (s) => {
        if ((s.bound & queue) !== 0) rules.remove(s, a, d);
        s.devices &= ~queue;
      },
    },
  ];
}

/** Adapters are assigned and unassigned as domains are, with other masks. */
const HALVES = {
  adapter: { matrix: "matrixAdapters", shadow: "shadowAdapters", text: adapterText },
  domain: { matrix: "matrixDomains", shadow: "shadowDomains", text: domainText },
} as const;

function assignmentEvents(rules: Rules, g: number, half: FilterBy, id: number): readonly ReferenceEvent[] {
  const { matrix, shadow, text } = HALVES[half];
  const bit = 1 << id;
  /** The queues of this adapter or domain in the matrix, and in the shadow. */
  const queuesIn = (m: MdevState) =>
    half === "adapter" ? rules.product(bit, m.matrixDomains) : rules.product(m.matrixAdapters, bit);
  const shadowQueues = (m: MdevState) =>
    half === "adapter" ? rules.product(bit, m.shadowDomains) : rules.product(m.shadowAdapters, bit);
  /** What belongs to other mdevs, or to the default driver. */
  const taken = ({ mdevs }: ReferenceState): number => {
    let queues = rules.reserved;
    for (let h = 0; h < mdevs.length; h++) if (h !== g) queues |= rules.matrix(mdevs[h]!);
    return queues;
  };
  return [
    {
      text: `mdev ${g}: assign_${half} ${text(id)}`,
      gives: true,
      canHappen: (s) => (s.mdevs[g]![matrix] & bit) === 0 && (queuesIn(s.mdevs[g]!) & taken(s)) === 0,
      happen: (s) => {
        const m = s.mdevs[g]!;
        s.cut &= ~queuesIn(m);
        m[matrix] |= bit;
        if (!rules.isV11 || ((s.running >> g) & 1) === 1) rules.filter(s, g, half);
      },
    },
    {
      text: `mdev ${g}: unassign_${half} ${text(id)}`,
      canHappen: (s) => (s.mdevs[g]![matrix] & bit) !== 0,
      happen: (s) => {
        const m = s.mdevs[g]!;
        s.cut &= ~queuesIn(m);
        m[matrix] &= ~bit;
        if ((m[shadow] & bit) === 0) return;
        if (!rules.isV11) rules.reset(s, shadowQueues(m) & s.bound);
        m[shadow] &= ~bit;
        rules.emptyHalf(m);
      },
    },
  ];
}

function controlEvents(rules: Rules, g: number, d: number): readonly ReferenceEvent[] {
  const bit = 1 << d;
  return [
    {
      text: `mdev ${g}: assign_control_domain ${domainText(d)}`,
      canHappen: (s) => (s.mdevs[g]!.matrixControl & bit) === 0,
      happen: (s) => {
        const m = s.mdevs[g]!;
        m.matrixControl |= bit;
        if (!rules.isV11) m.shadowControl = m.matrixControl & s.hostDomains;
        else if (((s.running >> g) & 1) === 1) m.shadowControl |= bit;
      },
    },
    {
      text: `mdev ${g}: unassign_control_domain ${domainText(d)}`,
      canHappen: (s) => (s.mdevs[g]!.matrixControl & bit) !== 0,
      happen: (s) => {
        const m = s.mdevs[g]!;
        m.matrixControl &= ~bit;
        m.shadowControl &= ~bit;
      },
    },
  ];
}

function guestEvents(rules: Rules, g: number): readonly ReferenceEvent[] {
  const runs = (s: ReferenceState) => ((s.running >> g) & 1) === 1;
  return [
    {
      text: `guest ${g} starts`,
      canHappen: (s) => !runs(s),
      happen: (s) => {
        s.running |= 1 << g;
        if (!rules.isV11) return;
        rules.filter(s, g, "adapter");
        s.mdevs[g]!.shadowControl = s.mdevs[g]!.matrixControl;
      },
    },
    {
      text: `guest ${g} stops`,
      canHappen: runs,
      happen: (s) => {
        const m = s.mdevs[g]!;
        s.running &= ~(1 << g);
        rules.reset(s, rules.matrix(m) & (rules.isV11 ? ~0 : s.bound));
        if (!rules.isV11) return;
        m.shadowAdapters = 0;
        m.shadowDomains = 0;
        m.shadowControl = 0;
      },
    },
  ];
}

/** An adapter or a domain comes to the host's configuration, or leaves it; then a scan notices it, device by device. */
function hostEvents(rules: Rules): readonly ReferenceEvent[] {
  const { adapters, domains, absent } = rules.options;
  const comesOrGoes = (half: FilterBy, id: number): ReferenceEvent => {
    const isAdapter = half === "adapter";
    const all = isAdapter ? rules.allAdapters : rules.allDomains;
    const [adapter, domain] = isAdapter ? [1 << id, 0] : [0, 1 << id];
    const present = (s: ReferenceState) => (isAdapter ? s.hostAdapters : s.hostDomains);
    const isThere = (s: ReferenceState) => ((present(s) >> id) & 1) === 1;
    return {
      text: `host configuration: ${half} ${HALVES[half].text(id)} comes or goes`,
      canHappen: (s) => s.scanning === 0 && (!isThere(s) || countOf(all & ~present(s)) < absent),
      happen: (s) => {
        s.scanning = 1;
        if (isThere(s)) rules.leaveHost(s, adapter, domain);
        else rules.joinHost(s, adapter, domain);
      },
    };
  };
  return [
    ...range(adapters).map((id) => comesOrGoes("adapter", id)),
    ...range(domains).map((id) => comesOrGoes("domain", id)),
    {
      text: "scan complete",
      canHappen: (s) => s.scanning === 1 && s.devices === rules.product(s.hostAdapters, s.hostDomains),
      happen: (s) => rules.completeScan(s),
    },
  ];
}

/** Members of a set. */
function countOf(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}
