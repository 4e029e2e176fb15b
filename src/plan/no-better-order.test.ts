// Small random hosts: a search of its own over all orders of the single writes finds no order in which running guests lose less than
// in the plan's, among those that leave them with as much.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Apqn } from "../ap/apqn.ts";
import { asApid, asApqi } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { copyState, restore, snapshot } from "../machine/snapshot.ts";
import { Random } from "../soak/random.ts";
import { RandomOperations } from "../soak/random-operations.ts";
import { mdevNamed } from "../sysfs/mdev-names.ts";
import { hostSysfs } from "../sysfs/sysfs.ts";
import type { Operation } from "../trace/operation.ts";
import { Player } from "../trace/player.ts";
import { vfioApDriver } from "../vfio-ap/driver.ts";
import { type Host, newHost } from "../vfio-ap/host.ts";
import { PROFILES } from "../vfio-ap/profiles.ts";
import { planLines } from "./plan-text.ts";
import { planChanges } from "./planner.ts";
import { predict } from "./prediction.ts";

const HOSTS = 20;
const OPERATIONS = 20;
const UUIDS = [0, 1].map((m) => `6d646576-0000-4000-8000-${m.toString(16).padStart(12, "0")}`);
const QUEUES = [0x0000, 0x0001, 0x0100, 0x0101];

/** A host whose guests run, so that there is something to lose; some queues are unbound, and resets have failed. */
function randomHost(seed: number, profile: (typeof PROFILES)[number]): Host {
  const random = new Random(seed);
  const source = new RandomOperations(random, { adapters: 2, domains: 2, mdevs: 2 });
  const player = new Player(profile);
  let i = 1;
  const apply = (operation: Operation): void => void player.apply(operation, i++);
  const write = (path: string, value: string): void => apply({ op: "write", path, value });
  apply({ ...source.init(), apm: maskOf([0, 1].map(asApid)), aqm: maskOf([0, 1].map(asApqi)), apmask: "0x0" });
  for (const mdev of UUIDS) {
    write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", mdev);
    for (const id of random.pick([[0], [1], [0, 1]])) write(`devices/vfio_ap/matrix/${mdev}/assign_adapter`, `${id}`);
    for (const id of random.pick([[0], [1], [0, 1]])) write(`devices/vfio_ap/matrix/${mdev}/assign_domain`, `${id}`);
  }
  while (i <= OPERATIONS) apply(source.next());
  for (const [m, mdev] of UUIDS.entries()) apply({ op: "open", guest: `h${m}`, mdev });
  for (const q of QUEUES as Apqn[]) if (random.oneIn(4)) apply({ op: "fault", q, reset: 0x42, aqic: undefined });
  for (const mdev of UUIDS) for (const guest of ["h0", "h1", "g0", "g1"]) apply({ op: "reset", guest, mdev });
  for (const q of QUEUES as Apqn[]) if (!random.oneIn(3)) apply({ op: "fault", q, reset: "ok", aqic: undefined });
  return player.host;
}

interface Wish {
  readonly uuid: string;
  readonly apm: readonly number[];
  readonly aqm: readonly number[];
}

function randomWishes(random: Random, host: Host): readonly Wish[] {
  const some = () => [0, 1].filter(() => random.oneIn(2));
  return UUIDS.filter((uuid) => mdevNamed(host, uuid)).map((uuid) => ({ uuid, apm: some(), aqm: some() }));
}

const holds = (masks: { apm: { has(id: never): boolean }; aqm: { has(id: never): boolean } }, queue: number): boolean =>
  masks.apm.has((queue >> 8) as never) && masks.aqm.has((queue & 0xff) as never);

/** Queues of the wishes that guests have, and have by right. */
const had = (host: Host, wishes: readonly Wish[]): number =>
  wishes.reduce((sum, { uuid, apm, aqm }) => {
    const mdev = mdevNamed(host, uuid);
    const wanted = QUEUES.filter((queue) => apm.includes(queue >> 8) && aqm.includes(queue & 0xff));
    const view = mdev?.isAttached ? mdev.guestMasks : mdev?.shadow;
    return sum + wanted.filter((queue) => view && holds(view, queue) && host.state.linked.has(queue as never)).length;
  }, 0);

