// The steps of a script carried out on a host that lives: write, look, compare. It ends at the first step after which the host differs
// from what was predicted. Nothing here decides about adapters or domains.
import type { Result } from "../../system/ap/result.ts";
import type { Sysfs, Written } from "../../system/sysfs/sysfs.ts";
import type { FactMap } from "./fact.ts";
import { differences, withChanges } from "./fact-changes.ts";
import { readFactsAfter } from "./read-facts.ts";
import { answerOf, type Script, type ScriptStep, type Standing } from "./script.ts";

export interface LiveHost {
  readonly sysfs: Sysfs;
  /** If the write has to wait for a guest, its outcome is "waits", and it is done when the guest has let go. */
  write(path: string, value: string): Promise<Result<Written>>;
}

/** After each step. Steps count from 1. */
export type StepProgress =
  | { readonly kind: "done" | "waits"; readonly at: number; readonly step: ScriptStep }
  | {
      readonly kind: "deviation";
      readonly at: number;
      readonly step: ScriptStep;
      /** What the write answered, if that was not expected. */
      readonly answer: number | string | undefined;
      /** What else differs. */
      readonly differences: readonly string[];
    };

/** A removal that was expected to wait may not have to: its guest has let go in the meantime. */
const isAsExpected = (expected: number | string, found: number | string): boolean =>
  expected === found || (expected === "blocked" && typeof found === "number");

export async function* carryOut(
  { steps }: Script,
  { done, expected }: Pick<Standing, "done" | "expected">,
  host: LiveHost,
): AsyncGenerator<StepProgress> {
  let facts: FactMap = expected;
  for (const [i, step] of steps.slice(done).entries()) {
    const at = done + i + 1;
    const answer = answerOf(await host.write(step.path, step.value));
    const before = facts;
    facts = withChanges(facts, step.changes);
    const now = readFactsAfter(host.sysfs, step.path, before);
    const others = differences(facts, now);
    const isAnswered = isAsExpected(step.answer, answer);
    if (!isAnswered || others.length > 0) {
      yield { kind: "deviation", at, step, answer: isAnswered ? undefined : answer, differences: others };
      return;
    }
    yield { kind: answer === "blocked" ? "waits" : "done", at, step };
  }
}
