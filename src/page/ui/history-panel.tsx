// The history: what happened to guests step by step, and one row for the rest. Only rows that are seen exist, because there may be thousands.
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { changesAnywhere, type Entry, isRefused, zeroizedAnywhere } from "../../history/timeline/entry.ts";
import { busWords, type Headline, headlinesOf } from "../../history/timeline/headlines.ts";
import { formatApqn } from "../../system/ap/apqn.ts";
import type { Moment } from "./moment.ts";
import { goTo, showSession, step } from "./page.ts";
import { type StepFilter, state, usePage } from "./page-state.ts";

/** Arrow keys go through the rows, and the focus follows. */
function walk(event: KeyboardEvent): void {
  const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  step(by);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".row[aria-current]")?.focus());
}

const ROW = 38;
const MORE = 8;

type Item =
  | { readonly kind: "step"; readonly at: number; readonly isInside: boolean }
  | { readonly kind: "fold"; readonly line: Headline; readonly isOpen: boolean };

/** Rows of the list: folded where nothing happened to guests, but the step that is shown always has its own. */
function itemsOf(
  entries: readonly Entry[],
  lines: readonly Headline[],
  open: ReadonlySet<number>,
  shown: number,
): readonly Item[] {
  const items = lines.flatMap((line): readonly Item[] => {
    const { first, last, kind } = line;
    if (kind === "event") return [{ kind: "step", at: first, isInside: false }];
    const isOpen = open.has(first);
    const all = Array.from({ length: last - first + 1 }, (_, at) => first + at).filter(
      (at) => !entries[at]?.isElsewhere || at === shown,
    );
    const inside = isOpen ? all : all.filter((at) => at === shown);
    return [{ kind: "fold", line, isOpen }, ...inside.map((at): Item => ({ kind: "step", at, isInside: true }))];
  });
  if (!entries[shown]?.isElsewhere || items.some((item) => item.kind === "step" && item.at === shown)) return items;
  // What is nothing to the guest that one is in is seen while it is the moment that is shown.
  const after = items.findIndex((item) => (item.kind === "step" ? item.at : item.line.first) > shown);
  const at = after < 0 ? items.length : after;
  return [...items.slice(0, at), { kind: "step", at: shown, isInside: true }, ...items.slice(at)];
}

type Kind = StepFilter["kind"];
const KINDS: Readonly<Record<Kind, string>> = {
  all: "all steps",
  guests: "gains and losses",
  zeroized: "zeroized",
  refused: "refused",
};

/** @param text a part of the words, a guest or a queue, in any case */
function isWanted(entry: Entry, kind: Kind, text: string): boolean {
  const { words, isElsewhere } = entry;
  const [guests, zeroized] = [changesAnywhere(entry), zeroizedAnywhere(entry)];
  if (isElsewhere) return false;
  if (kind === "guests" && guests.length === 0) return false;
  if (kind === "zeroized" && zeroized.length === 0) return false;
  if (kind === "refused" && !isRefused(entry)) return false;
  if (text === "") return true;
  const queues = [...zeroized, ...guests.flatMap(({ gained, lost }) => [...gained, ...lost])].map(formatApqn);
  return [words, ...guests.map(({ guest }) => guest), ...queues].some((one) => one.toLowerCase().includes(text));
}

function Filters({ kind, text }: StepFilter) {
  const change = (steps: StepFilter) => state.set({ steps });
  return (
    <div class="filters">
      <input
        type="search"
        aria-label="Only steps with"
        placeholder="Guest, queue or words"
        value={text}
        onInput={({ currentTarget }) => change({ kind, text: currentTarget.value.trim().toLowerCase() })}
      />
      <select
        aria-label="Kind of steps"
        value={kind}
        onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind, text })}
      >
        {Object.entries(KINDS).map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The rows that have to exist: those that are seen, and some more. The current one is kept in sight. */
function useRows(list: RefObject<HTMLDivElement | null>, count: number, current: number, session: unknown) {
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const look = () => setSeen({ top: element.scrollTop, height: element.clientHeight });
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);

  // Keeps the row of the moment that is shown in sight.
  useEffect(() => {
    const element = list.current;
    if (!element || element.clientHeight === 0) return;
    const [top, bottom] = [current * ROW, (current + 1) * ROW];
    if (top < element.scrollTop) element.scrollTop = top - ROW;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight + ROW;
  }, [current, session, seen.height]);

  const first = Math.max(0, Math.floor(seen.top / ROW) - MORE);
  const last = Math.min(count - 1, Math.ceil((seen.top + seen.height) / ROW) + MORE);
  return { first, last };
}

