// What can be done with the chosen queue, its adapter and domain, the mdevs and the machine: every event as a button, with the words
// that the console takes for it.
import { useState } from "preact/hooks";
import { apidOf, apqiOf, formatApid, formatApqi, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { adaptersText, domainsText } from "../../system/ap/id-span.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { configWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { chosenIn } from "../board/blocks.ts";
import { doLine } from "./console.ts";
import { type Moment, scopedBoard } from "./moment.ts";
import { adapterOffers, domainOffers, guestOffers, type OfferedEvent, queueOffers } from "./offered-events.ts";
import { open, select, shownHost } from "./page.ts";
import { notify, state, usePage } from "./page-state.ts";

export function DoPanel({ moment }: { readonly moment: Moment }) {
  const { selected, mdev: asked } = usePage("selected", "mdev");
  const host = shownHost();
  if (!host) return null;
  const { session, index, mdevs, runs } = moment;
  if (!runs) return null;
  // The console of a guest moves no cards.
  const here = (deeds: readonly OfferedEvent[]) =>
    session.path === "" ? deeds : deeds.filter(({ isOfMachine }) => !isOfMachine);
  const [apid, apqi] = selected === undefined ? [] : ([apidOf(selected), apqiOf(selected)] as const);
  const owner = selected === undefined ? undefined : host.state.ownerOf(selected);
  const uuid = asked ?? (owner ? mdevName(owner) : mdevs[0]?.uuid);
  const mdev = mdevs.find((one) => one.uuid === uuid) ?? mdevs[0];
  const isHere = session.canAct && index === session.last;
  return (
    <section class="panel do" aria-label="Do">
      <h2>
        Do{" "}
        <small>
          {session.path === "" ? "" : `inside ${shortened(session.path)}, `}
          {isHere ? (session.send ? "in the running lab" : "in this browser") : "on a branch in this browser"}
        </small>
      </h2>
      {mdev && (
        <label class="for">
          <span>With mdev</span>
          <select value={mdev.uuid} onChange={({ currentTarget }) => state.set({ mdev: currentTarget.value })}>
            {mdevs.map(({ uuid: one, number, guest }) => (
              <option key={one} value={one}>
                m{number} {guest === undefined || guest === one ? "" : `(guest ${guest})`}
              </option>
            ))}
          </select>
        </label>
      )}
      {mdev && <ManyQueues moment={moment} uuid={mdev.uuid} />}
      {selected !== undefined && (
        <Deeds title={`Queue ${formatApqn(selected)}`} deeds={here(queueOffers(host, selected))} />
      )}
      {apid !== undefined && (
        <Deeds title={`Adapter ${formatApid(apid)}`} deeds={here(adapterOffers(host, apid, mdev?.uuid))} />
      )}
      {apqi !== undefined && (
        <Deeds title={`Domain ${formatApqi(apqi)}`} deeds={here(domainOffers(host, apqi, mdev?.uuid))} />
      )}
      <Deeds title={mdev ? `Mdev m${mdev.number}` : "Mdevs"} deeds={guestOffers(host, mdev?.uuid)} />
      {mdev && <ApConfig host={host} uuid={mdev.uuid} key={mdev.uuid} />}
      <Deeds title="Bus" deeds={SCANS} />
      <AnyQueue />
    </section>
  );
}

/** Several queues at once, for the mdev: as a plan, which is looked at before it is carried out. */
function ManyQueues({ moment, uuid }: { readonly moment: Moment; readonly uuid: string }) {
  const { selected, corner } = usePage("selected", "corner");
  const chosen = chosenIn(scopedBoard(moment), corner, selected);
  const matrix = shownHost()?.state.mdevs.find((one) => !one.isFree && mdevName(one) === uuid)?.matrix;
  if (chosen.length < 2 || !matrix) return null;
  const [adapters, domains] = [[...new Set(chosen.map(apidOf))], [...new Set(chosen.map(apqiOf))]];
  const plan = () => {
    const wanted = { uuid, adapters: union(matrix.apm.ids(), adapters), domains: union(matrix.aqm.ids(), domains) };
    open(`mdevs: ${JSON.stringify([wanted])}\n`, `more for m${moment.session.timeline.mdevNumber(uuid)}.yaml`);
  };
  return (
    <div class="deeds">
      <h3>
        {chosen.length} queues: adapters {adaptersText(adapters)}, domains {domainsText(domains)}
      </h3>
      <button type="button" class="primary" onClick={plan}>
        Plan to assign them
      </button>
    </div>
  );
}

const union = (a: readonly number[], b: readonly number[]): readonly number[] =>
  [...new Set([...a, ...b])].sort((x, y) => x - y);

function Deeds({ title, deeds }: { readonly title: string; readonly deeds: readonly OfferedEvent[] }) {
  if (deeds.length === 0) return null;
  return (
    <div class="deeds">
      <h3>{title}</h3>
      <div class="buttons">
        {deeds.map(({ title: name, words, isHard }) => (
          <button
            type="button"
            key={name}
            title={words}
            class={isHard ? "hard" : undefined}
            onClick={() => doLine(words)}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}

/** All three masks of an mdev at once, as lists of numbers. */
function ApConfig({ host, uuid }: { readonly host: Host; readonly uuid: string }) {
  const mdev = host.state.mdevs.find((one) => !one.isFree && mdevName(one) === uuid);
  const [isOpen, setOpen] = useState(false);
  if (!mdev || !host.profile.apConfig) return null;
  const { apm, aqm, adm } = mdev.matrix;
  const masks = [
    ["adapters", "adapter", apm.ids().map(formatApid)],
    ["domains", "domain", aqm.ids().map(formatApqi)],
    ["control", "control", adm.ids().map(formatApqi)],
  ] as const;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const words = masks.map(([, word]) => `${word} ${fieldOf(event, `${word}s`) || "none"}`);
    doLine(`ap_config ${uuid} ${words.join(" ")}`);
  };
  return (
    <details class="ap-config" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary title={configWrite(mdevName(mdev), mdev.matrix)[0]}>All masks at once (ap_config)</summary>
      {isOpen && (
        <form onSubmit={submit}>
          {masks.map(([label, word, ids]) => (
            <label key={word}>
              {label} <input name={`${word}s`} value={ids.join(" ")} spellcheck={false} />
            </label>
          ))}
          <button type="submit">Write</button>
        </form>
      )}
    </details>
  );
}

/** What somebody has typed into a field of a form. */
const fieldOf = ({ currentTarget }: SubmitEvent, name: string): string =>
  currentTarget instanceof HTMLFormElement ? `${new FormData(currentTarget).get(name) ?? ""}`.trim() : "";

/** A whole scan, or its parts, so that something can happen between them. */
const SCANS: readonly OfferedEvent[] = [
  { title: "Scan", words: "scan" },
  { title: "only notice", words: "scan notice" },
  { title: "only devices", words: "scan devices" },
  { title: "only complete", words: "scan complete" },
];

/** To name a queue that the grid does not show, because nobody has it yet. */
function AnyQueue() {
  const choose = (event: SubmitEvent) => {
    event.preventDefault();
    const name = fieldOf(event, "queue");
    const apqn = parseApqn(name);
    if (apqn === undefined)
      notify(`"${name}" is not a queue: two hex digits, a point, four hex digits, as 04.0047.`, true);
    else select(apqn);
  };
  return (
    <form class="any" onSubmit={choose}>
      <label>
        Another queue <input name="queue" placeholder="04.0047" size={8} autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit">Choose</button>
    </form>
  );
}
