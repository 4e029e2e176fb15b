// Random hosts, rebuilt from what their /sys shows: the same reasons, but for what /sys cannot tell.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { causeOf } from "../answers/explain/cause.ts";
import { apqnOf, formatApqn } from "../system/ap/apqn.ts";
import { asApid, asApqi } from "../system/ap/id.ts";
import { mdevName, mdevNamed } from "../system/sysfs/mdev-names.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { hostSysfs } from "../system/sysfs/sysfs.ts";
import { Player } from "../system/trace/player.ts";
import { violations } from "../system/vfio-ap/invariants.ts";
import { KERNELS } from "../system/vfio-ap/kernels.ts";
import type { KernelName, Profile } from "../system/vfio-ap/profile.ts";
import { ALL_PROFILES, profileNamed } from "../system/vfio-ap/profiles.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { smallHost } from "../testing/soak/small-host.ts";
import { SECURE_MACHINE, SecureGuest } from "../testing/support/secure-guest.ts";
import { detectProfile } from "./detect-profile.ts";
import { rebuildHost } from "./rebuild-host.ts";

const SIZE = { adapters: 4, domains: 4, mdevs: 3 };
const HOSTS = 60;
const OPERATIONS = 100;

describe("a host rebuilt from its /sys", () => {
  for (const profile of ALL_PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part")) {
    it(`has the same reasons, under ${profile.name}`, () => {
      let compared = 0;
      for (let seed = 1; seed <= HOSTS; seed++) compared += compareReasons(seed, profile);
      assert.ok(compared > 200, `only ${compared} queues were compared`);
    });
  }

  it("breaks no invariant", () => {
    const { host } = smallHost();
    const sysfs = hostSysfs(host);
    assert.deepEqual(violations(rebuildHost(observeHost(sysfs), host.profile).host), []);
  });

  it("is a Secure Execution guest if that was one, and has bound the same queues", () => {
    const guest = new SecureGuest();
    for (const queue of ["04.0006", "05.0007"]) guest.write(queue, "se_bind", "1");
    const seen = observeHost(guest.player.sysfs);
    const { host } = rebuildHost(seen, guest.player.host.profile);
    const bound = observeHost(hostSysfs(host)).queues.map(({ apqn, secureBind }) => [formatApqn(apqn), secureBind]);
    assert.deepEqual(
      bound,
      seen.queues.map(({ apqn, secureBind }) => [formatApqn(apqn), secureBind]),
    );
    assert.deepEqual(
      bound.filter(([, state]) => state === "bound").map(([queue]) => queue),
      ["04.0006", "05.0007"],
    );
    const machine = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, se: 0 });
    const { facts } = rebuildHost(observeHost(machine.player.sysfs), host.profile).host.state;
    assert.deepEqual([facts.apsb, facts.se], [true, false]);
  });

  it("says what /sys does not tell", () => {
    const { host } = smallHost();
    const sysfs = hostSysfs(host);
    const { unknown } = rebuildHost(observeHost(sysfs), host.profile);
    assert.ok(unknown.some((sentence) => sentence.includes("last reset")));
  });
});

function compareReasons(seed: number, profile: Profile): number {
  const source = new RandomOperations(new Random(seed * 6007), SIZE);
  const player = new Player(profile);
  for (let i = 1; i <= OPERATIONS; i++) player.apply(i === 1 ? source.init() : source.next(), i);
  const { host, sysfs } = player;
  const rebuilt = rebuildHost(observeHost(sysfs), profile).host;
  let compared = 0;
  for (let n = 0; n < host.state.mdevCount; n++) {
    const mdev = host.state.mdevAt(n);
    const twin = mdevNamed(rebuilt, mdevName(mdev));
    if (mdev.isBeingRemoved || !twin) continue;
    for (let i = 0; i < 16; i++) {
      const apqn = apqnOf(asApid(i >> 2), asApqi(i & 3));
      const there = causeOf(host, mdev, apqn);
      const here = causeOf(rebuilt, twin, apqn);
      if (isUnknowable(host, there.reason, here.reason) || there.because.reason === "queue-not-passable") continue;
      assert.equal(here.reason, there.reason, `seed ${seed}, ${mdevName(mdev)}, ${formatApqn(apqn)}`);
      compared++;
    }
  }
  return compared;
}

