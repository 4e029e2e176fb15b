// What will be carried out on a host, and how much of it is done already: a plan made for the host now, or one from a file.
import { type DesiredState, type Planned, planned } from "../../formats/desired/desired.ts";
import type { Reading } from "../../formats/reading/input-error.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { planChanges } from "../plan/planner.ts";
import { type MdevPrediction, predict } from "../plan/prediction.ts";
import type { FactMap } from "./fact.ts";
import { fewOf } from "./fact-changes.ts";
import { rehearseScript, type Script, type Standing, standingOf } from "./script.ts";

export interface Prepared {
  readonly script: Script;
  readonly standing: Standing;
  /** Mdevs whose guests will lack something in the end; undefined if the plan is from a file, which does not say it. */
  readonly lacking: readonly MdevPrediction[] | undefined;
}

/**
 * @param prune mdevs that are not named are removed
 * @param now what the source of the host shows of it
 */
export function prepareDesired(host: Host, desired: DesiredState, prune: boolean, now: FactMap): Planned<Prepared> {
  const made = planChanges(host, desired, prune);
  if (!made.ok) return made;
  const rehearsed = rehearseScript(host, made.value, now);
  const lacking = predict(rehearsed).mdevs.filter(({ missing }) => missing.length > 0);
  return planned({ script: rehearsed.script, standing: { done: 0, expected: now, differences: [] }, lacking });
}

/** @returns a sentence if the host is not as the plan expects it before or after any of its steps */
export function preparePlan(script: Script, now: FactMap): Reading<Prepared> {
  const standing = standingOf(script, now);
  const { done, differences } = standing;
  if (differences.length === 0) return { ok: true, value: { script, standing, lacking: undefined } };
  const when = done === 0 ? "what it was when the plan was made" : `what it was to be after step ${done} or any other`;
  const message = `the host is not ${when} (${fewOf(differences)}), nothing was written; make the plan again`;
  return { ok: false, message };
}
