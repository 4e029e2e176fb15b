// The reference model once more, word by word as it is described: lists and loops, no packing, no tables. The quick one is held
// against it where no other checker has counted: control domains, a reserved queue, one adapter or domain, symmetry.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sample } from "../../testing/support/long-form.ts";
import { explore } from "../explorer/exploration.ts";
import { permutations } from "../symmetry.ts";
import { referenceModel } from "./reference-model.ts";
import type { ReferenceOptions } from "./reference-options.ts";

/** Sets are sorted lists, so that equal states are equal text. A queue is [a, d] as a * 100 + d. */
interface State {
  P: number[];
  B: number[];
  C: number[];
  qA: number[];
  qQ: number[];
  mdevs: { mA: number[]; mQ: number[]; sA: number[]; sQ: number[]; D: number[]; mC: number[]; sC: number[] }[];
  run: number[];
  pend: number[];
  scan: boolean;
  chg: { adapter?: number; domain?: number };
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sorted = (set: readonly number[]): number[] => [...new Set(set)].sort((a, b) => a - b);
const and = (a: readonly number[], b: readonly number[]): number[] => a.filter((x) => b.includes(x));
const minus = (a: readonly number[], b: readonly number[]): number[] => a.filter((x) => !b.includes(x));
const or = (a: readonly number[], b: readonly number[]): number[] => sorted([...a, ...b]);
const times = (A: readonly number[], Q: readonly number[]): number[] => A.flatMap((a) => Q.map((d) => a * 100 + d));
const subset = (a: readonly number[], b: readonly number[]): boolean => minus(a, b).length === 0;

interface Step {
  readonly after: State;
  readonly broken: readonly string[];
}

function plainModel({ adapters: N, domains: M, mdevs: G, absent, rule, controlDomains, reserved }: ReferenceOptions) {
  const V11 = rule >= 3;
  const RMAQM = [0, 2, 4].includes(rule);
  const RSTF = rule <= 1;
  const R = reserved ? [(N - 1) * 100 + M - 1] : [];
  const initial: State = {
    P: times(range(N), range(M)),
    B: [],
    C: [],
    qA: range(N),
    qQ: range(M),
    mdevs: range(G).map(() => ({ mA: [], mQ: [], sA: [], sQ: [], D: [], mC: [], sC: [] })),
    run: [],
    pend: [],
    scan: false,
    chg: {},
  };
  const apcb = (s: State, g: number) => (s.run.includes(g) ? times(s.mdevs[g]!.sA, s.mdevs[g]!.sQ) : []);
  const matrix = (s: State, g: number) => times(s.mdevs[g]!.mA, s.mdevs[g]!.mQ);
  const owner = (s: State, q: number) => range(G).find((g) => matrix(s, g).includes(q));
  const reset = (s: State, queues: readonly number[]) => {
    for (const m of s.mdevs) m.D = minus(m.D, queues);
  };
  const empty = (m: State["mdevs"][number]) => {
    if (!V11 || (m.sA.length > 0 && m.sQ.length > 0)) return;
    m.sA = [];
    m.sQ = [];
  };

  function refilter(s: State, g: number, mode: "APID" | "APQI"): void {
    const m = s.mdevs[g]!;
    const [A0, Q0] = [and(m.mA, s.qA), and(m.mQ, s.qQ)];
    const L = minus(s.B, s.C);
    if (!V11) {
      const A = A0.filter((a) => subset(times([a], Q0), s.B));
      if (RSTF) reset(s, and(times(minus(and(m.sA, A0), A), Q0), s.B));
      m.sA = A;
      m.sQ = Q0;
      return;
    }
    m.sA = mode === "APID" ? A0.filter((a) => subset(times([a], Q0), L)) : A0;
    m.sQ = mode === "APID" ? Q0 : Q0.filter((d) => subset(times(A0, [d]), L));
    empty(m);
  }

  function probe(s: State, q: number): void {
    const g = owner(s, q);
    if (g === undefined) return;
    const waits = s.chg.adapter === Math.floor(q / 100) || s.chg.domain === q % 100;
    if (V11 ? s.run.includes(g) && !waits : !s.pend.includes(g)) refilter(s, g, "APID");
  }

  function remove(s: State, q: number): void {
    const [a, d] = [Math.floor(q / 100), q % 100];
    const g = owner(s, q);
    const m = g === undefined ? undefined : s.mdevs[g]!;
    const has = m?.sA.includes(a) && (!RMAQM || m.sQ.includes(d));
    if (V11) {
      if (m && has && !s.C.includes(q) && s.run.includes(g as number)) {
        m.sA = minus(m.sA, [a]);
        if (m.sA.length === 0) m.sQ = [];
      }
      reset(s, [q]);
    } else if (m && has) {
      m.sA = minus(m.sA, [a]);
      reset(s, and(times([a], m.sQ), s.B));
    } else if (s.qA.includes(a) && s.qQ.includes(d)) reset(s, [q]);
    s.B = minus(s.B, [q]);
    s.C = minus(s.C, [q]);
  }

  function hostRemoval(s: State, a: number | undefined, d: number | undefined): void {
    const as = a === undefined ? [] : [a];
    const ds = d === undefined ? [] : [d];
    reset(s, a === undefined ? times(range(N), ds) : times(as, range(M)));
    for (const [g, m] of s.mdevs.entries()) {
      if (V11 && !s.run.includes(g)) continue;
      const hit = and(m.sA, as).length + and(m.sQ, ds).length > 0;
      m.sA = minus(m.sA, as);
      m.sQ = minus(m.sQ, ds);
      if (!V11) m.sC = minus(m.sC, ds);
      if (hit) empty(m);
      if (!V11) continue;
      if (a !== undefined && m.mA.includes(a)) s.C = or(s.C, and(times(as, m.mQ), s.B));
      if (d !== undefined && m.mQ.includes(d)) s.C = or(s.C, and(times(m.mA, ds), s.B));
    }
  }

  function complete(s: State): void {
    const { adapter, domain } = s.chg;
    for (const [g, m] of s.mdevs.entries()) {
      const hit = m.mA.includes(adapter ?? -1) || m.mQ.includes(domain ?? -1);
      if (V11) {
        if (s.run.includes(g) && hit) refilter(s, g, "APID");
      } else if (s.pend.includes(g)) {
        if (hit) refilter(s, g, "APID");
        if (m.mC.includes(domain ?? -1)) m.sC = and(m.mC, s.qQ);
      }
    }
    s.scan = false;
    s.chg = {};
    s.pend = [];
  }

  /** All enabled events of a state. */
  function steps(s: State): Step[] {
    const found: Step[] = [];
    const event = (kind: "gives" | "takes" | "other", does: (to: State) => void, q = -1): void => {
      // The lists are never changed, only replaced.
      const to: State = { ...s, mdevs: s.mdevs.map((m) => ({ ...m })) };
      does(to);
      const broken = new Set<string>();
      for (const g of to.run) {
        const has = apcb(to, g);
        for (const [h, m] of to.mdevs.entries()) {
          if (h === g) continue;
          if (and(m.D, has).length > 0) broken.add("I8");
          m.D = minus(m.D, has);
        }
        to.mdevs[g]!.D = or(to.mdevs[g]!.D, has);
        if (!s.run.includes(g) || subset(apcb(s, g), has)) continue;
        if (kind === "gives") broken.add("I9");
        if (kind === "takes" && !range(G).some((h) => apcb(s, h).includes(q))) broken.add("I10");
      }
      found.push({ after: to, broken: [...broken] });
    };
    const inHost = times(s.qA, s.qQ);
    for (const q of times(range(N), range(M))) {
      if (s.P.includes(q) && !s.B.includes(q) && !R.includes(q)) {
        event("gives", (to) => {
          to.B = or(to.B, [q]);
          probe(to, q);
        });
      }
      if (s.B.includes(q)) event("takes", (to) => remove(to, q), q);
      if (s.scan && !s.P.includes(q) && inHost.includes(q)) {
        event("other", (to) => {
          to.P = or(to.P, [q]);
          if (R.includes(q)) return;
          to.B = or(to.B, [q]);
          probe(to, q);
        });
      }
      if (s.scan && s.P.includes(q) && !inHost.includes(q)) {
        const goes = (to: State) => {
          if (to.B.includes(q)) remove(to, q);
          to.P = minus(to.P, [q]);
        };
        event("takes", goes, q);
      }
    }
    for (const g of range(G)) {
      const taken = [...R, ...range(G).flatMap((h) => (h === g ? [] : matrix(s, h)))];
      const now = s.mdevs[g]!;
      const runs = s.run.includes(g);
      for (const a of range(N)) {
        const X = times([a], now.mQ);
        if (now.mA.includes(a)) {
          event("other", (to) => {
            const m = to.mdevs[g]!;
            m.mA = minus(m.mA, [a]);
            to.C = minus(to.C, X);
            if (!m.sA.includes(a)) return;
            if (!V11) reset(to, and(times([a], m.sQ), to.B));
            m.sA = minus(m.sA, [a]);
            empty(m);
          });
        } else if (and(X, taken).length === 0) {
          event("gives", (to) => {
            to.mdevs[g]!.mA = or(to.mdevs[g]!.mA, [a]);
            to.C = minus(to.C, X);
            if (!V11 || runs) refilter(to, g, "APID");
          });
        }
      }
      for (const d of range(M)) {
        const X = times(now.mA, [d]);
        if (now.mQ.includes(d)) {
          event("other", (to) => {
            const m = to.mdevs[g]!;
            m.mQ = minus(m.mQ, [d]);
            to.C = minus(to.C, X);
            if (!m.sQ.includes(d)) return;
            if (!V11) reset(to, and(times(m.sA, [d]), to.B));
            m.sQ = minus(m.sQ, [d]);
            empty(m);
          });
        } else if (and(X, taken).length === 0) {
          event("gives", (to) => {
            to.mdevs[g]!.mQ = or(to.mdevs[g]!.mQ, [d]);
            to.C = minus(to.C, X);
            if (!V11 || runs) refilter(to, g, "APQI");
          });
        }
        if (!controlDomains) continue;
        event("other", (to) => {
          const m = to.mdevs[g]!;
          if (m.mC.includes(d)) {
            m.mC = minus(m.mC, [d]);
            m.sC = minus(m.sC, [d]);
          } else {
            m.mC = or(m.mC, [d]);
            if (!V11) m.sC = and(m.mC, to.qQ);
            else if (runs) m.sC = or(m.sC, [d]);
          }
        });
      }
      event("other", (to) => {
        const m = to.mdevs[g]!;
        to.run = runs ? minus(to.run, [g]) : or(to.run, [g]);
        if (runs) reset(to, V11 ? matrix(to, g) : and(matrix(to, g), to.B));
        if (V11 && !runs) refilter(to, g, "APID");
        if (V11) m.sC = runs ? [] : m.mC;
        if (V11 && runs) [m.sA, m.sQ] = [[], []];
      });
    }
    if (absent === 0) return found;
    for (const [isAdapter, size] of [
      [true, N],
      [false, M],
    ] as const) {
      for (const n of s.scan ? [] : range(size)) {
        const present = isAdapter ? s.qA : s.qQ;
        if (present.includes(n) && size - present.length >= absent) continue;
        event("other", (to) => {
          to.scan = true;
          const key = isAdapter ? "qA" : "qQ";
          if (present.includes(n)) {
            to[key] = minus(present, [n]);
            hostRemoval(to, isAdapter ? n : undefined, isAdapter ? undefined : n);
            return;
          }
          to[key] = or(present, [n]);
          to.chg = isAdapter ? { adapter: n } : { domain: n };
          if (V11) return;
          to.pend = range(G).filter((g) => {
            const m = to.mdevs[g]!;
            return isAdapter ? m.mA.includes(n) : m.mQ.includes(n) || m.mC.includes(n);
          });
        });
      }
    }
    if (s.scan && subset(s.P, inHost) && subset(inHost, s.P)) event("other", complete);
    return found;
  }

  function brokenIn(s: State): string[] {
    const broken = new Set<string>();
    const L = minus(s.B, s.C);
    for (const [g, m] of s.mdevs.entries()) {
      if (!subset(m.sA, m.mA) || !subset(m.sQ, m.mQ)) broken.add("I4");
      if (and(matrix(s, g), R).length > 0) broken.add("I5");
      if (!s.run.includes(g)) continue;
      const has = apcb(s, g);
      if (range(G).some((h) => h !== g && and(apcb(s, h), has).length > 0)) broken.add("I1");
      if (!subset(has, s.B)) broken.add("I2");
      if (!subset(has, times(s.qA, s.qQ))) broken.add("I3");
      const outside = and(times(m.mA, minus(m.mQ, m.sQ)), L);
      if (outside.length > 0) broken.add("I6w");
      if (and(outside, times(m.sA, range(M))).length > 0) broken.add("I6");
      const Q0 = and(m.mQ, s.qQ);
      const A = and(m.mA, s.qA).filter((a) => subset(times([a], Q0), L));
      if (!s.scan && !subset(times(A, Q0), has)) broken.add("I7");
    }
    return [...broken];
  }
  return { initial, steps, brokenIn };
}

/** The text of the state that stands for all that are like it but for names: the first of all their texts. */
function orbitOf({ adapters, domains, mdevs }: ReferenceOptions): (s: State) => string {
  const names = permutations(adapters).flatMap((A) =>
    permutations(domains).flatMap((Q) => permutations(mdevs).map((G) => ({ A, Q, G }))),
  );
  return (s) => {
    const texts = names.map(({ A, Q, G }) => {
      const as = (set: readonly number[]) => sorted(set.map((a) => A[a]!));
      const ds = (set: readonly number[]) => sorted(set.map((d) => Q[d]!));
      const qs = (set: readonly number[]) => sorted(set.map((q) => A[Math.floor(q / 100)]! * 100 + Q[q % 100]!));
      const chg = { adapter: A[s.chg.adapter ?? -1], domain: Q[s.chg.domain ?? -1] };
      const mdevs = s.mdevs.map((_, g) => s.mdevs[G.indexOf(g)]!);
      const moved = mdevs.map((m) => [as(m.mA), ds(m.mQ), as(m.sA), ds(m.sQ), qs(m.D), ds(m.mC), ds(m.sC)]);
      const host = [qs(s.P), qs(s.B), qs(s.C), as(s.qA), ds(s.qQ), s.scan, chg];
      return JSON.stringify([host, moved, sorted(s.run.map((g) => G[g]!)), sorted(s.pend.map((g) => G[g]!))]);
    });
    return texts.reduce((a, b) => (a < b ? a : b));
  };
}

function countPlainly(options: ReferenceOptions, symmetry: boolean) {
  const { initial, steps, brokenIn } = plainModel(options);
  const keyOf = symmetry ? orbitOf(options) : (s: State) => JSON.stringify(s);
  const known = new Set([keyOf(initial)]);
  const violations: Record<string, number> = {};
  const note = (names: readonly string[]) => {
    for (const name of names) violations[name] = (violations[name] ?? 0) + 1;
  };
  note(brokenIn(initial));
  let level = [initial];
  let [transitions, depth] = [0, 0];
  for (;;) {
    const next: State[] = [];
    for (const state of level) {
      for (const { after, broken } of steps(state)) {
        transitions++;
        note(broken);
        const key = keyOf(after);
        if (known.has(key)) continue;
        known.add(key);
        note(brokenIn(after));
        next.push(after);
      }
    }
    if (next.length === 0) return { states: known.size, transitions, depth, violations };
    depth++;
    level = next;
  }
}

function countQuickly(options: ReferenceOptions, symmetry: boolean) {
  const { states, transitions, depth, properties } = explore(referenceModel(options), { symmetry });
  const broken = properties.filter(({ violations }) => violations > 0);
  const violations = Object.fromEntries(broken.map(({ property, violations: n }) => [property.name, n]));
  return { states, transitions, depth, violations };
}

const HOST: ReferenceOptions = {
  adapters: 2,
  domains: 2,
  mdevs: 1,
  absent: 0,
  rule: 0,
  controlDomains: false,
  reserved: false,
};

const CASES: readonly (Partial<ReferenceOptions> & { readonly symmetry?: boolean })[] = [
  { adapters: 1, domains: 1, mdevs: 2, absent: 1, rule: 3, controlDomains: true },
  { adapters: 1, domains: 2, mdevs: 1, absent: 2, rule: 0, controlDomains: true },
  ...[0, 1, 2, 3, 4].map((rule) => ({ adapters: 2, domains: 1, mdevs: 1, absent: 2, rule, reserved: true })),
  { adapters: 1, domains: 3, mdevs: 1, absent: 1, rule: 3 },
  { controlDomains: true, rule: 4 },
  { reserved: true, controlDomains: true },
  { adapters: 1, domains: 2, mdevs: 2, rule: 3, symmetry: true },
  { adapters: 2, domains: 1, mdevs: 1, absent: 2, rule: 0, controlDomains: true, symmetry: true },
  { adapters: 1, domains: 1, mdevs: 2, absent: 1, rule: 0, symmetry: true },
];

describe("the quick reference model and the one as described", () => {
  for (const { symmetry = false, ...differs } of sample(CASES, 6)) {
    it(`count the same for ${JSON.stringify(differs)}${symmetry ? " up to symmetry" : ""}`, () => {
      const options = { ...HOST, ...differs };
      const plain = countPlainly(options, symmetry);
      const quick = countQuickly(options, symmetry);
      // Sets of names come in no order.
      assert.deepEqual(quick, plain);
    });
  }
});
