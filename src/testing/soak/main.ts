// npm run soak: a million random operations over hosts of mixed sizes and all kernels. A failure prints its seed and leaves a
// trace that reproduces it.
import { writeFileSync } from "node:fs";
import { soakPlans } from "./soak-plans.ts";
import { type SoakPlan, soak } from "./soak-run.ts";

const [operations = "1000000", seed = "1"] = process.argv.slice(2);

function run(plans: readonly SoakPlan[]): number {
  const knownBugs = new Map<string, number>();
  let [done, refusals] = [0, 0];
  for (const plan of plans) {
    const result = soak(plan);
    done += result.operations;
    refusals += result.refusals;
    for (const [bug, count] of result.knownBugs) knownBugs.set(bug, (knownBugs.get(bug) ?? 0) + count);
    const { adapters, domains, mdevs } = plan.size;
    const which = `seed ${plan.seed}, ${plan.profile.name}, ${adapters}x${domains}x${mdevs}`;
    if (result.failure) {
      const file = `soak-${plan.seed}.jsonl`;
      writeFileSync(file, `${result.failure.trace.join("\n")}\n`);
      console.error(`${which}: after operation ${result.operations}: ${result.failure.what}; the trace is in ${file}`);
      return 1;
    }
  }
  for (const [bug, count] of [...knownBugs].sort()) console.log(`known bug, ${count} times: ${bug}`);
  console.log(`${plans.length} hosts, ${done} operations, ${refusals} refused, 0 violations`);
  return 0;
}

process.exitCode = run(soakPlans(Number(operations), Number(seed)));
