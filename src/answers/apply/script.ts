// A plan made ready to be carried out: each write with the answer and the changed facts that were seen when it was rehearsed. Next:
// plan-file.ts keeps it, carry-out.ts does it.
import { must } from "../../system/ap/assert.ts";
import type { Result } from "../../system/ap/result.ts";
import { hostSysfs, type Written } from "../../system/sysfs/sysfs.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Plan } from "../plan/planner.ts";
import { type Rehearsed, rehearse } from "../plan/rehearse.ts";
import type { FactMap } from "./fact.ts";
import { changesBetween, differences, type FactChange, withChanges } from "./fact-changes.ts";
import { readFacts, readFactsAfter } from "./read-facts.ts";

export interface ScriptStep {
  /** Below /sys. */
  readonly path: string;
  readonly value: string;
  /** A count of bytes, or "blocked" where it waits for a guest. */
  readonly answer: number | string;
  readonly changes: readonly FactChange[];
}

export interface Script {
  /** What the host must be like before the first step. */
  readonly start: FactMap;
  readonly steps: readonly ScriptStep[];
}

/**
 * @param host left alone
 * @param shown what its source shows of it now, if the host was rebuilt from a source: the two may differ a little
 */
export function rehearseScript(host: Host, plan: Plan, shown?: FactMap): Rehearsed & { readonly script: Script } {
  const sysfs = hostSysfs(host);
  // States of cards and overrides are not read again: a rebuilt host has those that were shown.
  let facts = shown ? readFactsAfter(sysfs, "", shown) : readFacts(sysfs);
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

/** As in traces. */
export function answerOf(result: Result<Written>): number | string {
  if (!result.ok) return result.errno;
  return result.value.outcome === "waits" ? "blocked" : result.value.bytes;
}

export interface Standing {
  /** How many steps have been done. */
  readonly done: number;
  /** What the host should be like after them. */
  readonly expected: FactMap;
  /** The differences; empty if the host matches. */
  readonly differences: readonly string[];
}

/** After how many of the steps a host is like this, or most like this; if that is so several times, the fewest steps. */
export function standingOf({ start, steps }: Script, now: FactMap): Standing {
  let nearest: Standing | undefined;
  let expected = start;
  for (let done = 0; done <= steps.length; done++) {
    const others = differences(expected, now);
    if (!nearest || others.length < nearest.differences.length) nearest = { done, expected, differences: others };
    expected = withChanges(expected, steps[done]?.changes ?? []);
  }
  return must(nearest);
}
