// The history at the left: one row for each entry, with what changed. Only rows that are seen exist, because there may be thousands.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Entry, isRefused } from "../../history/timeline/entry.ts";
import type { Moment } from "./moment.ts";
import { goTo, showSession, step } from "./page.ts";

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

export function HistoryPanel({ moment: { session, index } }: { readonly moment: Moment }) {
  const { entries } = session.timeline;
  const list = useRef<HTMLDivElement>(null);
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
    const [top, bottom] = [index * ROW, (index + 1) * ROW];
    if (top < element.scrollTop) element.scrollTop = top - ROW;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight + ROW;
  }, [index, session, seen.height]);

  const first = Math.max(0, Math.floor(seen.top / ROW) - MORE);
  const last = Math.min(entries.length - 1, Math.ceil((seen.top + seen.height) / ROW) + MORE);
  const rows = entries.slice(first, last + 1);
  return (
    <nav class="history" aria-label="History">
      <h2>
        History <small>{entries.length === 1 ? "1 step" : `${entries.length.toLocaleString("en")} steps`}</small>
      </h2>
      {session.from && (
        <button
          type="button"
          class="quiet from"
          onClick={() => session.from && showSession(session.from.session, session.from.index)}
        >
          ← back to {session.from.session.name}
        </button>
      )}
      <div class="rows" ref={list} tabIndex={-1}>
        <ol class="rows-all" style={{ height: `${entries.length * ROW}px` }} start={first + 1}>
          {rows.map((entry, at) => (
            <Row
              // By place on the screen, so that rows are reused when somebody moves far.
              key={(first + at) % rows.length}
              entry={entry}
              at={first + at}
              isShown={first + at === index}
              isBefore={first + at <= (session.from?.index ?? -1)}
            />
          ))}
        </ol>
      </div>
    </nav>
  );
}

interface RowProps {
  readonly entry: Entry;
  readonly at: number;
  readonly isShown: boolean;
  /** It belongs to the history that this one branched off from. */
  readonly isBefore: boolean;
}

function Row({ entry, at, isShown, isBefore }: RowProps) {
  return (
    <li style={{ top: `${at * ROW}px` }} class={isBefore ? "before" : undefined}>
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
  const { guests, zeroized, answer, differs, note, seenAt } = entry;
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
        <span key={mdev}>
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
      {zeroized.length > 0 && <span class="badge zero">{zeroized.length} zeroized</span>}
      {note !== undefined && <span class="badge quiet">{note}</span>}
      {seenAt !== undefined && <time class="badge quiet">{new Date(seenAt).toLocaleTimeString()}</time>}
    </span>
  );
}

const nameOf = (guest: string, mdev: string): string => (guest === mdev ? "guest" : guest);
