// Every invariant can fail: a host is spoilt by hand, and the sentence that it breaks is named.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type SmallHost, smallHost } from "../../testing/soak/small-host.ts";
import { apqnOf } from "../ap/apqn.ts";
import { asApid, asApqi } from "../ap/id.ts";
import { DANGLING } from "../machine/host-state.ts";
import { invariants, violations } from "./invariants.ts";
import { createMdev, findMdev } from "./mdev-life.ts";
import type { Profile } from "./profile.ts";
import { ALL_PROFILES, profileNamed } from "./profiles.ts";
import { parseUuid, type Uuid } from "./uuid.ts";

const QUEUE = apqnOf(asApid(4), asApqi(4));
const OTHER = apqnOf(asApid(5), asApqi(4));

const SPOILT: Readonly<Record<string, (small: SmallHost) => void>> = {
  "no queue is assigned to two mdevs": ({ host }) => {
    const uuid = parseUuid("6d646576-0000-4000-8000-000000000002") as Uuid;
    createMdev(host, uuid);
    const mdev = findMdev(host, uuid);
    mdev?.matrix.apm.add(asApid(4));
    mdev?.matrix.aqm.add(asApqi(4));
  },
  "a plugged queue is bound to vfio_ap": ({ host }) => host.state.vfioBound.remove(QUEUE),
  "a plugged queue is linked": ({ host }) => host.state.linked.remove(QUEUE),
  "the shadow lies within the matrix": ({ mdev }) => mdev.matrix.apm.remove(asApid(4)),
  "plugged adapters and domains are in the host's configuration": ({ host }) => host.state.info.apm.remove(asApid(4)),
  "plugged control domains are in the host's configuration": ({ mdev }) => mdev.shadow.adm.add(9 as never),
  "a running guest has the masks of the shadow": ({ mdev }) => mdev.guestMasks.apm.remove(asApid(4)),
  "masks are on only for a running guest": ({ mdev }) => {
    mdev.guest = undefined;
  },
  "a guest that was asked to give its device back has nothing": ({ mdev }) => mdev.setState("removing"),
  "every bound queue of a matrix is linked": ({ host }) => host.state.linked.remove(QUEUE),
  "a linked queue is bound and assigned": ({ host }) => host.state.linked.add(OTHER),
  "a queue that is bound has one driver and a device": ({ host }) => host.state.cexBound.add(QUEUE),
  "a queue device has a card": ({ host }) => host.state.cards.remove(asApid(6)),
  "a queue points to an mdev it has left only while it is bound and not linked": ({ host }) =>
    host.state.stale.add(QUEUE),
  "no queue points to an mdev that is gone": ({ host }) => {
    host.state.stale.add(OTHER);
    host.state.staleMdev.set(OTHER, DANGLING);
  },
  "the driver remembers resets and interrupts of bound queues only": ({ host }) =>
    host.state.registered.add(apqnOf(asApid(9), asApqi(4))),
  "interrupts are on only at queues that the machine has in order": ({ host }) => {
    host.state.interrupts.add(QUEUE);
    host.state.checkstopped.add(asApid(4));
  },
};

describe("the invariants", () => {
  it("hold on a host in order, under every kernel", () => {
    for (const profile of ALL_PROFILES) assert.deepEqual(violations(smallHost(profile).host), []);
  });

  for (const { name } of invariants) {
    it(`"${name}" fails on a host that breaks it`, () => {
      const small = smallHost();
      const spoil = SPOILT[name];
      assert.ok(spoil, "every invariant needs a way to break it here");
      spoil(small);
      const found = violations(small.host).map((violation) => violation.name);
      assert.ok(found.includes(name), `only these failed: ${found.join("; ")}`);
    });
  }

  it("name the kernel's own bug where it is known to break them", () => {
    const small = smallHost(profileNamed("linux-6.0") as Profile);
    small.host.state.vfioBound.remove(QUEUE);
    const violation = violations(small.host).find(({ name }) => name === "a plugged queue is bound to vfio_ap");
    assert.equal(violation?.knownBug, "CVE-2024-26620");
  });

  it("do not ask kernels for what they never promised", () => {
    const small = smallHost(profileNamed("linux-5.19") as Profile);
    small.host.state.vfioBound.remove(QUEUE);
    small.host.state.linked.remove(QUEUE);
    assert.deepEqual(violations(small.host), []);
  });
});