/** How resets ended, mdevs whose removal waits, and guests that have no queue in use are not in /sys. */
function isUnknowable({ state }: Player["host"], there: string, here: string): boolean {
  if (there === "queue-not-passable" || there === "removal-requested") return true;
  if (there === "plugged" && here === "guest-not-running") return true;
  const removing = state.mdevs.some((mdev) => mdev.isBeingRemoved);
  return removing && there === "assigned-elsewhere";
}

const RELEASES: { readonly [name in KernelName]: string } = {
  "linux-7.2": "7.2.13",
  "debian-13": "6.12.117+deb13-s390x",
  "ubuntu-24.04": "6.8.0-151-generic",
  "debian-12": "6.1.0-49-s390x",
  "linux-6.1.76": "6.1.76",
  "rhel-9": "5.14.0-503.11.1.el9_5.s390x",
  "ubuntu-22.04": "5.15.0-204-generic",
};

describe("the kernel of a /sys", () => {
  for (const name of ["linux-7.3", "linux-6.12", "linux-6.8", "linux-6.0", "linux-5.19"] as const) {
    it(`is told by its files: ${name}`, () => {
      const { host } = smallHost(profileNamed(name) as Profile);
      const sysfs = hostSysfs(host);
      assert.equal(detectProfile(observeHost(sysfs)).profile.name, name);
    });
  }

  it("is in doubt where several show the same files", () => {
    const doubtOf = (name: string, isEmpty: boolean) => {
      const { host } = smallHost(profileNamed(name) as Profile);
      const observed = observeHost(hostSysfs(host));
      return detectProfile(isEmpty ? { ...observed, mdevs: [] } : observed).doubt;
    };
    assert.match(doubtOf("linux-6.12", false) ?? "", /6\.15 to 6\.18/);
    assert.match(doubtOf("linux-6.8", false) ?? "", /--profile linux-6\.0/);
    assert.match(doubtOf("linux-5.19", true) ?? "", /--profile linux-5\.19/);
    for (const name of ["linux-7.3", "linux-6.0", "linux-5.19"]) assert.equal(doubtOf(name, false), undefined, name);
  });

  it("is decided by its version where the files leave a doubt", () => {
    const told = (name: string, release: string, isEmpty = false) => {
      const { host } = smallHost(profileNamed(name) as Profile);
      const observed = observeHost(hostSysfs(host));
      const { profile, doubt } = detectProfile(isEmpty ? { ...observed, mdevs: [] } : observed, release);
      return [profile.name, doubt === undefined];
    };
    assert.deepEqual(told("linux-6.12", "6.12.9-300.s390x"), ["linux-6.12", true]);
    assert.deepEqual(told("linux-6.12", "6.17.0"), ["linux-6.12", false]);
    assert.deepEqual(told("linux-6.8", "6.6.1"), ["linux-6.0", false]);
    assert.deepEqual(told("linux-6.8", "6.6.15-1"), ["linux-6.8", false]);
    assert.deepEqual(told("linux-6.8", "6.9.0"), ["linux-6.8", true]);
    assert.deepEqual(told("linux-5.19", "5.14.0-503.el9", true), ["linux-5.19", true]);
    assert.deepEqual(told("linux-6.0", "6.1.0", true), ["linux-6.0", true]);
    assert.deepEqual(told("linux-6.8", "unknown"), ["linux-6.8", false]);
    // Newer files than its version can have: a distribution's.
    assert.deepEqual(told("linux-6.8", "5.14.0-503"), ["linux-6.8", false]);
  });

  it("is that of a distribution if its release says so and its files agree", () => {
    for (const { name, profile, doubt } of KERNELS) {
      const { host } = smallHost(profile);
      const release = RELEASES[name];
      const detected = detectProfile(observeHost(hostSysfs(host)), release);
      assert.deepEqual(detected, { profile, doubt }, `${name}: ${release}`);
    }
    const { host } = smallHost(profileNamed("linux-6.12") as Profile);
    const newer = detectProfile(observeHost(hostSysfs(host)), "5.14.0-611.5.1.el9_7.s390x");
    assert.deepEqual([newer.profile.name, newer.doubt === undefined], ["linux-6.12", false]);
  });
});
