// One seeded run: random operations on one host, and after each of them everything that must hold.
import type { Happening } from "../machine/happening.ts";
import { sameState, snapshot } from "../machine/snapshot.ts";
import type { Operation } from "../trace/operation.ts";
import { operationToJson } from "../trace/operation-json.ts";
import { Player } from "../trace/player.ts";
import { type Violation, violations } from "../vfio-ap/invariants.ts";
import type { Profile } from "../vfio-ap/profiles.ts";
import { Dirt } from "./dirt.ts";
import { Random } from "./random.ts";
import { RandomOperations, type Size } from "./random-operations.ts";

export interface SoakPlan {
  readonly seed: number;
  readonly operations: number;
  readonly size: Size;
  readonly profile: Profile;
}

export interface SoakResult {
  readonly operations: number;
  /** How often each known bug of the kernel was seen. */
  readonly knownBugs: ReadonlyMap<string, number>;
  readonly refusals: number;
  /** The first thing that is wrong, and the operations up to it as lines of a trace. */
  readonly failure: { readonly what: string; readonly trace: readonly string[] } | undefined;
}

const SHARED = "no queue reaches a second guest without a reset since the first";

/** Operations that can fail after having done something: a reset is one even if it fails. */
const isRefusal = (operation: Operation, r: number | string): boolean =>
  typeof r === "string" && r !== "blocked" && operation.op !== "reset";

export function soak({ seed, operations, size, profile }: SoakPlan): SoakResult {
  const source = new RandomOperations(new Random(seed), size);
  const dirt = new Dirt();
  const player = new Player(profile, (happening: Happening) => dirt.hear(happening));
  const trace: string[] = [JSON.stringify({ trace: `soak-${seed}`, format: 2, profile: profile.name })];
  const knownBugs = new Map<string, number>();
  let refusals = 0;
  let before: Uint32Array | undefined;
  for (let i = 1; i <= operations; i++) {
    const operation = i === 1 ? source.init() : source.next();
    trace.push(JSON.stringify({ i, ...operationToJson(operation) }));
    const { r } = player.apply(operation, i);
    const { host } = player;
    const fail = (what: string): SoakResult => ({ operations: i, knownBugs, refusals, failure: { what, trace } });
    if (isRefusal(operation, r)) {
      refusals++;
      if (before && !sameState(before, host.state.words)) return fail(`a refused operation (${r}) changed the host`);
    }
    const shared = dirt.step(host);
    for (const { name, knownBug } of [...violations(host), ...(shared ? [sharedQueue(profile)] : [])]) {
      if (knownBug === undefined) return fail(name === SHARED ? `${name} (${shared})` : name);
      knownBugs.set(`${knownBug}: ${name}`, (knownBugs.get(`${knownBug}: ${name}`) ?? 0) + 1);
    }
    if (before?.length === host.state.words.length) before.set(host.state.words);
    else before = snapshot(host.state);
  }
  return { operations, knownBugs, refusals, failure: undefined };
}

/** Kernels that reset only some of what they take away hand queues on as they are; the patches did not care yet. */
const sharedQueue = (profile: Profile): Violation => ({
  name: SHARED,
  knownBug: profile.resetsFiltered ? undefined : "queues taken away are not reset (fixed in 6.8)",
});
