// npm run soak:plan [SECONDS [SEED]]: plans for random small hosts, each against every other order of writes, and its trace replayed.

import { planFile } from "../../../answers/apply/plan-file.ts";
import { rehearseScript } from "../../../answers/apply/script.ts";
import { planChanges } from "../../../answers/plan/planner.ts";
import type { DesiredState } from "../../../formats/desired/desired.ts";
import { playTrace } from "../../../system/trace/play.ts";
import { parseTrace } from "../../../system/trace/trace-file.ts";
import type { Host } from "../../../system/vfio-ap/host.ts";
import { PROFILES } from "../../../system/vfio-ap/profiles.ts";
import { Random } from "../random.ts";
import type { Size } from "../random-operations.ts";
import { compareOrders } from "./compare-orders.ts";
import { failResets, livedInHost, randomDesire, wildHost } from "./random-hosts.ts";

const SIZES: readonly (Size & { readonly hosts: number; readonly hostsIfLost: number })[] = [
  { adapters: 2, domains: 2, mdevs: 2, hosts: 200, hostsIfLost: 1500 },
  { adapters: 3, domains: 3, mdevs: 2, hosts: 50, hostsIfLost: 400 },
  { adapters: 2, domains: 2, mdevs: 3, hosts: 200, hostsIfLost: 800 },
  { adapters: 3, domains: 2, mdevs: 3, hosts: 50, hostsIfLost: 400 },
];
const OPERATIONS = 60;
const KERNELS = PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part");

/** Answers or guests that differ from the plan's trace. */
function differences(host: Host, desired: DesiredState): number {
  const plan = planChanges(host, desired, false);
  if (!plan.ok) return 0;
  const trace = parseTrace(planFile(rehearseScript(host, plan.value)).join("\n"), "any");
  return trace.ok ? playTrace(trace.value, undefined, undefined, host).differences.length : 1;
}

function soak(seconds: number, firstSeed: number): number {
  const end = process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n;
  const seen = { plans: 0, kept: 0, lossy: 0, cutShort: 0, beaten: 0, different: 0 };
  for (let seed = firstSeed; process.hrtime.bigint() < end; seed++) {
    const random = new Random(seed);
    const size = random.pick(SIZES);
    const profile = random.pick(KERNELS);
    const host = random.oneIn(4) ? wildHost(random, profile, size, OPERATIONS) : livedInHost(random, profile, size);
    if (random.oneIn(3)) failResets(random, host);
    const desired = randomDesire(random, host, size);
    const compared = compareOrders(host, desired, size);
    if (!compared) continue;
    seen.plans++;
    if (compared.kept > 0) seen.kept++;
    if (compared.lost > 0) seen.lossy++;
    if (!compared.isComplete) seen.cutShort++;
    if (differences(host, desired) > 0) seen.different++;
    if (compared.better === undefined) continue;
    seen.beaten++;
    console.log(`seed ${seed}, ${profile.name}, ${JSON.stringify(size)}: ${compared.better}\n`);
  }
  console.log(JSON.stringify(seen));
  return seen.beaten + seen.different > 0 ? 1 : 0;
}

const [seconds = 60, seed = 1] = process.argv.slice(2).map(Number);
if (Number.isSafeInteger(seconds) && Number.isSafeInteger(seed) && seconds > 0 && seed > 0) {
  process.exitCode = soak(seconds, seed);
} else {
  console.error("usage: npm run soak:plan [SECONDS [SEED]]   whole numbers from 1");
  process.exitCode = 1;
}
