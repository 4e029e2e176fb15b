// How long planning takes: 16 adapters, 85 domains and 40 running guests that have all of it, and several things that somebody could
// want of them; planning and the prediction of every state in between together.

import { naiveLosses } from "../../answers/plan/naive.ts";
import { planLines } from "../../answers/plan/plan-text.ts";
import { planChanges } from "../../answers/plan/planner.ts";
import { predict } from "../../answers/plan/prediction.ts";
import { rehearse } from "../../answers/plan/rehearse.ts";
import type { DesiredMdev, FreeBy } from "../../formats/desired/desired.ts";
import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import type { ResponseCode } from "../../system/ap/response-code.ts";
import { unbind } from "../../system/bus/manual-binding.ts";
import { DEFAULT_FACTS } from "../../system/machine/facts.ts";
import { setFault } from "../../system/machine/hardware.ts";
import { writeApConfig } from "../../system/vfio-ap/ap-config.ts";
import { bootHost } from "../../system/vfio-ap/boot.ts";
import { openMdev, resetMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { createMdev, findMdev } from "../../system/vfio-ap/mdev-life.ts";
import type { Profile, ProfileName } from "../../system/vfio-ap/profile.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { formatUuid } from "../../system/vfio-ap/uuid.ts";
import { benchUuid } from "./bench-host.ts";

const ADAPTERS = 16;
const DOMAINS = 85;
const GUESTS = 40;

/** A response code that no machine gives to a reset; it makes the queue not passable. */
const BROKEN = 0x42 as ResponseCode;

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

interface Lists {
  readonly apm: readonly number[];
  readonly aqm: readonly number[];
}

/** Two adapters and 17 domains each. */
const blockOf = (m: number): Lists => ({ apm: range(2, 2 * (m % 8)), aqm: range(17, 17 * Math.floor(m / 8)) });
/** All adapters and two domains each. */
const columnOf = (m: number): Lists => ({ apm: range(ADAPTERS), aqm: range(2, 2 * m) });

function benchHost(profile: Profile, listsOf: (m: number) => Lists, ownedByHost: boolean): Host {
  const host = bootHost({
    facts: DEFAULT_FACTS,
    hardware: {
      apm: maskOf(range(ADAPTERS).map(asApid)),
      aqm: maskOf(range(DOMAINS).map(asApqi)),
      adm: maskOf(range(DOMAINS).map(asControlDomain)),
      typeOf: () => 12,
      modeOf: () => "cca",
    },
    profile,
    ...(ownedByHost ? {} : { apmask: newMask() }),
    mdevs: GUESTS,
  });
  for (const m of range(GUESTS)) {
    createMdev(host, benchUuid(m));
    const mdev = must(findMdev(host, benchUuid(m)));
    const { apm, aqm } = listsOf(m);
    if (!ownedByHost)
      writeApConfig(host, mdev, { apm: maskOf(apm.map(asApid)), aqm: maskOf(aqm.map(asApqi)), adm: newMask() });
    openMdev(host, mdev, host.state.names.numberOf(`g${m}`));
  }
  return host;
}

const queueOf = (adapter: number, domain: number): Apqn => apqnOf(asApid(adapter), asApqi(domain));

/** Every n-th queue has no driver. */
function unbindSome(host: Host, every: number): void {
  for (const a of range(ADAPTERS)) {
    for (const d of range(DOMAINS)) {
      if ((a * DOMAINS + d) % every === 0) unbind(host, "vfio_ap", { kind: "queue", apqn: queueOf(a, d) });
    }
  }
}

/** Each guest has a queue whose last reset failed. */
function failResets(host: Host, listsOf: (m: number) => Lists): void {
  for (const m of range(GUESTS)) {
    const { apm, aqm } = listsOf(m);
    const apqn = queueOf(must(apm[0]), must(aqm[0]));
    setFault(host.state, apqn, { reset: BROKEN });
    resetMdev(host, must(findMdev(host, benchUuid(m))));
    setFault(host.state, apqn, { reset: "ok" });
  }
}

interface Case {
  readonly name: string;
  readonly host: (profile: Profile) => Host;
  /** What each guest is to have. */
  readonly lists: (m: number) => Lists;
  readonly freeBy?: FreeBy;
}

const later = (m: number): number => (m + 1) % GUESTS;
const wide = (profile: Profile): Host => benchHost(profile, columnOf, false);
const blocks = (profile: Profile): Host => benchHost(profile, blockOf, false);

function changed(host: Host, change: (host: Host) => void): Host {
  change(host);
  return host;
}

const CASES: readonly Case[] = [
  { name: "nothing to do", host: blocks, lists: blockOf },
  {
    name: "every guest gives up a domain",
    host: blocks,
    lists: (m) => ({ ...blockOf(m), aqm: blockOf(m).aqm.slice(1) }),
  },
  {
    name: "every other guest takes a domain of the next",
    host: wide,
    lists: (m) => ({ apm: columnOf(m).apm, aqm: m % 2 === 0 ? range(3, 2 * m) : range(1, 2 * m + 1) }),
  },
  { name: "every guest gets what the next one has", host: blocks, lists: (m) => blockOf(later(m)) },
  {
    name: "every guest keeps one domain and gets one",
    host: wide,
    lists: (m) => ({ apm: columnOf(m).apm, aqm: [2 * m, 2 * later(m) + 1] }),
  },
  {
    name: "a tenth of the queues is unbound",
    host: (profile) => changed(blocks(profile), (host) => unbindSome(host, 10)),
    lists: blockOf,
  },
  {
    name: "every guest has a failed reset, and nothing changes",
    host: (profile) => changed(blocks(profile), (host) => failResets(host, blockOf)),
    lists: blockOf,
  },
  {
    name: "every guest has a failed reset and lacks queues",
    host: (profile) =>
      changed(wide(profile), (host) => {
        unbindSome(host, 13);
        failResets(host, columnOf);
      }),
    lists: columnOf,
  },
  {
    name: "every guest has a failed reset, and gets one domain",
    host: (profile) => changed(benchHost(profile, columnOf, false), (host) => failResets(host, columnOf)),
    lists: (m) => ({ apm: columnOf(m).apm, aqm: [2 * m, 2 * later(m) + 1] }),
  },
  {
    name: "the host owns all, masks free it",
    host: (profile) => benchHost(profile, blockOf, true),
    lists: blockOf,
    freeBy: "masks",
  },
  {
    name: "the host owns all, overrides free it",
    host: (profile) => benchHost(profile, blockOf, true),
    lists: blockOf,
    freeBy: "overrides",
  },
  {
    name: "the host owns all, masks free five guests' queues",
    host: (profile) => benchHost(profile, blockOf, true),
    lists: (m) => (m % 9 === 0 ? blockOf(m) : { apm: [], aqm: [] }),
    freeBy: "masks",
  },
];

const PLANNED: readonly ProfileName[] = ["linux-7.3", "linux-6.12", "linux-6.8", "linux-6.0"];

export interface PlanFigure {
  readonly name: string;
  readonly profile: string;
  /** Milliseconds of CPU time: planning, prediction and all that is printed, first run and median of some more. */
  readonly first: number;
  readonly median: number;
  readonly steps: number;
  readonly lost: number;
  readonly missing: number;
}

function* figures(rounds: number): Generator<PlanFigure> {
  for (const name of PLANNED) {
    const profile = must(profileNamed(name));
    for (const one of CASES) {
      if (one.freeBy === "overrides" && !profile.driverOverride) continue;
      yield measureCase(one, profile, rounds);
    }
  }
}

function measureCase({ name, host: make, lists, freeBy }: Case, profile: Profile, rounds: number): PlanFigure {
  const host = make(profile);
  const mdevs = range(GUESTS).map((m): DesiredMdev => {
    const { apm, aqm } = lists(m);
    return {
      uuid: formatUuid(benchUuid(m)),
      name: undefined,
      apm: maskOf(apm.map(asApid)),
      aqm: maskOf(aqm.map(asApqi)),
      adm: undefined,
    };
  });
  const times: number[] = [];
  let [steps, lost, missing] = [0, 0, 0];
  for (let round = 0; round <= rounds; round++) {
    const start = process.cpuUsage();
    const plan = planChanges(host, { mdevs, freeBy: freeBy ?? "nothing" }, false);
    if (!plan.ok) throw new Error(`${name}, ${profile.name}: ${plan.error.message}`);
    const prediction = predict(rehearse(host, plan.value));
    planLines(prediction, { naive: naiveLosses(host, plan.value) });
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
    steps = prediction.steps.length;
    lost = prediction.mdevs.reduce((sum, mdev) => sum + mdev.lost.length, 0);
    missing = prediction.mdevs.reduce((sum, mdev) => sum + mdev.missing.length, 0);
  }
  const [first, ...others] = times as [number, ...number[]];
  const sorted = others.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? first;
  return { name, profile: profile.name, first, median, steps, lost, missing };
}

/** One line each, as they come. */
export function printPlanFigures(rounds: number): void {
  console.log(
    `plan: ${ADAPTERS} adapters x ${DOMAINS} domains x ${GUESTS} guests; milliseconds of CPU time, prediction and text included`,
  );
  console.log(`${"kernel".padEnd(11)} ${"desired".padEnd(52)}   first  median  steps   lost missing`);
  for (const { name, profile, first, median, steps, lost, missing } of figures(rounds)) {
    const numbers = [first.toFixed(0), median.toFixed(0), steps, lost, missing].map((value) => `${value}`.padStart(7));
    console.log(`${profile.padEnd(11)} ${name.padEnd(52)} ${numbers.join(" ")}`);
  }
}
