// Time: step by step, by a slider, or played; and buttons to branch, to save, to link to the moment.
import { useEffect, useMemo } from "preact/hooks";
import { count } from "../../answers/show/wording.ts";
import { changesAnywhere, type Entry, zeroizedAnywhere } from "../../history/timeline/entry.ts";
import { headlinesOf } from "../../history/timeline/headlines.ts";
import { addressOfMoment, comparisonCanBeLinked } from "./address.ts";
import { copyText } from "./copy.ts";
import { IconButton } from "./icons.tsx";
import { canBeLinked } from "./linked.ts";
import type { Moment } from "./moment.ts";
import { goTo, showSession, step, toggleReference } from "./page.ts";
import { notify, state, usePage } from "./page-state.ts";

const PLAY_EVERY = 700;
/** A long history is played faster, so that it ends within this time. */
const LONGEST_PLAY = 60_000;

export function TimeBar({ moment }: { readonly moment: Moment }) {
  const { session, index, entry } = moment;
  const { last } = session;
  const { reference, trouble } = usePage("reference", "trouble");
  return (
    <>
      <Headlines moment={moment} />
      <section class="time" aria-label="Time">
        <Steps moment={moment} />
        <input
          type="range"
          min={0}
          max={last}
          value={index}
          disabled={last === 0}
          aria-label="Moment"
          aria-valuetext={`step ${entry.i}: ${entry.words}`}
          onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
        />
        <span class="unseen" role="status">
          {spoken(entry)}
        </span>
        <span class="moment" aria-hidden="true">
          {session.live && index === last ? <Now isOld={trouble !== undefined} /> : `${index + 1} / ${last + 1}`}
        </span>
        <div class="buttons">
          <IconButton
            icon="branch"
            word="Branch"
            title="Go on from here in a history of its own (b)"
            onClick={() => showSession(session.branch(index).within(session.path))}
          />
          <IconButton
            icon="save"
            word="Save"
            title="As a trace, a scenario or a shell script (e)"
            onClick={() => state.set({ dialog: "export" })}
          />
          <IconButton
            icon="compare"
            label="Compare what is shown with this moment"
            byKey="m"
            isPressed={reference !== undefined}
            onClick={toggleReference}
          />
          <IconButton icon="link" label="Copy a link to this moment" onClick={() => void copyLink()} />
        </div>
      </section>
    </>
  );
}

/** Of a source that does not answer nobody knows how it is now. */
const Now = ({ isOld }: { readonly isOld: boolean }) =>
  isOld ? <span class="bad">last seen</span> : <span class="now">now</span>;

/** So many have room. */
const SHOWN = 5;

/** What has happened around the moment, in a line: a button each. */
function Headlines({ moment: { session, index } }: { readonly moment: Moment }) {
  const { entries } = session.timeline;
  const lines = useMemo(() => headlinesOf(entries), [session, entries.length]);
  const told = lines.filter(({ kind, first }) => kind !== "event" || tellsOfGuests(entries[first]));
  const at = told.findLastIndex(({ first }) => first <= index);
  const from = Math.max(0, Math.min(at - SHOWN + 2, told.length - SHOWN));
  return (
    <ol class="headlines" aria-label="What happened">
      {told.slice(from, from + SHOWN).map(({ first, last, words, isBad }) => (
        <li key={first}>
          <button
            type="button"
            class={isBad ? "bad" : undefined}
            aria-current={first <= index && index <= last ? "step" : undefined}
            title={words}
            onClick={() => goTo(last)}
          >
            <span>{words}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

const tellsOfGuests = (entry: Entry | undefined): boolean =>
  entry !== undefined &&
  (entry.guests.length + entry.zeroized.length + entry.inside.length > 0 || entry.given !== undefined);

function Steps({ moment: { session, index } }: { readonly moment: Moment }) {
  const { isPlaying } = usePage("isPlaying");
  const { last } = session;
  usePlaying(isPlaying, last);
  const play = () => {
    if (!isPlaying && index === last) goTo(session.from?.index ?? 0);
    state.set({ isPlaying: !isPlaying });
  };
  const [isFirst, isLast] = [index === 0, index === last];
  return (
    <div class="buttons">
      <IconButton icon="first" label="First step" disabled={isFirst} onClick={() => goTo(0)} />
      <IconButton icon="back" label="One step back" byKey="," disabled={isFirst} onClick={() => step(-1)} />
      <IconButton
        icon={isPlaying ? "pause" : "play"}
        label={isPlaying ? "Pause" : "Play"}
        title="Play or pause (Space)"
        disabled={last === 0}
        onClick={play}
      />
      <IconButton icon="forward" label="One step on" byKey="." disabled={isLast} onClick={() => step(1)} />
      <IconButton icon="last" label="Last step" byKey="l" disabled={isLast} onClick={() => goTo(last)} />
    </div>
  );
}

/** Goes step by step for as long as it plays and there are steps. */
function usePlaying(isPlaying: boolean, last: number): void {
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setInterval(
      () => {
        const { index: now, session: shown } = state.get();
        if (!shown || now >= shown.last) state.set({ isPlaying: false });
        else goTo(now + 1);
      },
      Math.min(PLAY_EVERY, Math.max(30, LONGEST_PLAY / (last + 1))),
    );
    return () => clearInterval(timer);
  }, [isPlaying, last]);
}

/** The step for people who do not see the history: what happened, and who gained or lost something. */
function spoken(entry: Entry): string {
  const { i, words } = entry;
  const zeroized = zeroizedAnywhere(entry);
  const changes = changesAnywhere(entry).flatMap(({ guest, gained, lost }) => [
    ...(gained.length > 0 ? [`${guest} gained ${count(gained.length, "queue")}`] : []),
    ...(lost.length > 0 ? [`${guest} lost ${count(lost.length, "queue")}`] : []),
  ]);
  return [`step ${i}: ${words}`, ...changes, ...(zeroized.length > 0 ? [`${zeroized.length} zeroized`] : [])].join(
    "; ",
  );
}

async function copyLink(): Promise<void> {
  const { session, index } = state.get();
  if (session && !canBeLinked(session, index)) {
    notify("No link leads to this moment: it is in this browser alone. Save it as a trace, and send that.", false);
    return;
  }
  if (!comparisonCanBeLinked()) {
    notify(
      "No link leads to this comparison: a part of it is in this browser alone. Compare no longer, then copy the link.",
      false,
    );
    return;
  }
  const entry = session?.timeline.entries[index];
  // Also for the last moment: after more has happened, it will not be the last.
  const parts = new URLSearchParams(addressOfMoment().slice(1));
  if (entry) parts.set("t", `${entry.i}`);
  const link = `${location.href.replace(/#.*$/s, "")}#${parts.toString().replaceAll("%2F", "/")}`;
  const done = await copyText(link);
  notify(done ? "The link to this moment is copied." : link, false);
}
