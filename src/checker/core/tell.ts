// A path of the checker for others to follow: as a trace that can be played and compared, and as a shell script of writes.
import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { EventPath, Model } from "../model.ts";
import type { CheckEvent } from "./event.ts";
import { openingLines, operationsOf } from "./story.ts";
import type { Universe } from "./universe.ts";

const descriptionOf = (shows: string): string => `found by apmatrix check: ${shows}`;

type Teller = Pick<Model, "events" | "eventText"> & Required<Pick<Model, "traceLines" | "scriptLines">>;

/** What a model tells of its events. */
export function tellerOf(universe: Universe, events: readonly CheckEvent[]): Teller {
  const linesOf = (event: number) => events[event]?.lines ?? [];
  return {
    events: events.length,
    eventText: (event) => linesOf(event).join("; "),
    traceLines: ({ events: path }: EventPath, shows: string) => traceOf(universe, path.map(linesOf), shows),
    scriptLines: ({ events: path }: EventPath, shows: string) => scriptOf(universe, path.map(linesOf), shows),
  };
}

/** Lines of a trace, without their ends: the opening, then the events, each with the answer of the core. */
function traceOf(universe: Universe, events: readonly (readonly string[])[], shows: string): readonly string[] {
  const { profile } = universe;
  const header = { trace: "check", format: 2, profile: profile.name, desc: descriptionOf(shows) };
  const player = new Player(profile);
  const operations = operationsOf(universe, events.flat()).flat();
  const lines = operations.map((operation, n) => {
    const i = n + 1;
    return JSON.stringify({ i, ...operationToJson(operation), x: player.apply(operation, i) });
  });
  return [JSON.stringify(header), ...lines];
}

const SH_OPENING = ["#!/bin/sh", "# What an administrator writes; all else goes to the lab's control."];

/** Writes below /sys; what no write can do is an event of a lab. */
function scriptOf(universe: Universe, events: readonly (readonly string[])[], shows: string): readonly string[] {
  const player = new Player(universe.profile);
  const texts = [...openingLines(universe), ...events.flat()];
  let i = 0;
  const lines = operationsOf(universe, events.flat()).flatMap((operations, n) => {
    const commands = operations.map((operation) => commandFor(operation, player.apply(operation, ++i)));
    return [`# ${texts[n]}`, ...commands];
  });
  return [...SH_OPENING, `# ${descriptionOf(shows)}`, ...lines];
}

function commandFor(operation: Operation, { r }: Answer): string {
  if (operation.op === "init") return `# a machine as in: ${JSON.stringify(operationToJson(operation))}`;
  if (operation.op !== "write") return `apmatrix lab event ${quoted(JSON.stringify(operationToJson(operation)))}`;
  const command = `printf %s ${quoted(operation.value.trimEnd())} > /sys/${operation.path}`;
  // It waits for the guest, which stops later.
  return r === "blocked" ? `${command} &` : command;
}

const quoted = (text: string): string => (/^[\w.+,-]+$/.test(text) ? text : `'${text}'`);
