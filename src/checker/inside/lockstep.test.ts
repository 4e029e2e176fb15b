// The model of guests' insides and a player that only ever goes on, event by event: in every state the same events can happen to both, and
// both are the same afterwards. So nothing that the model leaves out of a state decides anything.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { must } from "../../system/ap/assert.ts";
import { Player } from "../../system/trace/player.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { Successors } from "../model.ts";
import { insideEvents } from "./inside-events.ts";
import { InsideKey } from "./inside-key.ts";
import { happens, insideModel, openingOperations } from "./inside-model.ts";
import { type InsideOptions, insideUniverse } from "./inside-universe.ts";

const STEPS = inLongForm(5_000, 400);

function walk(options: InsideOptions, seed: number): number {
  const random = new Random(seed);
  const universe = insideUniverse(options);
  const model = insideModel(options);
  assert.ok(!("error" in universe) && !("error" in model));
  const events = insideEvents(universe);
  const key = new InsideKey(universe);
  const player = new Player(must(profileNamed(options.profile)));
  for (const [n, operation] of openingOperations(universe).entries()) player.apply(operation, n + 1);
  const state = new Int32Array(model.words);
  const its = new Int32Array(model.words);
  const successors = new Successors(model.words, model.events);
  model.initial(state, 0);
  let inside = 0;
  for (let n = 0; n < STEPS; n++) {
    successors.count = 0;
    model.expand(state, 0, successors);
    const possible = [...successors.events.subarray(0, successors.count)];
    const before = player.save();
    const event: number = random.below(events.length);
    const where: string = `seed ${seed}, step ${n}: ${model.eventText(event)}`;
    const at = possible.indexOf(event);
    const isDone = happens(player, must(events[event]));
    assert.equal(isDone, at >= 0, where);
    if (!isDone) {
      // A write that is refused changes nothing; of several, those before it may have been done.
      if (must(events[event]).operations.length > 1) player.restore(before);
      continue;
    }
    key.write(player, its, 0);
    state.set(successors.states.subarray(at * model.words, (at + 1) * model.words));
    assert.deepEqual(its, state, where);
    if (player.guestPaths().length > 0) inside++;
  }
  return inside;
}

describe("the model of guests' insides beside a player that goes on", () => {
  const spaces: readonly InsideOptions[] = [
    { profile: "linux-7.3", adapters: 2, domains: 2, mdevs: 1, nested: true, notice: "scan" },
    { profile: "linux-7.3", adapters: 2, domains: 2, mdevs: 2, nested: false, notice: "at-once,scan" },
    { profile: "linux-6.0", adapters: 2, domains: 1, mdevs: 1, nested: true, notice: "scan" },
    { profile: "v11", adapters: 1, domains: 2, mdevs: 1, nested: true, notice: "scan" },
  ];
  for (const [n, options] of spaces.entries()) {
    it(`${options.profile}, ${options.nested ? "nested" : "two guests"}: the same events can happen, and do the same`, () => {
      assert.ok(walk(options, 100 + n) > STEPS / 10, "guests with a Linux were looked at");
    });
  }
});
