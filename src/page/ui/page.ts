// What can be done to the page: show a session, go to a moment, select a queue, act, open something.

import { explainErrno } from "../../answers/explain/explain-errno.ts";
import { echoCommand, errnoLines } from "../../answers/explain/sentences.ts";
import { count } from "../../answers/show/wording.ts";
import { type Foretold, foretell } from "../../history/timeline/foretell.ts";
import type { Timeline } from "../../history/timeline/timeline.ts";
import { undoOf } from "../../history/timeline/undo.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { NOT_INSIDE, type Operation } from "../../system/trace/operation.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type OpenedText, openText } from "./open-text.ts";
import { type Layer, layersWhere, type PanelName, type Said, state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** The host at the moment that is shown. It is lent: use it at once and do not keep it. */
export function shownHost(): Host | undefined {
  const { session, index } = state.get();
  return session && session.last >= 0 ? session.timeline.hostAt(Math.min(index, session.last)) : undefined;
}

export function showSession(session: Session, index = session.last): void {
  const { sessions } = state.get();
  const { whole } = session;
  state.set({
    sessions: sessions.includes(whole) ? sessions : [...sessions, whole],
    session,
    length: session.last + 1,
    index: Math.max(0, index),
    follows: index === session.last,
    isPlaying: false,
    dialog: undefined,
    mdev: undefined,
    notice: session.warnings.length > 0 ? { text: `${session.warnings.join("; ")}.`, isBad: false } : undefined,
    isLoading: false,
  });
}

export function closeSession(session: Session): void {
  const sessions = state.get().sessions.filter((other) => other !== session.whole);
  const next = session.from && sessions.includes(session.from.session) ? session.from.session : sessions.at(-1);
  state.set({ sessions, reference: undefined });
  if (next) showSession(next, next === session.from?.session ? session.from.index : next.last);
}

/** The history of the session has grown. */
export function hasGrown(session: Session): void {
  if (state.get().session?.whole !== session.whole) return;
  const { follows, index } = state.get();
  state.set({ length: session.last + 1, index: follows ? session.last : index });
}

export function goTo(index: number): void {
  const { session } = state.get();
  if (!session) return;
  const at = Math.min(Math.max(index, 0), session.last);
  state.set({ index: at, follows: at === session.last });
}

export const step = (by: number): void => goTo(state.get().index + by);

/** @param isMore all queues between it and the one that was chosen before are chosen */
export function select(apqn: Apqn | undefined, isMore = false): void {
  const { selected, corner } = state.get();
  state.set({ selected: apqn, corner: isMore && apqn !== undefined ? (corner ?? selected) : undefined });
}

/** From now on, moving chooses all queues between here and there; or no longer. */
export function markCorner(): void {
  const { selected, corner } = state.get();
  state.set({ corner: corner === undefined ? selected : undefined });
}

/** Compare what is shown from now on with this moment; or no longer. */
export function toggleReference(): void {
  const { session, index, reference } = state.get();
  state.set({ reference: reference === undefined && session ? { session, index } : undefined });
}

/** With the focus on what is looked for there. */
export function showPanel(panel: PanelName, first: string): void {
  state.set({ panel });
  // It is there after it has been drawn.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(first)?.focus());
}

export function toggleLayer(layer: Layer): void {
  const { layers } = state.get();
  state.set({ layers: layersWhere((other) => (other === layer) !== layers[other]) });
}

export const showOnly = (layer: Layer): void => state.set({ layers: layersWhere((other) => other === layer) });

let saidCount = 0;
const SAID_AT_MOST = 200;

export function say(command: string, lines: readonly string[], isError = false): void {
  const said: Said = { id: ++saidCount, command, lines, isError };
  state.set({ said: [...state.get().said, said].slice(-SAID_AT_MOST) });
}

/** Open a text as a session and show it. */
export function open(text: string, file: string): OpenedText {
  const { session, index } = state.get();
  let opened: OpenedText;
  try {
    opened = openText(text, file, session && { session, index });
  } catch (error) {
    opened = { ok: false, error: `${file}: ${(error as Error).message}` };
  }
  if (!opened.ok) {
    state.set({ notice: { text: opened.error, isBad: true }, isLoading: false });
    return opened;
  }
  const { session: next } = opened;
  // A plan is shown from where it starts.
  showSession(next, next.from ? next.from.index : next.last);
  return opened;
}

/**
 * Carry out operations where one is, at the end of the history, or on a branch of its own if an earlier moment is shown. If running guests
 * lose queues by it, it waits for a yes.
 *
 * @param command as somebody would type it
 */
export async function act(command: string, operations: readonly Operation[]): Promise<void> {
  const { session } = state.get();
  if (!session) return;
  const { path } = session;
  const wrong = path === "" ? undefined : operations.find(({ op }) => NOT_INSIDE.includes(op));
  if (wrong) return void say(command, ["this is done to the machine, which is the host's: go out of the guest"], true);
  await actOnWhole(command, path === "" ? operations : operations.map((operation) => doneInside(path, operation)));
}

/** Inside a guest, or a guest of it if the operation says so itself. */
const doneInside = (path: string, operation: Operation): Operation => ({
  ...operation,
  in: operation.in === undefined ? path : `${path}/${operation.in}`,
});

/** @param operations as the host has them: each says in which guest it is done */
export async function actOnWhole(command: string, operations: readonly Operation[]): Promise<void> {
  const { session, index } = state.get();
  if (!session) return;
  const foretold = foretell(session.history, index, operations);
  if (foretold.hurts.length === 0) return await carryOut(command, operations, foretold);
  state.set({ hurting: { command, ...foretold, goOn: () => void carryOut(command, operations, foretold) } });
}

async function carryOut(command: string, operations: readonly Operation[], foretold: Foretold): Promise<void> {
  const { session, index } = state.get();
  if (!session) return;
  const isLast = index === session.last;
  const where = isLast && session.canAct ? session.whole : session.branch(index);
  const back = undoOf(session.history.playerAt(index), operations);
  if (where !== session.whole) showSession(where.within(session.path));
  for (const operation of operations) {
    try {
      const answer = where.send ? await where.send(operation) : where.history.append(operation).answer;
      if (!where.send) hasGrown(where);
      if (answer && !report(command, operation, answer, where.history)) return;
    } catch (error) {
      say(command, [(error as Error).message], true);
      return;
    }
  }
  if (back.length > 0) offerUndo(command, back, foretold);
}

/** What was wiped does not come back with the queues. */
function offerUndo(command: string, back: readonly Operation[], { hurts, zeroized }: Foretold): void {
  const [first = command] = command.split("\n");
  const gone =
    zeroized.length === 0 || hurts.length === 0 ? "" : ` What was in ${count(zeroized.length, "queue")} stays wiped.`;
  const undo = () => {
    state.set({ notice: undefined });
    void actOnWhole(`undo ${first}`, back);
  };
  state.set({ notice: { text: `Done: ${first}.${gone}`, isBad: false, action: { title: "Undo", run: undo } } });
}

/** @returns whether it succeeded */
function report(command: string, operation: Operation, answer: Answer, timeline: Timeline): boolean {
  const { r, rc } = answer;
  // A command in words or from a button, as it would be typed on a machine.
  const shell = operation.op === "write" ? echoCommand([operation.path, operation.value]) : undefined;
  const place = operation.in === undefined ? "" : `${operation.in} `;
  const written =
    shell === undefined || (place === "" && /^(echo|printf)\b/.test(command)) ? [] : [`${place}$ ${shell}`];
  if (typeof r === "number") {
    say(command, [...written, rc === undefined ? "done" : `response code ${rc}`]);
    return true;
  }
  if (r === "blocked") {
    say(command, [...written, "waits until the guest has let go"]);
    return true;
  }
  // A refusal leaves the host unchanged, so the host as it is now explains it.
  const player = timeline.lentPlayerAt(timeline.entries.length - 1);
  const host = (operation.in === undefined ? player : player.guestPlayer(operation.in))?.host;
  if (!host) {
    say(command, [...written, r, `${operation.in} does not run, or has no Linux of its own`], true);
    return false;
  }
  const lines = operation.op === "write" ? errnoLines(explainErrno(host, [operation.path, operation.value])) : [r];
  say(command, [...written, ...(lines[0] === r ? lines : [r, ...lines.slice(1)])], true);
  return false;
}
