// Why a queue is in its state: its facts, the reason for the guest that is asked about, a way to the cause, and what to write.

import { useEffect, useRef, useState } from "preact/hooks";
import { fixOf } from "../../answers/explain/explain.ts";
import { healthFix, healthOf, healthRemedy, healthText } from "../../answers/explain/health.ts";
import type { Cause, Reason } from "../../answers/explain/reason.ts";
import { losersBy, reasonSentence, whatMustChange } from "../../answers/explain/sentences.ts";
import { isUnknownGuest } from "../../history/timeline/entry.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Question } from "../board/question.ts";
import { queueFacts } from "../board/queue-words.ts";
import { Commands } from "./commands.tsx";
import { InsideOfQueue } from "./inside-panel.tsx";
import { isSameKey, type Moment, shownQuestion } from "./moment.ts";
import { select, shownHost } from "./page.ts";
import { state, usePage } from "./page-state.ts";
import { sentence } from "./sentence.ts";

export function WhyPanel({ moment }: { readonly moment: Moment }) {
  const { selected } = usePage("selected", "mdev");
  const host = shownHost();
  const question = selected === undefined ? undefined : shownQuestion(selected);
  return (
    <section class="panel why" id="why" tabIndex={-1} aria-label="Why">
      {question && host ? (
        <Answer key={question.apqn} host={host} question={question} moment={moment} />
      ) : (
        <p class="hint">Choose a queue in the grid to see why it is as it is.</p>
      )}
    </section>
  );
}

interface AnswerProps {
  readonly host: Host;
  readonly question: Question;
  readonly moment: Moment;
}

function Answer({ host, question, moment }: AnswerProps) {
  const { apqn, owner, mdev, cause } = question;
  return (
    <>
      <h2 class="mono">
        {formatApqn(apqn)}
        <button type="button" class="close" aria-label="No queue chosen" onClick={() => select(undefined)}>
          ×
        </button>
      </h2>
      <ul class="facts">
        {queueFacts(host, apqn).map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
        {owner && <li>assigned to {owner.label}</li>}
      </ul>
      {mdev && cause && host.state.holds(apqn) && (
        <ForGuest question={question} uuid={mdev.uuid} cause={cause} moment={moment} />
      )}
      {moment.session.timeline.hasInside && <InsideOfQueue question={question} />}
    </>
  );
}

type ForGuestProps = Omit<AnswerProps, "host"> & { readonly uuid: string; readonly cause: Cause };

function ForGuest({ question: { apqn, mdevs }, uuid, cause: { reason, because }, moment }: ForGuestProps) {
  const plugged = reason === "plugged";
  const host = shownHost();
  const health = host && (plugged || reason === "guest-not-running") ? healthOf(host, apqn) : undefined;
  const cure = host && health && healthFix(host, apqn, health);
  const fix = useFix(uuid, apqn);
  const isUndecided = isUnknownGuest(uuid, moment.entry.unknown);
  const label = (uuid: string) => `m${moment.session.timeline.mdevNumber(uuid)}`;
  return (
    <>
      <label class="for">
        <span>For</span>
        <select value={uuid} onChange={({ currentTarget }) => state.set({ mdev: currentTarget.value })}>
          {[...mdevs].reverse().map((one) => (
            <option key={one.uuid} value={one.uuid}>
              {one.label}
            </option>
          ))}
        </select>
      </label>
      <p class={`reason ${health ? "" : plugged ? "good" : CALM.includes(reason) ? "calm" : ""}`}>
        <code class="code">{health ? `${reason}, ${health.state}` : reason}</code>
        {sentence(
          `${reasonSentence(reason, because, isUndecided)}${health ? `, but ${healthText(apqn, health)}` : ""}`,
        )}
      </p>
      {health && !cure && <p class="hint">{sentence(healthRemedy(health))}</p>}
      {cure && <Commands writes={cure} />}
      {because.apqn !== undefined && because.apqn !== apqn && (
        <p>
          <button type="button" class="link" onClick={() => select(because.apqn)}>
            Go to {formatApqn(because.apqn)}
          </button>
        </p>
      )}
      {fix !== "sought" && fix && fix.length > 0 && (
        <>
          <h3>It would have it after</h3>
          {losersBy(fix, uuid).length > 0 && (
            <p class="loses">
              This takes it away from {losersBy(fix, uuid).map(label).join(", ")} and the guest there.
            </p>
          )}
          <Commands writes={fix} />
        </>
      )}
      {!plugged && fix === undefined && <p class="hint">{sentence(whatMustChange(reason, because))}</p>}
    </>
  );
}

/** In milliseconds: longer than a moment is shown while somebody drags the slider. */
const REST = 120;

/**
 * What to write so that the guest has the queue. Finding it takes a while on large hosts: while somebody moves through time it is sought
 * only when they stop.
 */
function useFix(uuid: string, apqn: Apqn): readonly Write[] | undefined | "sought" {
  const { session, index, length } = usePage("session", "index", "length");
  const key = [session, index, length, uuid, apqn];
  const known = useRef<{ readonly key: readonly unknown[]; readonly fix: readonly Write[] | undefined }>(undefined);
  const [, redraw] = useState(0);
  const isKnown = known.current !== undefined && isSameKey(known.current.key, key);
  const hasTimePassed = known.current !== undefined && known.current.key[1] !== index;
  const seek = (): void => {
    const host = shownHost();
    const mdev = host && mdevNamed(host, uuid);
    const cause = shownQuestion(apqn)?.cause;
    known.current = { key, fix: mdev && cause && fixOf(host, mdev, apqn, cause.reason) };
  };
  if (!isKnown && !hasTimePassed) seek();
  useEffect(() => {
    if (isKnown || !hasTimePassed) return undefined;
    const timer = setTimeout(() => {
      if (shownHost()) seek();
      redraw((count) => count + 1);
    }, REST);
    return () => clearTimeout(timer);
  }, key);
  return isKnown || !hasTimePassed ? known.current?.fix : "sought";
}

/** Nothing is wrong for these reasons: somebody set it up this way. */
const CALM: readonly Reason[] = [
  "adapter-not-assigned",
  "domain-not-assigned",
  "assigned-elsewhere",
  "host-owned",
  "guest-not-running",
];
