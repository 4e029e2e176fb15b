// The steps of a script carried out on a host that lives: write, look, compare. It ends at the first step after which the host is
// another one than was predicted. Nothing here decides about adapters or domains.
import type { Result } from "../../system/ap/result.ts";
import type { Sysfs, Written } from "../../system/sysfs/sysfs.ts";
import type { Facts } from "./fact.ts";
import { differences, withChanges } from "./fact-changes.ts";
import { readFactsAfter } from "./facts.ts";
import { answerOf, type Script, type ScriptStep, type Standing } from "./script.ts";

export interface Target {
  readonly sysfs: Sysfs;
  /** A write that may have to wait: then its outcome is "waits", and it is done when whoever it waits for has let go. */
  write(path: string, value: string): Promise<Result<Written>>;
}

/** After each step. Steps count from 1. */
export type Progress =
  | { readonly kind: "done" | "waits"; readonly at: number; readonly step: ScriptStep }
  | {
      readonly kind: "deviation";
      readonly at: number;
      readonly step: ScriptStep;
      /** What the write answered, if it is not what was expected. */
      readonly answer: number | string | undefined;
      /** What else is not as expected. */
      readonly differences: readonly string[];
    };

/** A removal that was to wait and does not: its guest has let go in the meantime. */
const isAsExpected = (expected: number | string, came: number | string): boolean =>
  expected === came || (expected === "blocked" && typeof came === "number");

export async function* carryOut(
  { steps }: Script,
  { done, expected }: Pick<Standing, "done" | "expected">,
  target: Target,
): AsyncGenerator<Progress> {
  let facts: Facts = expected;
  for (const [i, step] of steps.slice(done).entries()) {
    const at = done + i + 1;
    const answer = answerOf(await target.write(step.path, step.value));
    const before = facts;
    facts = withChanges(facts, step.changes);
    const now = readFactsAfter(target.sysfs, step.path, before);
    const others = differences(facts, now);
    const isAnswered = isAsExpected(step.answer, answer);
    if (!isAnswered || others.length > 0) {
      yield { kind: "deviation", at, step, answer: isAnswered ? undefined : answer, differences: others };
      return;
    }
    yield { kind: answer === "blocked" ? "waits" : "done", at, step };
  }
}
