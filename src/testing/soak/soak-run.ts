// One seeded run: random operations on one host, and after each of them everything that must hold.

import { apidOf, apqiOf, parseApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { matricesEqual } from "../../system/ap/matrix.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { copyState, restore, sameState } from "../../system/machine/snapshot.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { stepViolations, type Violation, violations } from "../../system/vfio-ap/invariants.ts";
import { isPlugged } from "../../system/vfio-ap/plugged.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
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

/** Operations that can fail after they have changed something, such as a reset. */
const isRefusal = (operation: Operation, r: number | string): boolean =>
  typeof r === "string" && r !== "blocked" && operation.op !== "reset";

export function soak({ seed, operations, size, profile }: SoakPlan): SoakResult {
  const source = new RandomOperations(new Random(seed), size);
  const dirt = new Dirt();
  const player = new Player(profile, (happening: Happening) => dirt.hear(happening));
  const trace: string[] = [
    JSON.stringify({ trace: `soak-${seed}`, format: 2, profile: profile.name, drivers: "zcrypt" }),
  ];
  const knownBugs = new Map<string, number>();
  let refusals = 0;
  let before: HostState | undefined;
  for (let i = 1; i <= operations; i++) {
    const operation = i === 1 ? source.init() : source.next();
    trace.push(JSON.stringify({ i, ...operationToJson(operation) }));
    const { r } = player.apply(operation, i);
    const { host } = player;
    const fail = (what: string): SoakResult => ({ operations: i, knownBugs, refusals, failure: { what, trace } });
    if (isRefusal(operation, r)) {
      refusals++;
      if (before && !sameState(before.words, host.state.words))
        return fail(`a refused operation (${r}) changed the host`);
    }
    const shared = dirt.step(host);
    const found = [
      ...violations(host),
      ...(before ? stepViolations(before, host) : []),
      ...(before ? removalViolations(operation, before, host) : []),
      ...(shared ? [sharedQueue(profile)] : []),
    ];
    for (const { name, knownBug } of found) {
      if (knownBug === undefined) return fail(name === SHARED ? `${name} (${shared})` : name);
      knownBugs.set(`${knownBug}: ${name}`, (knownBugs.get(`${knownBug}: ${name}`) ?? 0) + 1);
    }
    if (before?.words.length === host.state.words.length) restore(before, host.state.words);
    else before = copyState(host.state);
  }
  return { operations, knownBugs, refusals, failure: undefined };
}

/** Kernels that reset only some of what they take away can pass queues on without a reset; the patches did not deal with that yet. */
const sharedQueue = (profile: Profile): Violation => ({
  name: SHARED,
  knownBug: profile.resetsFiltered ? undefined : "queues taken away are not reset (fixed in 6.8)",
});

const HARMLESS = "removing a queue that is not plugged leaves every guest alone";
const UNBIND = "bus/ap/drivers/vfio_ap/unbind";

/** The rule of the seed discussion, for queues that are unbound by hand. */
function removalViolations(operation: Operation, before: HostState, host: Host): readonly Violation[] {
  if (operation.op !== "write" || operation.path !== UNBIND) return [];
  const apqn = parseApqn(operation.value.trim());
  if (apqn === undefined || !before.holds(apqn)) return [];
  for (let n = 0; n < before.mdevCount; n++) {
    const mdev = before.mdevAt(n);
    if (isPlugged(mdev.shadow, apidOf(apqn), apqiOf(apqn))) return [];
  }
  const sameMasks = before.mdevs.every(({ guestMasks, index }) =>
    matricesEqual(guestMasks, must(host.state.mdevs[index]).guestMasks),
  );
  if (sameMasks) return [];
  return [{ name: HARMLESS, knownBug: host.profile.removalUnplugs === "apm" ? "v11 tests the APM only" : undefined }];
}
