// What is wrong, for whom, why, and what helps: seen before anything is clicked.
import { useEffect, useState } from "preact/hooks";
import { losersBy } from "../../answers/explain/sentences.ts";
import {
  askedOf,
  causeSentence,
  type HostNote,
  helpless,
  lackWords,
  type Trouble,
  type TroubleCause,
} from "../../answers/explain/trouble.ts";
import { remedyOf, type TroubleRemedy } from "../../answers/explain/trouble-remedy.ts";
import { count } from "../../answers/show/wording.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { Commands } from "./commands.tsx";
import { InsideRemarks } from "./inside-panel.tsx";
import { guestLabel, type Moment, shownOverview } from "./moment.ts";
import { select, shownHost } from "./page.ts";
import { state, usePage } from "./page-state.ts";
import { sentence } from "./sentence.ts";
import { CarryOut, Compared, Queues, StepWords } from "./step-words.tsx";
import { Swatch } from "./swatch.tsx";

/** More are named when somebody asks. */
const FEW = 8;

export function TroublePanel({ moment }: { readonly moment: Moment }) {
  const [isLong, setLong] = useState(false);
  const { troubles, notes } = shownOverview(moment);
  const guests = troubles.filter(({ causes, assigned }) => assigned === 0 || !causes.every(isOfCard));
  const shown = isLong ? guests : guests.slice(0, FEW);
  const sick = sickCards(troubles);
  return (
    <section class="panel trouble" tabIndex={-1} aria-label="Trouble">
      {/* Somebody has just asked for these. */}
      <CarryOut moment={moment} />
      <Compared moment={moment} />
      {troubles.length === 0 && <p class="fine">{fineWords(moment)}</p>}
      {shown.map((trouble) => (
        <TroubleCard key={trouble.uuid} trouble={trouble} moment={moment} />
      ))}
      {guests.length > shown.length && (
        <button type="button" class="quiet" onClick={() => setLong(true)}>
          {guests.length - shown.length} more
        </button>
      )}
      {moment.session.timeline.hasInside && <InsideRemarks moment={moment} />}
      {sick.map((card) => (
        <SickCardCard key={card.words} card={card} moment={moment} />
      ))}
      {notes
        .filter(({ words }) => !sick.some((card) => card.words === words))
        .map((note) => (
          <Note key={`${note.kind}${note.mdev}`} note={note} />
        ))}
      <StepWords moment={moment} />
    </section>
  );
}

const isOfCard = ({ kind }: TroubleCause): boolean => kind === "standby" || kind === "check-stopped";

/** Cards that do not work, and whom that concerns. */
interface SickCard {
  readonly words: string;
  readonly cause: TroubleCause;
  readonly concerned: readonly { readonly trouble: Trouble; readonly cause: TroubleCause }[];
}

/** A card that does not work is one trouble, however many guests have it. */
function sickCards(troubles: readonly Trouble[]): readonly SickCard[] {
  const all = troubles.flatMap((trouble) => trouble.causes.filter(isOfCard).map((cause) => ({ trouble, cause })));
  return [...groupBy(all, ({ cause }) => causeSentence(cause))].flatMap(([words, concerned]) =>
    concerned[0] ? [{ words, cause: concerned[0].cause, concerned }] : [],
  );
}

function SickCardCard({
  card: { words, cause, concerned },
  moment,
}: {
  readonly card: SickCard;
  readonly moment: Moment;
}) {
  const queues = concerned.reduce((sum, one) => sum + one.cause.queues.length, 0);
  const guests = concerned.flatMap(({ trouble }) => moment.mdevs.find(({ uuid }) => uuid === trouble.uuid) ?? []);
  return (
    <article class="trouble-card sick">
      <h2>{sentence(words)}</h2>
      <p class="cause">
        {guests.map((mdev) => (
          <span class="with-swatch" key={mdev.uuid}>
            <Swatch mdev={mdev} /> {guestLabel(mdev)}
          </span>
        ))}
      </p>
      <p>
        {guests.length === 1 ? "It has" : "They have"} {count(queues, "queue")} of it, and cannot use{" "}
        {queues === 1 ? "it" : "them"}.
      </p>
      <Remedied moment={moment} uuid={concerned[0]?.trouble.uuid ?? ""} cause={cause} />
    </article>
  );
}

