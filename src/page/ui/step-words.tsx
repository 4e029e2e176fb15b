// What the step that is shown has done, in words: who gained and lost what, what was zeroized, what is not known.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import type { Moment } from "./moment.ts";
import { select } from "./page.ts";
import { state } from "./page-state.ts";

export function StepWords({ moment: { entry, session } }: { readonly moment: Moment }) {
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
          {run === "went on" && gained.length + lost.length === 0 && " has other control domains"}
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
