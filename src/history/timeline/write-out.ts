// Writes a history out: as a trace, as a scenario with its checks, or as a shell script of writes. Each goes up to the moment that is shown,
// or to any other.

import { matrixText } from "../../system/sysfs/matrix-text.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import type { GuestsMade } from "../../system/trace/guest-made.ts";
import type { Init, Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { traceHeader } from "../../system/trace/trace-file.ts";
import { actionLines } from "../scenario/format-action.ts";
import { type Entry, isRefused } from "./entry.ts";
import { snapshotToJson } from "./snapshot-line.ts";
import { storeHost } from "./stored-host.ts";
import type { Timeline } from "./timeline.ts";

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** One comment line, whatever is in the text: a second line of a script would be run. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const comment = (text: string): string => `# ${text.replace(/[\x00-\x1f\x7f\u2028\u2029]+/g, " ")}`;

/** Entries that are operations, up to and with this index. */
function operations({ entries }: Timeline, upTo: number): readonly (Entry & { readonly operation: Operation })[] {
  return entries
    .slice(0, upTo + 1)
    .filter((entry): entry is Entry & { readonly operation: Operation } => entry.operation !== undefined);
}

/** Whether it has only operations, from power on: no other history can be written as a scenario or played elsewhere. */
export const isWhole = ({ entries }: Timeline): boolean => entries.every(({ operation }) => operation !== undefined);

/**
 * A conformance trace, in which `apmatrix play` finds no difference. If the host was found and not made, the trace contains snapshots of it:
 * only the page can open such a recording.
 */
export function traceText(timeline: Timeline, upTo: number, name: string): string {
  const entries = timeline.entries.slice(0, upTo + 1);
  const header = traceHeader(
    name,
    timeline.profile.name,
    entries.flatMap(({ operation }) => operation ?? []),
  );
  if (!isWhole(timeline)) header.format = 2;
  const rows = entries.map(({ i, operation, answer, seenAt, unknown }, index) => {
    if (operation) return { i, ...operationToJson(operation), x: answer };
    return snapshotToJson({ i, at: seenAt, unknown, snapshot: storeHost(timeline.hostAt(index)) });
  });
  return lines([header, ...rows].map((row) => JSON.stringify(row)));
}

/** Guests whose names do not fit into a scenario get other names. */
const GUEST_NAME = /^(?!gone$)g[a-z0-9-]*$/;

/** A scenario that shows the same under the same kernel: the actions, their outcomes, and every guest that changed. */
export function scenarioText(timeline: Timeline, upTo: number, title: string): string {
  const done = operations(timeline, upTo);
  const guests = new Map<string, string>();
  const taken = new Set(done.flatMap(({ operation }) => guestNamesIn(operation)));
  const guestName = (name: string): string => {
    if (GUEST_NAME.test(name)) return name;
    const known = guests.get(name);
    if (known !== undefined) return known;
    let n = guests.size + 1;
    while (taken.has(`g-${n}`)) n++;
    taken.add(`g-${n}`);
    guests.set(name, `g-${n}`);
    return `g-${n}`;
  };
  const outerName = (uuid: string): string => `m${timeline.mdevNumber(uuid)}`;
  // The names of a scenario's mdevs are the host's; a guest may have mdevs with the same UUIDs.
  const nameOf = (inside: string | undefined) => (inside === undefined ? outerName : (uuid: string) => uuid);
  const body = done.flatMap((entry) => {
    const { operation } = entry;
    const actions = actionLines(withGuests(operation, guestName), nameOf(operation.in));
    if (actions.length === 0) return [];
    const last = `${actions.at(-1)}${outcome(entry)}`;
    const checks = entry.guests.map(({ guest, run }) => {
      const index = timeline.entries.indexOf(entry);
      return `guest ${guestName(guest)} ${run === "stopped" ? "gone" : guestWords(timeline, index, guest)}`;
    });
    return [...actions.slice(0, -1), last, ...checks];
  });
  const names = timeline.mdevs.map((uuid) => `name ${outerName(uuid)} ${uuid}`);
  const renamed = [...guests].map(([name, short]) => comment(`${short} is the guest ${name}`));
  return lines([comment(title), ...renamed, `profiles ${timeline.profile.name}`, ...names, ...body]);
}

/** The names of guests of all depths. */
function guestNamesIn(operation: Operation): readonly string[] {
  const made = (guests: GuestsMade): readonly string[] =>
    [...guests].flatMap(([name, its]) => [name, ...made(its.guests)]);
  return [
    ...("guest" in operation && operation.guest !== null ? [operation.guest] : []),
    ...(operation.in?.split("/") ?? []),
    ...(operation.op === "init" && operation.guests ? made(operation.guests) : []),
  ];
}

function withGuests(operation: Operation, guestName: (name: string) => string): Operation {
  const made = (guests: GuestsMade): GuestsMade =>
    new Map([...guests].map(([name, its]) => [guestName(name), { ...its, guests: made(its.guests) }]));
  const renamed: Operation =
    operation.op === "init" && operation.guests
      ? { ...operation, guests: made(operation.guests) }
      : "guest" in operation && operation.guest !== null
        ? { ...operation, guest: guestName(operation.guest) }
        : operation;
  return operation.in === undefined ? renamed : { ...renamed, in: operation.in.split("/").map(guestName).join("/") };
}

function outcome(entry: Entry): string {
  if (typeof entry.answer?.rc === "string") return ` => rc ${entry.answer.rc}`;
  if (entry.answer?.r === "blocked") return " => blocked";
  return isRefused(entry) ? ` => ${entry.answer?.r}` : "";
}

/** What the guest has after an entry, in the words of a check. */
function guestWords(timeline: Timeline, index: number, guest: string): string {
  const found = [...runningGuests(timeline.hostAt(index)).values()].find(({ name }) => name === guest);
  if (!found) return "gone";
  return matrixText(found.apm, found.aqm).trim().split("\n").join(" ") || "nothing";
}

/** A shell script for a machine or a lab: it does the writes; what a machine or a guest does becomes a comment. */
export function shellText(timeline: Timeline, upTo: number, title: string): string {
  const done = operations(timeline, upTo);
  const init = done.map(({ operation }) => operation).find((operation): operation is Init => operation.op === "init");
  const uuid = (name: string): string => name;
  const body = done.slice(init ? 1 : 0).flatMap((entry) => {
    const { operation } = entry;
    if (operation.op !== "write" || operation.in !== undefined) {
      // A script on the host does not reach into its guests.
      return actionLines(operation, uuid).map((words) => comment(`in a lab: apmatrix lab event ${words}`));
    }
    const command = `${echoCommand(operation.value)} > "$SYS"/${quoted(operation.path)}`;
    return isRefused(entry) ? [`${command} || true  # ${entry.answer?.r}`] : [command];
  });
  const host = init ? [comment(`begins on: ${actionLines(init, uuid)[0]}`)] : [];
  return lines(["#!/bin/sh", comment(title), ...host, "set -e", `SYS="\${SYS:-/sys}"`, ...body]);
}

/** The text as one word for a shell. */
const quoted = (text: string): string =>
  /^[\w.,:+/-]+$/.test(text) && !/^-/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A command that prints these bytes: echo where every echo does, otherwise printf. */
function echoCommand(value: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]+\n$/.test(value) && !value.startsWith("-")) return `echo ${quoted(value.slice(0, -1))}`;
  const octal = [...value].map((c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
  return `printf '${/^[\x20-\x24\x26\x28-\x5b\x5d-\x7e]*$/.test(value) ? value : octal}'`;
}
