// A plan made ready to be carried out: each write with the answer that is expected and with the facts that it changes, worked out on
// a copy. Next: plan-file.ts keeps it, carry-out.ts does it.
import { copyState } from "../../system/machine/snapshot.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import type { Plan } from "../plan/planner.ts";
import { changesBetween, differences, type FactChanges, withChanges } from "./fact-changes.ts";
import { type Facts, readFacts, readFactsAfter } from "./facts.ts";

export interface ScriptStep {
  /** Below /sys. */
  readonly path: string;
  readonly value: string;
  /** A count of bytes, or "blocked" where it waits for a guest. */
  readonly answer: number | string;
  readonly changes: FactChanges;
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
export function scriptOf(host: Host, { steps }: Plan, shown?: Facts): Script {
  const copy = newHost(copyState(host.state), host.profile, vfioApDriver);
  const sysfs = hostSysfs(copy);
  let facts = readFacts(sysfs);
  return {
    start: shown ?? facts,
    steps: steps.map(([path, value]) => {
      const written = sysfs.write(path, value);
      const after = readFactsAfter(sysfs, path, facts);
      const changes = changesBetween(facts, after);
      facts = after;
      return { path, value, answer: answerOf(written), changes };
    }),
  };
}

/** As traces say it. */
export function answerOf(result: ReturnType<ReturnType<typeof hostSysfs>["write"]>): number | string {
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
    expected = withChanges(expected, steps[done]?.changes ?? {});
  }
  return nearest as Standing;
}
