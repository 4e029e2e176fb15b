// Explanations of random hosts: every fix is carried out, and the guest has the queue then.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { Player } from "../../system/trace/player.ts";
import { copyHost } from "../../system/vfio-ap/copy-host.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { isPlugged } from "../../system/vfio-ap/plugged.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { ALL_PROFILES, PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { isLongForm, seeds } from "../../testing/support/long-form.ts";
import { singleWrites } from "../../testing/support/single-writes.ts";
import { explain } from "./explain.ts";
import { REASONS } from "./reason.ts";
import { WhatIf } from "./what-if.ts";

const SIZE = { adapters: 4, domains: 4, mdevs: 3 };
const HOSTS = seeds(80, 5);
/** For kernels that hardly anybody runs. */
const FEW_HOSTS = seeds(12, 3);
const OPERATIONS = 120;

function randomHost(seed: number, profile: Profile): Host {
  const source = new RandomOperations(new Random(seed), SIZE);
  const player = new Player(profile);
  for (let i = 1; i <= OPERATIONS; i++) player.apply(i === 1 ? source.init() : source.next(), i);
  return player.host;
}

function carryOut(host: Host, writes: readonly Write[]): void {
  const sysfs = hostSysfs(host);
  for (const [path, value] of writes) {
    const written = sysfs.write(path, value);
    assert.ok(written.ok, `${value} > ${path} was refused`);
  }
}

/** What its guest runs with; one is started if none does. */
function masksOf(host: Host, name: string): Matrix | undefined {
  if (mdevNamed(host, name)?.isAttached) return mdevNamed(host, name)?.guestMasks;
  const player = new Player(host.profile, undefined, host);
  player.apply({ op: "open", guest: "started", mdev: name }, 1);
  return mdevNamed(player.host, name)?.guestMasks;
}

/** No single write that takes nothing from anybody gives the guest this queue. */
function assertNoneAlone(host: Host, name: string, apqn: Apqn, what: string): void {
  const whatIf = new WhatIf(host);
  for (const write of singleWrites(host, name)) {
    whatIf.reset();
    whatIf.write(write);
    const mdev = whatIf.mdev(name);
    const masks = mdev?.isAttached ? mdev.guestMasks : mdev?.shadow;
    assert.equal(
      masks && isPlugged(masks, apidOf(apqn), apqiOf(apqn)),
      false,
      `${what}: ${write.join(" <- ")} is enough`,
    );
  }
}

describe("explanations of random hosts", () => {
  const seen = new Set<string>();
  for (const profile of ALL_PROFILES) {
    const hosts = PROFILES.includes(profile) && profile.hotPlug && profile.guestMatrix === "shown" ? HOSTS : FEW_HOSTS;
    it(`have fixes that work, under ${profile.name}`, () => {
      for (const seed of hosts) {
        const host = randomHost(seed * 7919, profile);
        for (let n = 0; n < host.state.mdevCount; n++) {
          const mdev = host.state.mdevAt(n);
          if (mdev.isBeingRemoved) continue;
          const all = Array.from({ length: 16 }, (_, i) => apqnOf(asApid(i >> 2), asApqi(i & 3)));
          for (const { apqn, plugged, reason, fix } of explain(host, mdev, all)) {
            seen.add(reason);
            assert.equal(plugged, isPlugged(mdev.guestMasks, apidOf(apqn), apqiOf(apqn)));
            if (!fix) {
              const what = `seed ${seed}, ${formatApqn(apqn)}, ${reason}`;
              if (reason === "guest-not-running") {
                const masks = masksOf(host, mdevName(mdev));
                assert.ok(masks && isPlugged(masks, apidOf(apqn), apqiOf(apqn)), what);
              }
              const isChecked =
                seed % 8 === 0 && profile.filter === "whole" && !plugged && reason !== "guest-not-running";
              if (isChecked) assertNoneAlone(host, mdevName(mdev), apqn, what);
              continue;
            }
            const copy = copyHost(host);
            carryOut(copy, fix);
            const masks = masksOf(copy, mdevName(mdev));
            const what = `seed ${seed}, ${mdevName(mdev)}, ${formatApqn(apqn)}, ${reason}: ${JSON.stringify(fix)}`;
            assert.ok(masks && isPlugged(masks, apidOf(apqn), apqiOf(apqn)), what);
            // Before 6.8 another assignment may plug a queue that nobody has bound: that is a hole, and no fix.
            if (fix.length > 1 && seed % 8 === 0 && profile.filter === "whole")
              assertNoneAlone(host, mdevName(mdev), apqn, what);
          }
        }
      }
    });
  }

  it("show every reason but those that need more than a random host", () => {
    const missing = REASONS.filter((reason) => !seen.has(reason));
    // The broken hosts have them.
    const rare = [
      "queue-bound-elsewhere",
      "queue-not-passable",
      "removal-requested",
      ...(isLongForm ? [] : ["guest-not-running"]),
    ];
    assert.deepEqual(
      missing.filter((reason) => !rare.includes(reason)),
      [],
    );
  });
});
