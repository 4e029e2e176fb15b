// States of the checker are exact: what is not packed does not vary, follows, or makes no difference to anything that can happen.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { must } from "../../system/ap/assert.ts";
import { asApid } from "../../system/ap/id.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { Player } from "../../system/trace/player.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { range } from "../number-names.ts";
import { Core } from "./core.ts";
import { EVENT_KINDS, type EventKind } from "./kinds.ts";
import { openingLines, operationsOf } from "./story.ts";
import { type CoreOptions, tracksStale, type Universe, universeOf } from "./universe.ts";
import { HostViews, type World } from "./world.ts";

const universe = (options: Partial<CoreOptions> = {}): Universe => {
  const found = universeOf({ profile: "linux-7.3", adapters: 2, domains: 2, mdevs: 2, absent: 1, ...options });
  assert.ok(!("error" in found), JSON.stringify(found));
  return found;
};

/** Bits of the buffer that no state has: those that variables.ts leaves out, by their views. */
function ignoredBits(world: World): Uint32Array {
  const place = new HostViews(world.now.state, world.universe);
  const { state } = place;
  const { kinds } = world.universe;
  for (const name of [
    "deviceRuns",
    "scans",
    "bindingsDone",
    "bindingsCompleteCount",
    "scannedOnce",
    "domain",
  ] as const) {
    state.set(name, 0xffffffff);
  }
  if (!kinds.has("override")) state.set("masksInUse", 0xffffffff);
  state.bindOrder.fill();
  const rows = [state.queuesOffline];
  if (!kinds.has("card") && !kinds.has("fault")) rows.push(state.up, state.bad, state.resetStart, state.resetWait);
  if (!tracksStale(world.universe)) rows.push(state.stale);
  for (const a of range(world.universe.adapters)) for (const row of rows) row.row(asApid(a)).fill();
  for (const { apqn } of world.queues()) {
    state.resetRc.set(apqn, 0xff);
    state.deviceRun.set(apqn, 0x1ffff);
    state.bindRank.set(apqn, 0xff);
    if (!tracksStale(world.universe)) state.staleMdev.set(apqn, 0x1ffff);
  }
  // The order of mdevs.
  const { mdevOrder, mdevs } = state.layout;
  place.words.fill(0xffffffff, mdevOrder, mdevOrder + mdevs);
  return place.words;
}

/** Random events one by one; the core's host is the result. */
function wander(core: Core, seed: number, steps: number, look: (event: number) => void): void {
  const random = new Random(seed);
  const state = new Int32Array(core.words);
  core.initial(state, 0);
  for (let n = 0; n < steps; n++) {
    core.load(state, 0);
    let event = random.below(core.events.length);
    while (!core.happen(event)) event = (event + 1) % core.events.length;
    core.store(state, 0);
    look(event);
  }
}

const ALL_KINDS = EVENT_KINDS.map(({ name }) => name);
const kept = (kinds: readonly EventKind[], ...without: readonly EventKind[]) =>
  kinds.filter((kind) => !without.includes(kind));

const SETS: Readonly<Record<string, readonly EventKind[]>> = {
  usual: EVENT_KINDS.filter(({ usual }) => usual).map(({ name }) => name),
  // The host changes at once, or is noticed later.
  "all at once": kept(ALL_KINDS, "hardware"),
  "all, noticed later": kept(ALL_KINDS, "config"),
  "all but mdevs": kept(ALL_KINDS, "hardware", "mdev"),
  faults: ["bind", "unbind", "assign", "unassign", "open", "close", "config", "fault"],
};

describe("packing of states", () => {
  for (const [name, events] of Object.entries(SETS)) {
    for (const profile of PROFILES) {
      it(`keeps every bit that varies and counts: ${name}, ${profile.name}`, () => {
        const core = new Core(universe({ events, profile: profile.name }), profile);
        const { world, packing } = core;
        const ignored = ignoredBits(world);
        const state = new Int32Array(core.words);
        wander(core, 7, inLongForm(1500, 400), (event) => {
          packing.store(state, 0);
          packing.load(state, 0);
          for (let i = 0; i < ignored.length; i++) {
            const [came, was] = [must(world.before.words[i]), must(world.now.words[i])];
            if (((came ^ was) & ~must(ignored[i])) === 0) continue;
            assert.fail(`word ${i} holds ${was}, unpacked ${came}, after ${core.events[event]?.lines}`);
          }
        });
      });
    }
  }
});

/** What guests have and what decides about it later, as the plain host of a player holds it too. */
function essence({ mdevs, ...state }: HostState, universe: Universe): readonly unknown[] {
  const rows = range(universe.adapters).map((a) =>
    [state.devices, state.vfioBound, state.cexBound, state.linked, state.unpassable].map((bits) =>
      bits.row(asApid(a)).ids(),
    ),
  );
  const masks = mdevs
    .slice(0, universe.mdevs)
    .map((mdev) => [
      mdev.isAttached,
      mdev.isFree,
      mdev.isBeingRemoved,
      ...[mdev.matrix, mdev.shadow, mdev.pending, mdev.guestMasks].map(({ apm, aqm, adm }) => [
        apm.ids(),
        aqm.ids(),
        adm.ids(),
      ]),
    ]);
  return [rows, masks, state.info.apm.ids(), state.info.aqm.ids(), state.info.adm.ids(), state.cards.ids()];
}

/** A player goes the same way on a host that keeps all that the checker leaves out. */
function sameAsPlayed(profile: Profile, events: readonly EventKind[], seed: number): void {
  const space = universe({ events, profile: profile.name });
  const core = new Core(space, profile);
  const player = new Player(profile);
  let i = 0;
  for (const line of openingLines(space).keys()) {
    for (const operation of operationsOf(space, [])[line] ?? []) player.apply(operation, ++i);
  }
  const opening = openingLines(space).length;
  const operations = core.events.map(({ lines }) => operationsOf(space, lines).slice(opening).flat());
  wander(core, seed, inLongForm(600, 200), (event) => {
    for (const operation of operations[event] ?? []) {
      const { r } = player.apply(operation, ++i);
      // Resets of a guest may fail and are done all the same.
      if (typeof r === "string" && r !== "blocked" && operation.op !== "reset") {
        assert.fail(`${core.events[event]?.lines}: ${r}`);
      }
    }
    assert.deepEqual(essence(core.world.now.state, space), essence(player.host.state, space), `after ${i} operations`);
  });
}

describe("what the checker's states leave out", () => {
  // In a player's host an mdev that is made again may take another slot.
  const events = kept(ALL_KINDS, "hardware", "mdev");
  const unnoticed = kept(ALL_KINDS, "config", "mdev");
  for (const name of ["linux-7.3", "linux-6.12", "linux-6.0", "v11", "linux-7.3-without-domain-check"]) {
    it(`makes no difference to what happens: ${name}`, () => {
      const profile = must(profileNamed(name));
      sameAsPlayed(profile, events, 11);
      sameAsPlayed(profile, unnoticed, 12);
      sameAsPlayed(profile, SETS.usual as readonly EventKind[], 13);
    });
  }
});
