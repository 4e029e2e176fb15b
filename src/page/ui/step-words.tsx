// What the step that is shown has done, in words: who gained and lost what, what was zeroized, what is not known.

import { count } from "../../answers/show/wording.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { differences, type Moment } from "./moment.ts";
import { actOnWhole, select, showSession, toggleReference } from "./page.ts";
import { state, usePage } from "./page-state.ts";
import { sentence } from "./sentence.ts";

export function StepWords({ moment }: { readonly moment: Moment }) {
  const { entry, session } = moment;
  return (
    <>
      <Facts title="The next boot" facts={entry.unknown.filter(isOfNextBoot)} />
      <h2>This step</h2>
      <p class="mono words">{entry.words}</p>
      {entry.given && (
        <p>
          This guest
          {entry.given.run === "started" && " boots"}
          {entry.given.run === "stopped" && " stops"}
          {entry.given.gained.length > 0 && <Queues verb=" is given" queues={entry.given.gained} />}
          {entry.given.lost.length > 0 && <Queues verb=" loses" queues={entry.given.lost} />}
        </p>
      )}
      {entry.guests.map(({ mdev, guest, run, gained, lost }) => (
        <p key={mdev}>
          {guest === mdev ? `The guest of m${session.timeline.mdevNumber(mdev)}` : `Guest ${guest}`}
          {run === "started" && " started"}
          {run === "stopped" && " stopped"}
          {gained.length > 0 && <Queues verb={run === "started" ? " with" : " gained"} queues={gained} />}
          {lost.length > 0 && <Queues verb={run === "stopped" ? " and gave back" : " lost"} queues={lost} />}
          {run === "went on" && gained.length + lost.length === 0 && " has other control domains"}
        </p>
      ))}
      {entry.inside.map(({ path, guests, zeroized, came, went }) => (
        <p key={path}>
          {path === "" ? "Here:" : `Inside ${shortened(path)}:`}
          {came.length > 0 && <Queues verb=" its bus shows" queues={came} />}
          {went.length > 0 && <Queues verb=" its bus shows no more" queues={went} />}
          {guests.map(({ mdev, guest, run, gained, lost }) => (
            <span key={mdev}>
              {" "}
              guest {guest}
              {run === "started" && " started"}
              {run === "stopped" && " stopped"}
              {gained.length > 0 && ` gained ${gained.map(formatApqn).join(" ")}`}
              {lost.length > 0 && ` lost ${lost.map(formatApqn).join(" ")}`}
            </span>
          ))}
          {zeroized.length > 0 && ` zeroized ${zeroized.map(formatApqn).join(" ")}`}
        </p>
      ))}
      {entry.filteredBy.length > 0 && (
        <p>
          <Queues verb="Held back because of" queues={entry.filteredBy} />
        </p>
      )}
      {entry.zeroized.length > 0 && (
        <p>
          <Queues verb="Zeroized:" queues={entry.zeroized} />
        </p>
      )}
      <Facts title="Not known" facts={entry.unknown.filter((fact) => !isOfNextBoot(fact))} />
    </>
  );
}

const FEW = 12;

function show(apqn: Apqn): void {
  select(apqn);
  state.set({ panel: "queue" });
}

export function Queues({ verb = "", queues }: { readonly verb?: string; readonly queues: readonly Apqn[] }) {
  return (
    <>
      {verb}{" "}
      {queues.slice(0, FEW).map((apqn) => (
        <button type="button" key={apqn} class="queue" onClick={() => show(apqn)}>
          {formatApqn(apqn)}
        </button>
      ))}
      {queues.length > FEW && ` and ${queues.length - FEW} more`}
    </>
  );
}

/** What is different from the moment that this one is compared with. */
export function Compared({ moment: { session, index } }: { readonly moment: Moment }) {
  const { reference } = usePage("reference");
  if (!reference) return null;
  const changes = differences(reference, { session, index });
  return (
    <article class="trouble-card compared">
      <h2>
        Compared with step {reference.session.timeline.entries[reference.index]?.i} of {reference.session.name}
        <button type="button" class="close" aria-label="Compare no longer" onClick={toggleReference}>
          ×
        </button>
      </h2>
      {changes.length === 0 && <p>No guest has other queues.</p>}
      {changes.map(({ mdev, guest, run, gained, lost }) => (
        <p key={mdev}>
          {guest === mdev ? `guest of ${mdev.slice(0, 8)}` : guest}
          {run !== "went on" && (run === "started" ? " runs only now" : " runs only there")}
          {gained.length > 0 && <Queues verb=" has more:" queues={gained} />}
          {lost.length > 0 && <Queues verb=" has no longer:" queues={lost} />}
        </p>
      ))}
    </article>
  );
}

/** A plan that was made for the moment that still is the last one can be done there. */
export function CarryOut({ moment: { session } }: { readonly moment: Moment }) {
  const { from } = session;
  if (!from?.session.canAct || from.index !== from.session.last) return null;
  const steps = session.history.entries.slice(from.index + 1);
  const operations = steps.flatMap(({ operation, note }) => (operation && note !== undefined ? [operation] : []));
  if (operations.length === 0 || operations.length < steps.length) return null;
  const carryOut = () => {
    showSession(from.session.within(session.path));
    void actOnWhole(`the ${count(operations.length, "step")} of ${session.name}`, operations);
  };
  return (
    <article class="trouble-card">
      <p>
        {sentence(`a plan of ${count(operations.length, "step")} for ${from.session.name}; go through it step by step`)}
      </p>
      <button type="button" class="primary" onClick={carryOut}>
        Carry it out {from.session.send ? "in the lab" : "there"}
      </button>
    </article>
  );
}

/** What a server says of the next boot of a real host stands among what it says of the host. */
const isOfNextBoot = (fact: string): boolean => fact.startsWith("after a reboot: ");

function Facts({ title, facts }: { readonly title: string; readonly facts: readonly string[] }) {
  if (facts.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="facts">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
    </>
  );
}
