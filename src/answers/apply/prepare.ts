// What will be carried out on a host, and how much of it is done already: a plan made for the host now, or one from a file.
import { type DesiredState, type Planned, planned } from "../../formats/desired/desired.ts";
import type { Reading } from "../../formats/reading/input-error.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Allowance } from "../plan/allowance.ts";
import { type GuestLoss, lossesOf } from "../plan/losses.ts";
import { type KeysOf, otherKeys } from "../plan/other-keys.ts";
import { planChanges } from "../plan/planner.ts";
import { type MdevPrediction, predict } from "../plan/prediction.ts";
import type { FactMap } from "./fact.ts";
import { fewOf } from "./fact-changes.ts";
import type { PlanFile } from "./plan-file.ts";
import { rehearseScript, type Script, type Standing, standingOf } from "./script.ts";

export interface Prepared {
  readonly script: Script;
  readonly standing: Standing;
  /** Mdevs whose guests will lack something in the end; undefined if the plan is from a file, which does not say it. */
  readonly lacking: readonly MdevPrediction[] | undefined;
  /** Guests whose queue is replaced by one with other master keys, a sentence each; of a plan from a file it has been said. */
  readonly otherKeys: readonly string[];
  /** What running guests lose by all of its steps. */
  readonly losses: readonly GuestLoss[];
}

interface Wish {
  readonly desired: DesiredState;
  /** Mdevs that are not named are removed. */
  readonly prune: boolean;
  readonly allowed: Allowance;
  /** Names that people gave to mdevs, by UUID. */
  readonly labels?: ReadonlyMap<string, string>;
  readonly keysOf?: KeysOf;
}

/** @param now what the source of the host shows of it */
export function prepareDesired(host: Host, wish: Wish, now: FactMap): Planned<Prepared> {
  const { desired, prune, allowed, labels, keysOf } = wish;
  const made = planChanges(host, desired, prune, allowed);
  if (!made.ok) return made;
  const rehearsed = rehearseScript(host, made.value, now);
  const prediction = predict(rehearsed, labels);
  const lacking = prediction.mdevs.filter(({ missing, ailing }) => missing.length + ailing.length > 0);
  const other = keysOf ? otherKeys(prediction.mdevs, keysOf) : [];
  const standing = { done: 0, expected: now, differences: [] };
  return planned({ script: rehearsed.script, standing, lacking, otherKeys: other, losses: lossesOf(prediction) });
}

/** @returns a sentence if the host is not as the plan expects it before or after any of its steps */
export function preparePlan(script: PlanFile, now: FactMap): Reading<Prepared> {
  const standing = standingOf(script, now);
  const { done, differences } = standing;
  const { losses } = script;
  if (!losses) return { ok: false, message: "it does not say what running guests lose by it; make the plan again" };
  if (differences.length === 0)
    return { ok: true, value: { script, standing, lacking: undefined, otherKeys: [], losses } };
  const when = done === 0 ? "what it was when the plan was made" : `what it was to be after step ${done} or any other`;
  const message = `the host is not ${when} (${fewOf(differences)}), nothing was written; make the plan again`;
  return { ok: false, message };
}