export function HistoryPanel({ moment: { session, index } }: { readonly moment: Moment }) {
  const { entries } = session.timeline;
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const { kind, text } = usePage("steps").steps;
  const isFiltered = kind !== "all" || text !== "";
  const lines = useMemo(() => headlinesOf(entries), [session, entries.length]);
  const items = useMemo(
    () =>
      isFiltered
        ? [...entries.keys()]
            .filter((at) => at === index || isWanted(entries[at] as Entry, kind, text))
            .map((at): Item => ({ kind: "step", at, isInside: false }))
        : itemsOf(entries, lines, open, index),
    [lines, entries, open, index, kind, text],
  );
  const steps = useMemo(() => entries.filter(({ isElsewhere }) => !isElsewhere).length, [session, entries.length]);
  const current = items.findIndex((item) => item.kind === "step" && item.at === index);

  const { first, last } = useRows(list, items.length, current, session);
  const rows = items.slice(first, last + 1);
  const toggle = (line: Headline) =>
    setOpen(
      (now) => new Set(now.has(line.first) ? [...now].filter((one) => one !== line.first) : [...now, line.first]),
    );
  return (
    <nav class="history" aria-label="History">
      <h2>
        History <small>{steps === 1 ? "1 step" : `${steps.toLocaleString("en")} steps`}</small>
      </h2>
      <Filters kind={kind} text={text} />
      {session.from && (
        <button
          type="button"
          class="quiet from"
          onClick={() => session.from && showSession(session.from.session.within(session.path), session.from.index)}
        >
          ← back to {session.from.session.name}
        </button>
      )}
      <div class="rows" ref={list} tabIndex={-1}>
        <ol class="rows-all" style={{ height: `${items.length * ROW}px` }} start={first + 1}>
          {rows.map((item, at) => {
            const place = first + at;
            // By place on the screen, so that rows are reused when somebody moves far.
            const key = place % rows.length;
            return item.kind === "fold" ? (
              <FoldRow key={key} place={place} line={item.line} isOpen={item.isOpen} toggle={() => toggle(item.line)} />
            ) : (
              <Row
                key={key}
                place={place}
                entry={entries[item.at] as Entry}
                at={item.at}
                isInside={item.isInside}
                isShown={item.at === index}
                isBefore={item.at <= (session.from?.index ?? -1)}
              />
            );
          })}
        </ol>
      </div>
    </nav>
  );
}

interface FoldRowProps {
  readonly place: number;
  readonly line: Headline;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function FoldRow({ place, line: { words, last }, isOpen, toggle }: FoldRowProps) {
  return (
    <li style={{ top: `${place * ROW}px` }} class="fold">
      <button type="button" class="row" onClick={() => goTo(last)}>
        <span class="number" />
        <span class="words">{words}</span>
      </button>
      <button type="button" class="quiet" aria-expanded={isOpen} aria-label={`Each of: ${words}`} onClick={toggle}>
        {isOpen ? "▾" : "▸"}
      </button>
    </li>
  );
}

interface RowProps {
  /** In the list, from 0. */
  readonly place: number;
  readonly entry: Entry;
  readonly at: number;
  /** It is one of those that are folded. */
  readonly isInside: boolean;
  readonly isShown: boolean;
  /** It belongs to the history that this one branched off from. */
  readonly isBefore: boolean;
}

function Row({ place, entry, at, isInside, isShown, isBefore }: RowProps) {
  return (
    <li style={{ top: `${place * ROW}px` }} class={`${isBefore ? "before" : ""} ${isInside ? "inside" : ""}`}>
      <button
        type="button"
        class="row"
        tabIndex={isShown ? 0 : -1}
        aria-current={isShown ? "step" : undefined}
        onClick={() => goTo(at)}
        onKeyDown={walk}
      >
        <span class="number">{entry.i}</span>
        <span class="words" title={entry.words}>
          {entry.words}
        </span>
        <Changes entry={entry} />
      </button>
    </li>
  );
}

/** What it changed, in a few signs. */
function Changes({ entry }: { readonly entry: Entry }) {
  const { answer, differs, note, seenAt, given } = entry;
  const zeroized = zeroizedAnywhere(entry);
  const guests = [...(given ? [{ ...given, guest: "this guest" }] : []), ...changesAnywhere(entry)];
  const refused = isRefused(entry);
  return (
    <span class="changes">
      {refused && <span class="badge bad">{answer?.r}</span>}
      {answer?.r === "blocked" && <span class="badge">waits</span>}
      {differs && (
        <span class="badge bad" title="the recorded answer is another one">
          differs
        </span>
      )}
      {guests.map(({ mdev, guest, run, gained, lost }) => (
        <span key={`${guest} ${mdev}`}>
          {run === "started" && <span class="badge">{nameOf(guest, mdev)} starts</span>}
          {run === "stopped" && <span class="badge">{nameOf(guest, mdev)} stops</span>}
          {run === "went on" && gained.length > 0 && (
            <span class="badge good">
              {nameOf(guest, mdev)} +{gained.length}
            </span>
          )}
          {run === "went on" && lost.length > 0 && (
            <span class="badge bad">
              {nameOf(guest, mdev)} −{lost.length}
            </span>
          )}
        </span>
      ))}
      {entry.inside.flatMap(busWords).map((words) => (
        <span class="badge" key={words}>
          {words}
        </span>
      ))}
      {zeroized.length > 0 && <span class="badge zero">{zeroized.length} zeroized</span>}
      {note !== undefined && <span class="badge quiet">{note}</span>}
      {seenAt !== undefined && <time class="badge quiet">{new Date(seenAt).toLocaleTimeString()}</time>}
    </span>
  );
}

const nameOf = (guest: string, mdev: string): string => (guest === mdev ? "guest" : guest);
