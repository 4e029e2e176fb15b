// Why a queue is as it is: its facts, the reason for the guest that is asked about, the cause to go to, and what to write.
import { type Apqn, formatApqn } from "../ap/apqn.ts";
import { type Explanation, explain } from "../explain/explain.ts";
import type { Reason } from "../explain/reason.ts";
import { reasonSentence } from "../explain/sentences.ts";
import type { Mdev } from "../machine/mdev.ts";
import { mdevName, mdevNamed } from "../sysfs/mdev-names.ts";
import type { Host } from "../vfio-ap/host.ts";
import { queueFacts } from "../view/queue-words.ts";
import { Commands } from "./commands.tsx";
import { type Moment, mdevLabel } from "./moment.ts";
import { select, shownHost } from "./page.ts";
import { type PageState, state } from "./page-state.ts";
import type { Session } from "./session.ts";
import { useStore } from "./store.ts";

export function WhyPanel({ moment }: { readonly moment: Moment }) {
  const selected = useStore(state, (s: PageState) => s.selected);
  const asked = useStore(state, (s: PageState) => s.mdev);
  const host = shownHost();
  return (
    <section class="panel why" id="why" tabIndex={-1} aria-label="Why">
      {selected === undefined || !host ? (
        <Overview moment={moment} />
      ) : (
        <Answer key={selected} host={host} apqn={selected} asked={asked} session={moment.session} />
      )}
    </section>
  );
}

/** While no queue is chosen: what happened last, and what is not known. */
function Overview({ moment: { entry, session } }: { readonly moment: Moment }) {
  return (
    <>
      <h2>This step</h2>
      <p class="mono words">{entry.words}</p>
      {entry.guests.map(({ mdev, guest, run, gained, lost }) => (
        <p key={mdev}>
          {guest === mdev ? `The guest of m${session.timeline.mdevNumber(mdev)}` : `Guest ${guest}`}
          {run === "started" && " started"}
          {run === "stopped" && " stopped"}
          {gained.length > 0 && <Queues verb={run === "started" ? " with" : " gained"} queues={gained} />}
          {lost.length > 0 && <Queues verb={run === "stopped" ? " and gave back" : " lost"} queues={lost} />}
          {run === "went on" && gained.length + lost.length === 0 && " has other control domains"}.
        </p>
      ))}
      {entry.filteredBy.length > 0 && (
        <p>
          <Queues verb="Held back because of" queues={entry.filteredBy} />.
        </p>
      )}
      {entry.zeroized.length > 0 && (
        <p>
          <Queues verb="Zeroized:" queues={entry.zeroized} />.
        </p>
      )}
      {entry.unknown.length > 0 && (
        <>
          <h3>Not known</h3>
          <ul class="facts">
            {entry.unknown.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
      <p class="hint">Choose a queue in the grid to see why it is as it is.</p>
    </>
  );
}

const FEW = 12;

function Queues({ verb, queues }: { readonly verb: string; readonly queues: readonly Apqn[] }) {
  return (
    <>
      {verb}{" "}
      {queues.slice(0, FEW).map((apqn) => (
        <button type="button" key={apqn} class="queue" onClick={() => select(apqn)}>
          {formatApqn(apqn)}
        </button>
      ))}
      {queues.length > FEW && ` and ${queues.length - FEW} more`}
    </>
  );
}

interface AnswerProps {
  readonly host: Host;
  readonly apqn: Apqn;
  /** UUID of the mdev that the question is about. */
  readonly asked: string | undefined;
  readonly session: Session;
}

function Answer({ host, apqn, asked, session }: AnswerProps) {
  const owner = host.state.ownerOf(apqn);
  const mdevs = Array.from({ length: host.state.mdevCount }, (_, n) => host.state.mdevAt(n)).filter(
    (mdev) => !mdev.isBeingRemoved,
  );
  const mdev = (asked === undefined ? undefined : mdevNamed(host, asked)) ?? owner ?? mdevs.at(-1);
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
        {owner && <li>assigned to {mdevLabel(host, session, owner)}</li>}
      </ul>
      {mdev && <ForGuest host={host} apqn={apqn} mdev={mdev} mdevs={mdevs} session={session} />}
    </>
  );
}

type ForGuestProps = Omit<AnswerProps, "asked"> & { readonly mdev: Mdev; readonly mdevs: readonly Mdev[] };

function ForGuest({ host, apqn, mdev, mdevs, session }: ForGuestProps) {
  const [explanation] = explain(host, mdev, [apqn]) as [Explanation];
  const { reason, because, plugged, fix } = explanation;
  const sentence = reasonSentence(reason, because);
  return (
    <>
      <label class="for">
        <span>For</span>
        <select value={mdevName(mdev)} onChange={({ currentTarget }) => state.set({ mdev: currentTarget.value })}>
          {[...mdevs].reverse().map((one) => (
            <option key={mdevName(one)} value={mdevName(one)}>
              {mdevLabel(host, session, one)}
            </option>
          ))}
        </select>
      </label>
      <p class={`reason ${plugged ? "good" : CALM.includes(reason) ? "calm" : ""}`}>
        <code class="code">{reason}</code>
        {sentence[0]?.toUpperCase()}
        {sentence.slice(1)}.
      </p>
      {because.apqn !== undefined && because.apqn !== apqn && (
        <p>
          <button type="button" class="link" onClick={() => select(because.apqn)}>
            Go to {formatApqn(because.apqn)}
          </button>
        </p>
      )}
      {!plugged && fix && fix.length > 0 && (
        <>
          <h3>
            {takesFromOther(reason)
              ? "It would have it after this, which takes it from another"
              : "It would have it after"}
          </h3>
          <Commands writes={fix} />
        </>
      )}
      {!plugged && !fix && reason !== "guest-not-running" && (
        <p class="hint">No write helps: the machine or the guest would have to change.</p>
      )}
      {reason === "guest-not-running" && <p class="hint">The guest will have it once it runs.</p>}
    </>
  );
}

/** Nothing is wrong there: somebody has it so. */
const CALM: readonly Reason[] = [
  "adapter-not-assigned",
  "domain-not-assigned",
  "assigned-elsewhere",
  "host-owned",
  "guest-not-running",
];

const takesFromOther = (reason: Reason): boolean => reason === "assigned-elsewhere";
