// The host that is checked: the real core on a small machine, with what only the checker keeps after the buffer's end (where the scan
// is, which guest has used which queue), and the state before the event. Which of its bits are a state: variables.ts.
import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { storeOverride } from "../../system/bus/driver-override.ts";
import { HostState } from "../../system/machine/host-state.ts";
import { Player } from "../../system/trace/player.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { guestText, range } from "../number-names.ts";
import { openingLines, operationsOf } from "./story.ts";
import type { Universe } from "./universe.ts";

/** Where the scan is. Never 0, so that no state is all zeros. */
export const PHASE = { idle: 1, scanning: 2, scanningChange: 3 } as const;

/** What four bits of a state can count. */
const MAX_OVERRIDES = 15;

/** A buffer with views: of the host as it is now, or as it was before the event. */
export class HostViews {
  readonly state: HostState;
  readonly words: Uint32Array;
  readonly phaseAt: number;
  /** For each mdev, one row of domains for each adapter: queues that its guest has used since they were reset. */
  readonly usedAt: number;
  readonly #adapters: number;

  constructor(model: HostState, universe: Universe, words?: Uint32Array) {
    const { layout } = model;
    this.#adapters = universe.adapters;
    this.phaseAt = layout.words;
    this.usedAt = layout.words + 1;
    this.words = new Uint32Array(layout.words + 1 + universe.mdevs * universe.adapters);
    if (words) this.words.set(words);
    this.state = new HostState(model.facts, layout, this.words, model.names);
  }

  /** A guest has used a queue since it was reset last. */
  hasUsed(g: number, adapter: number, domain: number): boolean {
    return ((this.words[this.usedAt + g * this.#adapters + adapter]! >>> domain) & 1) === 1;
  }

  use(g: number, adapter: number, domain: number): void {
    this.words[this.usedAt + g * this.#adapters + adapter]! |= 1 << domain;
  }

  get phase(): number {
    return this.words[this.phaseAt]!;
  }

  set phase(phase: number) {
    this.words[this.phaseAt] = phase;
  }
}

export class World {
  readonly universe: Universe;
  readonly host: Host;
  readonly now: HostViews;
  readonly before: HostViews;
  /** Counts the states that were loaded: what was worked out for one of them is not valid for the next. */
  loaded = 0;
  /** What every word holds at first; words that never vary keep it. */
  readonly first: Uint32Array;

  constructor(universe: Universe, profile: Profile) {
    this.universe = universe;
    const { state } = playedHost(universe, profile);
    this.now = new HostViews(state, universe, state.words);
    this.now.phase = PHASE.idle;
    this.first = this.now.words.slice();
    this.before = new HostViews(state, universe, this.first);
    this.host = newHost(this.now.state, profile, vfioApDriver);
  }

  /**
   * A write to driver_override that changes something; the number of overrides is bounded (docs/kernel/faults.md B-5 lets
   * it grow).
   */
  override(apqn: Apqn, name: string): boolean {
    const { state } = this.host;
    const isOn = state.overridden.has(apqn);
    const held = isOn ? state.names.nameOf(state.override.get(apqn)) : "";
    if (held === name || (!isOn && state.get("overrides") === MAX_OVERRIDES)) return false;
    return storeOverride(this.host, apqn, name).ok;
  }

  /** Queues of the universe, adapter by adapter. */
  queues() {
    const { adapters, domains } = this.universe;
    return range(adapters).flatMap((a) => range(domains).map((d) => ({ a, d, apqn: apqnOf(asApid(a), asApqi(d)) })));
  }
}

/** The host after the opening lines have been played; the guests' names have their numbers. */
function playedHost(universe: Universe, profile: Profile): Host {
  const player = new Player(profile);
  const lines = operationsOf(universe, []).slice(0, openingLines(universe).length);
  let i = 0;
  for (const operation of lines.flat()) player.apply(operation, ++i);
  const { host } = player;
  for (const g of range(universe.mdevs)) host.state.names.numberOf(guestText(g));
  return host;
}
