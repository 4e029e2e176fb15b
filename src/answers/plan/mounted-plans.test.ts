// Plans carried out in a lab through its mounted tree, by system calls of another process: every answer and the masks of every guest
// are after each step as the plan's trace says.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { parseTrace, type Trace } from "../../system/trace/trace-file.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { livedIn, randomDesire } from "../../testing/soak/plan/random-hosts.ts";
import { Random } from "../../testing/soak/random.ts";
import { Client } from "../../testing/support/client.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { MountedReplay } from "../../testing/support/mounted-replay.ts";
import { mountSkip } from "../../testing/support/precondition.ts";
import { temporaryDirectory } from "../../testing/support/temporary.ts";
import { planFile } from "../apply/plan-file.ts";
import { rehearseScript } from "../apply/script.ts";
import { planChanges } from "./planner.ts";

/** For each kernel. */
const HOSTS = inLongForm(8, 2);
const SIZE = { adapters: 4, domains: 4, mdevs: 3 };

/** What happened to a host, whatever was answered, and then a plan for it with its answers; undefined if nothing can be planned. */
function traceOf(seed: number, profile: Profile): Trace | undefined {
  const random = new Random(seed * 6661);
  const { host, operations } = livedIn(random, profile, SIZE);
  const plan = planChanges(host, randomDesire(random, host, SIZE), random.oneIn(4));
  if (!plan.ok || plan.value.steps.length === 0) return undefined;
  const [header, ...steps] = planFile(rehearseScript(host, plan.value));
  const done = operations.map((operation) => JSON.stringify(operationToJson(operation)));
  const renumbered = steps.map((line, at) => JSON.stringify({ ...JSON.parse(line), i: operations.length + at + 1 }));
  const trace = parseTrace([header, ...done, ...renumbered].join("\n"));
  assert.ok(trace.ok, JSON.stringify(trace));
  return trace.value;
}

describe("a plan, carried out through the mount", { skip: await mountSkip() }, () => {
  let client: Client;
  let parent: string;
  before(() => {
    client = new Client();
    parent = temporaryDirectory();
  });
  after(() => client.stop());

  for (const profile of PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part")) {
    it(`does step by step what it says, under ${profile.name}`, async () => {
      for (let [seed, played] = [1, 0]; played < HOSTS; seed++) {
        const trace = traceOf(seed, profile);
        if (!trace) continue;
        played++;
        assert.deepEqual(await MountedReplay.play(trace, parent, client), [], `seed ${seed}`);
      }
    });
  }
});
