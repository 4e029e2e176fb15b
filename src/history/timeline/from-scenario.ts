// A scenario as a history: its actions under one kernel, without its checks.

import { must } from "../../system/ap/assert.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { linesFor, profilesOf, type Scenario } from "../scenario/scenario.ts";
import { Timeline } from "./timeline.ts";

/** @param wanted the kernel to use if the scenario is for it; otherwise the usual one, or the newest that it is for */
export function scenarioTimeline(scenario: Scenario, wanted: Profile | undefined): Timeline {
  const profiles = profilesOf(scenario);
  const usual = profiles.findLast(({ name }) => name === DEFAULT_PROFILE.name) ?? must(profiles.at(-1));
  const profile = wanted && profiles.includes(wanted) ? wanted : usual;
  const operations = linesFor(scenario, profile).flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
  return Timeline.of(profile, operations);
}
