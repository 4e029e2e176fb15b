// One kernel of a check: a state is loaded, an event happens to the real core, the result is stored. Models are made of one of
// these (core-model.ts) or of two (against.ts).
import type { HostState } from "../../system/machine/host-state.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import type { Step } from "../properties.ts";
import type { CheckEvent } from "./event.ts";
import { eventsOf } from "./events.ts";
import { linksFollow } from "./followers.ts";
import { Links } from "./link-comparison.ts";
import { PackedStates } from "./packed-states.ts";
import type { Universe } from "./universe.ts";
import { PASSED_ON, Use, ZEROIZED } from "./use.ts";
import { type HostViews, PHASE, World } from "./world.ts";

export class Core {
  readonly world: World;
  readonly packing: PackedStates;
  readonly events: readonly CheckEvent[];
  readonly #use: Use;
  /** The host as it is, and the event that happened last, for properties. */
  readonly step: Seen;
  /** The host is no longer as it was before the event. */
  #isChanged = false;

  constructor(universe: Universe, profile: Profile) {
    this.world = new World(universe, profile);
    this.#use = new Use(this.world);
    this.events = eventsOf(this.world, this.#use);
    this.packing = new PackedStates(this.world);
    this.step = new Seen(this.world, this.events[0]!);
  }

  get words(): number {
    return this.packing.words;
  }

  initial(states: Int32Array, at: number): void {
    this.world.now.words.set(this.world.first);
    this.packing.store(states, at);
    this.#isChanged = true;
  }

  /** Events happen to this state from now on. */
  load(states: Int32Array, at: number): void {
    this.look(states, at);
    this.#use.note();
  }

  /** Makes the host as in this state, for properties and for people. */
  look(states: Int32Array, at: number): void {
    this.world.loaded++;
    this.packing.load(states, at);
    this.packing.restore();
    this.#isChanged = false;
  }

  /** Whether the event happened to the loaded state. */
  happen(event: number): boolean {
    if (this.#isChanged) this.packing.restore();
    const { happen } = this.events[event]!;
    this.#isChanged = true;
    if (!happen()) {
      // What is refused changes nothing.
      this.#isChanged = false;
      return false;
    }
    const shown = this.#use.settle();
    this.step.event = this.events[event]!;
    this.step.passedOn = shown % 2 === PASSED_ON;
    this.step.zeroized = shown >= ZEROIZED;
    return true;
  }

  /** What the event made of the host. */
  store(states: Int32Array, at: number): void {
    this.packing.store(states, at);
  }
}

/** What a property sees; all of them share one object. */
class Seen implements Step {
  readonly host: Host;
  readonly state: HostState;
  readonly before: HostState;
  event: CheckEvent;
  passedOn = false;
  zeroized = false;
  readonly #now: HostViews;
  readonly #links: Links;

  constructor(world: World, event: CheckEvent) {
    const { host, now, before, universe } = world;
    this.host = host;
    this.state = now.state;
    this.before = before.state;
    this.event = event;
    this.#now = now;
    this.#links = new Links(world, !linksFollow(universe));
  }

  get linksHold(): boolean {
    return this.#links.hold();
  }

  get isQuiet(): boolean {
    const { machine, info } = this.state;
    return (
      this.#now.phase === PHASE.idle &&
      machine.apm.equals(info.apm) &&
      machine.aqm.equals(info.aqm) &&
      machine.adm.equals(info.adm)
    );
  }
}
