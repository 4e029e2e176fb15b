// A plan made ready to be carried out: each write with the answer that is expected and with the facts that it changes, as they were
// when it was rehearsed. Next: plan-file.ts keeps it, carry-out.ts does it.
import type { Result } from "../../system/ap/result.ts";
import { hostSysfs, type Written } from "../../system/sysfs/sysfs.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Plan } from "../plan/planner.ts";
import { type Rehearsed, rehearse } from "../plan/rehearse.ts";
import type { Facts } from "./fact.ts";
import { changesBetween, differences, type FactChange, withChanges } from "./fact-changes.ts";
import { readFacts, readFactsAfter } from "./facts.ts";

export interface ScriptStep {
  /** Below /sys. */
  readonly path: string;
  readonly value: string;
  /** A count of bytes, or "blocked" where it waits for a guest. */
  readonly answer: number | string;
  readonly changes: readonly FactChange[];
}

export interface Script {
  /** What the host has to be like before the first step. */
  readonly start: Facts;
  readonly steps: readonly ScriptStep[];
}

/**
 * @param host left alone
 * @param shown what its source shows of it now, if it was rebuilt from there: of that it may be a little different
 */
export function rehearseScript(host: Host, plan: Plan, shown?: Facts): Rehearsed & { readonly script: Script } {
  let facts = readFacts(hostSysfs(host));
  const start = shown ?? facts;
  const changes: (readonly FactChange[])[] = [];
  const rehearsed = rehearse(host, plan, (sysfs, path) => {
    const after = readFactsAfter(sysfs, path, facts);
    changes.push(changesBetween(facts, after));
    facts = after;
  });
  const steps = rehearsed.steps.map(
    ({ path, value, answer }, at): ScriptStep => ({ path, value, answer: answer.r, changes: changes[at] ?? [] }),
  );
  return { ...rehearsed, script: { start, steps } };
}

/** As traces say it. */
export function answerOf(result: Result<Written>): number | string {
  if (!result.ok) return result.errno;
  return result.value.outcome === "waits" ? "blocked" : result.value.bytes;
}

export interface Standing {
  /** So many steps have been done. */
  readonly done: number;
  /** What the host is like then. */
  readonly expected: Facts;
  /** What is otherwise; none where a host is just like that. */
  readonly differences: readonly string[];
}

/** After how many of the steps a host is like this, or most like this. The fewest, where it is so several times. */
export function standingOf({ start, steps }: Script, now: Facts): Standing {
  let nearest: Standing | undefined;
  let expected = start;
  for (let done = 0; done <= steps.length; done++) {
    const others = differences(expected, now);
    if (!nearest || others.length < nearest.differences.length) nearest = { done, expected, differences: others };
    expected = withChanges(expected, steps[done]?.changes ?? []);
  }
  return nearest as Standing;
}
