// Random hosts and desired states: what is carried out is what was planned, step by step; and whoever is killed after any step goes
// on from there, with the plan's file or by planning again, and comes to the same end.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { rebuildHost } from "../../sources/rebuild-host.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { copyHost } from "../../system/vfio-ap/copy-host.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile, ProfileName } from "../../system/vfio-ap/profile.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { livedInHost, randomDesire, wildHost } from "../../testing/soak/plan/random-hosts.ts";
import { Random } from "../../testing/soak/random.ts";
import { sample, seeds } from "../../testing/support/long-form.ts";
import { type Plan, planChanges } from "../plan/planner.ts";
import { leastInAll, missingInAll } from "../plan/reach.ts";
import { carryOut, type StepProgress } from "./carry-out.ts";
import { differences } from "./fact-changes.ts";
import { parsePlanFile, planFile } from "./plan-file.ts";
import { readFacts } from "./read-facts.ts";
import { rehearseScript, type Script, standingOf } from "./script.ts";

const HOSTS = seeds(20, 2);
const SEEN_HOSTS = seeds(60, 5);
/** Something that nobody could know comes to light in each. */
const MOST_ROUNDS = 8;
const SIZE = { adapters: 3, domains: 3, mdevs: 3 };
const PROFILES: readonly ProfileName[] = ["linux-5.19", "linux-6.0", "linux-6.8", "linux-6.12", "linux-7.3"];

const randomHost = (random: Random, profile: Profile): Host =>
  random.oneIn(3) ? wildHost(random, profile, SIZE, 80) : livedInHost(random, profile, SIZE);

function scriptFor(host: Host, plan: Plan): Script {
  const parsed = parsePlanFile(`${planFile(rehearseScript(host, plan)).join("\n")}\n`);
  assert.ok(parsed.ok, parsed.ok ? "" : `${parsed.error.line}:${parsed.error.column}: ${parsed.error.expected}`);
  return parsed.value;
}

/** As many steps as it is let; how far it came, or what it stopped for. */
async function run(host: Host, script: Script, most = Number.POSITIVE_INFINITY): Promise<StepProgress | undefined> {
  const sysfs = hostSysfs(host);
  const standing = standingOf(script, readFacts(sysfs));
  assert.deepEqual(standing.differences, []);
  if (most === 0) return undefined;
  let last: StepProgress | undefined;
  let done = 0;
  for await (last of carryOut(script, standing, { sysfs, write: async (...write) => sysfs.write(...write) })) {
    if (++done === most) break;
  }
  return last;
}

describe("a plan that is applied", () => {
  for (const name of sample(PROFILES, 2)) {
    it(`does what was predicted, and can be killed after any step, under ${name}`, async () => {
      const profile = profileNamed(name) as Profile;
      let killed = 0;
      for (const seed of HOSTS) {
        const random = new Random(seed * 7919);
        const host = randomHost(random, profile);
        const desired = randomDesire(random, host, SIZE);
        const prune = random.oneIn(4);
        const made = planChanges(host, desired, prune);
        if (!made.ok) continue;
        const what = `seed ${seed}, ${name}`;
        const script = scriptFor(host, made.value);
        const whole = copyHost(host);
        const end = await run(whole, script);
        assert.notEqual(end?.kind, "deviation", `${what}: ${JSON.stringify(end)}`);
        const facts = readFacts(hostSysfs(whole));
        const left = missingInAll(whole, made.value.targets);
        for (let done = 0; done < script.steps.length; done++) {
          killed++;
          const byFile = copyHost(host);
          await run(byFile, script, done);
          const again = copyHost(byFile);
          await run(byFile, script);
          assert.deepEqual(differences(facts, readFacts(hostSysfs(byFile))), [], `${what}: by its file after ${done}`);
          const anew = planChanges(again, desired, prune);
          assert.ok(anew.ok, `${what}: planned again after ${done}: ${anew.ok ? "" : anew.error.message}`);
          const ended = await run(again, scriptFor(again, anew.value));
          assert.notEqual(ended?.kind, "deviation", what);
          const least = leastInAll(again, made.value.targets);
          assert.ok(missingInAll(again, made.value.targets) <= Math.max(left, least), `${what}: missing after ${done}`);
        }
      }
      assert.ok(killed > HOSTS.length, `${killed} kills`);
    });
  }
});

/** What /sys does not show: an mdev whose removal waits, an override of a queue that is gone, how a reset ended. */
const isOfHidden = ({ answer, differences: others }: Extract<StepProgress, { kind: "deviation" }>): boolean =>
  /^(EEXIST|EADDRINUSE|EINVAL|EBUSY)$/.test(`${answer}`) || others.some((one) => /^guest of .*: adapters -/.test(one));

/** Carried out on the host itself, without a look at where it stands: it has just been planned. */
async function runFresh(host: Host, script: Script): Promise<StepProgress | undefined> {
  const sysfs = hostSysfs(host);
  const target = { sysfs, write: async (path: string, value: string) => sysfs.write(path, value) };
  let last: StepProgress | undefined;
  for await (last of carryOut(script, { done: 0, expected: script.start }, target));
  return last;
}

describe("a host that is known from its /sys alone", () => {
  for (const name of sample(PROFILES.slice(1), 3)) {
    it(`comes to an end by planning again after what nobody could know, under ${name}`, async () => {
      const profile = profileNamed(name) as Profile;
      const ends = { settled: 0, hidden: 0 };
      for (const seed of SEEN_HOSTS) {
        const random = new Random(seed * 104729);
        const host = randomHost(random, profile);
        const desired = randomDesire(random, host, SIZE);
        const sysfs = hostSysfs(host);
        let told: StepProgress | undefined;
        for (let round = 1; ; round++) {
          const what = `seed ${seed}, ${name}, round ${round}`;
          const { host: seen } = rebuildHost(observeHost(sysfs), profile);
          const made = planChanges(seen, desired, false);
          if (!made.ok) break;
          const script = scriptFor(seen, made.value);
          assert.deepEqual(differences(script.start, readFacts(sysfs)), [], `${what}: rebuilt as it is shown`);
          if (script.steps.length === 0) {
            ends.settled++;
            break;
          }
          const last = await runFresh(host, script);
          if (last?.kind !== "deviation") continue;
          if (isDeepStrictEqual(last, told)) {
            assert.ok(isOfHidden(last), `${what}: ${JSON.stringify(last)}`);
            ends.hidden++;
            break;
          }
          assert.ok(round < MOST_ROUNDS, `${what}: no end`);
          told = last;
        }
      }
      const hosts = SEEN_HOSTS.length;
      assert.ok(ends.settled > hosts / 2 && ends.hidden < hosts / 8, JSON.stringify(ends));
    });
  }
});
