// The model "inside" for the explorer: the real rules on the host and in every guest's Linux. Its states are snapshots of a player, kept
// beside the explorer's table under the bits that tell them apart (inside-key.ts). So it has one thread and takes small hosts only.
import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { queuesOf } from "../../system/ap/product.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player, type PlayerState } from "../../system/trace/player.ts";
import { scenarioOf } from "../core/story.ts";
import { type EventPath, type Model, PropertyThrew, type ShownValue, type Successors } from "../model.ts";
import { guestPaths, type InsideEvent, insideEvents, insideOpening } from "./inside-events.ts";
import { InsideKey } from "./inside-key.ts";
import { guestsOf, INSIDE_PROPERTIES, type InsideProperty } from "./inside-properties.ts";
import { type InsideOptions, type InsideUniverse, insideUniverse } from "./inside-universe.ts";

/** @returns the model, or what is wrong with the options */
export function insideModel(options: InsideOptions): Model | { readonly error: string } {
  const universe = insideUniverse(options);
  if ("error" in universe) return universe;
  const { properties: names } = options;
  const unknown = names?.find((name) => !INSIDE_PROPERTIES.some((property) => property.name === name));
  if (unknown !== undefined) {
    const known = INSIDE_PROPERTIES.map(({ name }) => name).join(", ");
    return { error: `--property: there is none "${unknown}"; known: ${known}` };
  }
  const properties = INSIDE_PROPERTIES.filter(({ name }) => names === undefined || names.includes(name));
  return modelOf(universe, properties);
}

function modelOf(universe: InsideUniverse, properties: readonly InsideProperty[]): Model {
  const key = new InsideKey(universe);
  const { words } = key;
  const events = insideEvents(universe);
  const player = new Player(universe.profile);
  for (const [n, one] of openingOperations(universe).entries()) player.apply(one, n + 1);
  const first = player.save();
  const known = new Map<string, PlayerState>();
  /** Keeps the player's state if it is a new one. */
  const keep = (states: Int32Array, at: number): void => {
    key.write(player, states, at);
    const text = states.subarray(at, at + words).join();
    if (!known.has(text)) known.set(text, player.save());
  };
  const load = (states: Int32Array, at: number): PlayerState => {
    const saved = known.get(states.subarray(at, at + words).join());
    if (!saved) throw new Error("a state that this thread has not come to");
    player.restore(saved);
    return saved;
  };
  const maskOf = (on: "state" | "event", event?: number): number => {
    const now = { guests: guestsOf(player), event: event === undefined ? undefined : events[event] };
    let mask = 0;
    for (const [n, property] of properties.entries()) {
      if (property.on !== on) continue;
      try {
        if (property.holds(now) !== (property.kind === "always")) mask += 2 ** n;
      } catch (cause) {
        throw new PropertyThrew(property.name, cause, event);
      }
    }
    return mask;
  };
  return {
    name: `inside ${universe.profile.name}`,
    words,
    events: events.length,
    properties,
    initial(states, at) {
      player.restore(first);
      keep(states, at);
    },
    expand(states: Int32Array, at: number, successors: Successors) {
      const before = load(states, at);
      for (const [number, event] of events.entries()) {
        if (number > 0) player.restore(before);
        if (!happens(player, event)) continue;
        const n = successors.count++;
        successors.events[n] = number;
        successors.violations[n] = maskOf("event", number);
        keep(successors.states, n * words);
      }
    },
    violations(states, at) {
      load(states, at);
      return maskOf("state");
    },
    eventText: (event) => (events[event]?.lines ?? []).join("; "),
    variables(states, at) {
      load(states, at);
      return shown(universe, player);
    },
    traceLines: (path, shows) => traceOf(universe, events, path, shows),
  };
}

export const openingOperations = (universe: InsideUniverse): readonly Operation[] =>
  scenarioOf([`profiles ${universe.profile.name}`, ...insideOpening(universe)].join("\n")).lines.flatMap(({ step }) =>
    step.kind === "action" ? step.operations : [],
  );

/** Whether all of it was done; if not, the player is to be restored. */
export const happens = (player: Player, { operations }: InsideEvent): boolean =>
  operations.every((operation) => typeof player.apply(operation, 1).r === "number");

/** What people see of a state: what the host has bound and assigned, what each guest has, and what its bus shows. */
function shown(universe: InsideUniverse, player: Player): Readonly<Record<string, ShownValue>> {
  const { state } = player.host;
  const mdevs = state.listedMdevs().map((mdev) => ({ name: `m${mdev.index + 1}`, mdev }));
  const guests = new Map(guestsOf(player).map((guest) => [guest.path, guest.player.host.state]));
  return {
    bound: state.vfioBound.queues().map(formatApqn),
    ...Object.fromEntries(
      mdevs.flatMap(({ name, mdev: { matrix } }) => [
        [`${name} adapters`, matrix.apm.ids().map(formatApid)],
        [`${name} domains`, matrix.aqm.ids().map(formatApqi)],
      ]),
    ),
    ...Object.fromEntries(
      guestPaths(universe).flatMap((path) => {
        const guest = guests.get(path);
        return [
          [`${path} runs`, guest !== undefined],
          [`${path} has`, guest ? queuesOf(guest.answering).map(formatApqn) : []],
          [`${path} bus shows`, guest?.devices.queues().map(formatApqn) ?? []],
          [`${path} gives on`, guest?.vfioBound.queues().map(formatApqn) ?? []],
        ];
      }),
    ),
  };
}

/** Lines of a trace, without their ends: the opening, then the events, each with the answer of the rules. */
function traceOf(
  universe: InsideUniverse,
  events: readonly InsideEvent[],
  { events: path }: EventPath,
  shows: string,
): readonly string[] {
  const { profile } = universe;
  const header = { trace: "check", format: 3, profile: profile.name, desc: `found by apmatrix check: ${shows}` };
  const player = new Player(profile);
  const operations = [...openingOperations(universe), ...path.flatMap((event) => events[event]?.operations ?? [])];
  const lines = operations.map((operation, n) =>
    JSON.stringify({ i: n + 1, ...operationToJson(operation), x: player.apply(operation, n + 1) }),
  );
  return [JSON.stringify(header), ...lines];
}