/** The least that can be lost on the way to a host where guests have at least so many queues; every order is tried. */
function leastLoss(original: Host, wishes: readonly Wish[], atLeast: number): number {
  const host = newHost(copyState(original.state), original.profile, vfioApDriver);
  const sysfs = hostSysfs(host);
  const kept = wishes.flatMap(({ uuid, apm, aqm }) => {
    const mdev = mdevNamed(host, uuid);
    if (!mdev?.isAttached) return [];
    const queues = QUEUES.filter(
      (queue) => holds(mdev.guestMasks, queue) && apm.includes(queue >> 8) && aqm.includes(queue & 0xff),
    );
    return queues.map((queue) => ({ mdev, queue }));
  });
  const seen = new Map<string, number>();
  let best = Number.POSITIVE_INFINITY;
  const visit = (lost: ReadonlySet<number>): void => {
    const key = `${host.state.words.join()}|${[...lost].sort().join()}`;
    if (lost.size >= best || seen.has(key)) return;
    seen.set(key, lost.size);
    if (seen.size > 20_000) return;
    if (isThere(host, wishes) && had(host, wishes) >= atLeast) best = lost.size;
    const before = snapshot(host.state);
    for (const [path, value] of writesFrom(host, wishes)) {
      if (sysfs.write(path, value).ok) {
        const after = new Set(lost);
        for (const [i, { mdev, queue }] of kept.entries()) if (!holds(mdev.guestMasks, queue)) after.add(i);
        visit(after);
      }
      restore(host.state, before);
    }
  };
  visit(new Set());
  return best;
}

const isThere = (host: Host, wishes: readonly Wish[]): boolean =>
  wishes.every(({ uuid, apm, aqm }) => {
    const mdev = mdevNamed(host, uuid);
    return mdev && mdev.matrix.apm.ids().join() === apm.join() && mdev.matrix.aqm.ids().join() === aqm.join();
  });

function* writesFrom(host: Host, wishes: readonly Wish[]): Generator<readonly [string, string]> {
  for (const { uuid, apm, aqm } of wishes) {
    const path = `devices/vfio_ap/matrix/${uuid}`;
    const { matrix } = mdevNamed(host, uuid) as NonNullable<ReturnType<typeof mdevNamed>>;
    for (const id of [0, 1]) {
      const [a, d] = [matrix.apm.has(id as never), matrix.aqm.has(id as never)];
      if (a !== apm.includes(id)) yield [`${path}/${a ? "unassign" : "assign"}_adapter`, `${id}`];
      if (d !== aqm.includes(id)) yield [`${path}/${d ? "unassign" : "assign"}_domain`, `${id}`];
    }
    const masks = [maskOf(apm.map(asApid)), maskOf(aqm.map(asApqi))].map((mask) => formatMask(mask as never));
    yield [`${path}/ap_config`, `${masks.join(",")},${formatMask(matrix.adm)}`];
  }
  for (const queue of QUEUES) {
    const name = `0${queue >> 8}.000${queue & 0xff}`;
    if (host.state.unpassable.has(queue as never)) yield ["bus/ap/drivers/vfio_ap/unbind", name];
    yield ["bus/ap/drivers/vfio_ap/bind", name];
  }
}

describe("the order of a plan", () => {
  let all = 0;
  for (const profile of PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part")) {
    it(`loses no more than any other, under ${profile.name}`, () => {
      let losses = 0;
      for (let seed = 1; seed <= HOSTS; seed++) {
        const host = randomHost(seed * 104729, profile);
        const wishes = randomWishes(new Random(seed), host);
        const mdevs = wishes.map(({ uuid, apm, aqm }) => ({
          uuid,
          name: undefined,
          apm: maskOf(apm.map(asApid)),
          aqm: maskOf(aqm.map(asApqi)),
          adm: undefined,
        }));
        const made = planChanges(host, { mdevs, freeBy: "nothing" }, false);
        if (!made.ok) continue;
        const prediction = predict(host, made.value);
        const copy = newHost(copyState(host.state), profile, vfioApDriver);
        const sysfs = hostSysfs(copy);
        for (const [path, value] of made.value.steps) sysfs.write(path, value);
        const lost = prediction.mdevs.flatMap((mdev) => {
          const kept = mdev.before.filter((apqn) =>
            wishes.some(
              (wish) => wish.uuid === mdev.uuid && wish.apm.includes(apqn >> 8) && wish.aqm.includes(apqn & 0xff),
            ),
          );
          return mdev.running ? kept.filter((apqn) => mdev.lost.includes(apqn) || !mdev.after.includes(apqn)) : [];
        });
        losses += lost.length;
        const least = leastLoss(host, wishes, 0);
        // Kernels before 6.8 can be brought to give a guest a queue that nobody has bound: no plan does that.
        const isMoreHad = profile.filter === "whole" && leastLoss(host, wishes, had(copy, wishes) + 1) <= lost.length;
        assert.ok(
          lost.length <= least && !isMoreHad,
          `seed ${seed}, ${profile.name}: ${lost.length} lost, ${least} would do\n${planLines(prediction, []).join("\n")}`,
        );
      }
      all += losses;
    });
  }

  it("was put to the test: sometimes there is something to lose", () => {
    assert.ok(all > 0);
  });
});
