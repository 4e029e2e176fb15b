// A scan device by device: the same comes of it as of a scan in one go.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../testing/soak/random.ts";
import { apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, type ControlDomain } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { DEFAULT_FACTS } from "../machine/facts.ts";
import { changeCard, changeMasks } from "../machine/hardware.ts";
import type { HostState } from "../machine/host-state.ts";
import { copyState } from "../machine/snapshot.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import { copyHost } from "../vfio-ap/copy-host.ts";
import type { Host } from "../vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { mustComeOrGo, scanComplete, scanDevice, scanDevices, scanNotice } from "./scan.ts";

const SIZE = 3;
const ids = [0, 1, 2];
const queues = ids.flatMap((a) => ids.map((d) => apqnOf(asApid(a), asApqi(d))));

function booted(): Host {
  const all = { apm: maskOf(ids as Apid[]), aqm: maskOf(ids as Apqi[]), adm: maskOf(ids as ControlDomain[]) };
  return bootHost({
    facts: { ...DEFAULT_FACTS, maxAdapter: SIZE - 1, maxDomain: SIZE - 1 },
    hardware: { ...all, typeOf: () => 12, modeOf: () => "cca" },
    profile: DEFAULT_PROFILE,
    apmask: maskOf([asApid(0)]),
  });
}

/** The machine loses and gains something, a card becomes another one. */
function disturb({ state }: Host, random: Random): void {
  const some = <I>() => ids.filter(() => !random.oneIn(3)) as I[];
  changeMasks(state, { apm: maskOf(some<Apid>()), aqm: maskOf(some<Apqi>()), adm: maskOf([]) });
  if (random.oneIn(2)) changeCard(state, asApid(random.below(SIZE)), { type: random.pick([9, 12, 13]) });
  if (random.oneIn(3)) changeCard(state, asApid(random.below(SIZE)), { configured: random.oneIn(2) });
}

const stepsTo = (host: Host, random: Random | undefined): number => {
  for (let steps = 0; ; steps++) {
    const open = queues.filter((apqn) => mustComeOrGo(host, apqn));
    if (open.length === 0) return steps;
    scanDevice(host, random ? random.pick(open) : (open[0] as (typeof open)[number]));
  }
};

/** All but the order in which the devices were made and bound. */
function wordsOf(state: HostState): number[] {
  const plain = copyState(state);
  plain.set("deviceRuns", 0);
  plain.bindOrder.clear();
  for (const apqn of queues) for (const order of [plain.deviceRun, plain.bindRank]) order.set(apqn, 0);
  return [...plain.words];
}

describe("a scan device by device", () => {
  for (const order of ["the kernel's order", "any order"]) {
    it(`ends where a scan in one go ends: ${order}`, () => {
      const random = new Random(5);
      const host = booted();
      let steps = 0;
      for (let round = 0; round < 300; round++) {
        disturb(host, random);
        const inSteps = copyHost(host);
        const [changed, again] = [scanNotice(host), scanNotice(inSteps)];
        assert.equal(again, changed);
        scanDevices(host);
        steps += stepsTo(inSteps, order === "any order" ? random : undefined);
        // What only has to be brought up to date is left to the end.
        scanDevices(inSteps);
        scanComplete(host, changed);
        scanComplete(inSteps, changed);
        assert.deepEqual(wordsOf(inSteps.state), wordsOf(host.state), `round ${round}`);
      }
      assert.ok(steps > 300, `${steps} devices`);
    });
  }

  it("does nothing to a device that is as it should be", () => {
    const host = booted();
    const before = copyState(host.state);
    for (const apqn of queues) {
      assert.equal(mustComeOrGo(host, apqn), false);
      scanDevice(host, apqn);
    }
    assert.deepEqual(wordsOf(host.state), wordsOf(before));
  });
});