const fineWords = ({ mdevs }: Moment): string =>
  mdevs.length === 0
    ? "There is no mdev, so no guest has any queue."
    : `Nothing is wrong: ${mdevs.length === 1 ? "the only mdev has" : `all ${mdevs.length} mdevs have`} what is assigned.`;

function TroubleCard({ trouble, moment }: { readonly trouble: Trouble; readonly moment: Moment }) {
  const { uuid } = trouble;
  const causes = trouble.causes.filter((cause) => !isOfCard(cause));
  const mdev = moment.mdevs.find((one) => one.uuid === uuid);
  if (!mdev) return null;
  return (
    <article class={`trouble-card ${trouble.lacks > 0 ? "bad" : ""}`}>
      <h2>
        <Swatch mdev={mdev} /> <span class="who">{guestLabel(mdev)}</span>{" "}
        <span class="lack">{lackWords(trouble)}</span>
      </h2>
      {trouble.assigned === 0 && <p>No queue is assigned: it needs an adapter and a domain.</p>}
      {causes.map((cause) => (
        <Cause key={`${cause.kind}${cause.queues[0]}`} trouble={trouble} cause={cause} moment={moment} />
      ))}
    </article>
  );
}

interface CauseProps {
  readonly trouble: Trouble;
  readonly cause: TroubleCause;
  readonly moment: Moment;
}

const Cause = ({ trouble: { uuid }, cause, moment }: CauseProps) => (
  <>
    <p class="cause">{sentence(causeSentence(cause))}</p>
    <Remedied moment={moment} uuid={uuid} cause={cause} />
  </>
);

interface RemediedProps {
  readonly moment: Moment;
  readonly uuid: string;
  readonly cause: TroubleCause;
}

/** What helps, and a way to where it is wrong. */
function Remedied({ moment, uuid, cause }: RemediedProps) {
  const remedy = useRemedy(moment, uuid, cause);
  const show = () => {
    state.set({ mdev: uuid, scope: "guest", panel: "queue" });
    select(askedOf(cause));
  };
  const showButton = (
    <button type="button" class="show" onClick={show}>
      Show
    </button>
  );
  if (typeof remedy !== "object")
    return (
      <>
        {remedy === "none" && <p class="hint">{sentence(helpless(cause))}</p>}
        <div class="buttons">{showButton}</div>
      </>
    );
  const { writes, left } = remedy;
  const losers = losersBy(writes, uuid).map((one) => `m${moment.session.timeline.mdevNumber(one)}`);
  return (
    <>
      {losers.length > 0 && <p class="loses">This takes queues away from {losers.join(", ")}.</p>}
      {left.length > 0 && <p class="hint">For {count(left.length, "more adapter")} ask again afterwards.</p>}
      <Commands writes={writes}>{showButton}</Commands>
    </>
  );
}

/** In milliseconds: longer than a moment is shown while somebody drags the slider or a history goes on fast. */
const REST = 150;

/** What helps, sought when the moment has been shown for a while. */
function useRemedy(moment: Moment, uuid: string, cause: TroubleCause): TroubleRemedy | "none" | "sought" {
  const { session, index } = moment;
  const key = [session.id, index, session.last, uuid, cause.kind, askedOf(cause)].join();
  const [found, setFound] = useState<{ readonly key: string; readonly remedy: TroubleRemedy | "none" }>();
  useEffect(() => {
    const timer = setTimeout(() => {
      const host = shownHost();
      if (host) setFound({ key, remedy: remedyOf(host, uuid, cause) ?? "none" });
    }, REST);
    return () => clearTimeout(timer);
  }, [key]);
  return found?.key === key ? found.remedy : "sought";
}

function Note({ note: { words, queues, mdev } }: { readonly note: HostNote }) {
  const { session } = usePage("session");
  const uuid = mdev ?? "";
  const told = session && mdev ? words.replace(uuid, `m${session.timeline.mdevNumber(uuid)}`) : words;
  return (
    <article class="trouble-card note">
      <p>{sentence(told)}</p>
      {queues.length > 0 && (
        <p>
          <Queues queues={queues.slice(0, 4)} />
        </p>
      )}
    </article>
  );
}
