// The first thing that is seen: how many guests there are, how many of them have a problem, and which.
import { useEffect, useState } from "preact/hooks";
import type { Trouble } from "../../answers/explain/trouble.ts";
import { count } from "../../answers/show/wording.ts";
import { MdevChips } from "./mdev-chips.tsx";
import { type Moment, shownOverview } from "./moment.ts";
import { state, usePage } from "./page-state.ts";

export function TroubleBar({ moment }: { readonly moment: Moment }) {
  const { trouble } = usePage("trouble");
  const [isOpen, setOpen] = useState(false);
  const { troubles } = shownOverview(moment);
  const isMany = moment.mdevs.length > 6;
  return (
    <section class={`trouble-bar ${isOpen ? "open" : ""}`} aria-label="Overview">
      <button type="button" class="headline" onClick={() => state.set({ panel: "trouble" })}>
        {trouble !== undefined && moment.session.live && <Age />}
        <Headline moment={moment} troubles={troubles} />
      </button>
      <MdevChips moment={moment} />
      {isMany && (
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "fewer" : `all ${moment.mdevs.length}`}
        </button>
      )}
    </section>
  );
}

/** How old is what is seen, while its source does not answer. */
function Age() {
  const [begun] = useState(() => Date.now());
  const [now, setNow] = useState(begun);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span class="bad">Not up to date, for {Math.round((now - begun) / 1000)} s: </span>;
}

function Headline({ moment: { mdevs }, troubles }: { readonly moment: Moment; readonly troubles: readonly Trouble[] }) {
  const running = troubles.filter(({ isRunning }) => isRunning);
  const guests = mdevs.filter(({ guest }) => guest !== undefined).length;
  if (mdevs.length === 0) return <>No mdev yet</>;
  if (troubles.length === 0)
    return (
      <>
        <span class="good">Nothing is wrong</span> with{" "}
        {guests === 0 ? count(mdevs.length, "mdev") : count(guests, "guest")}
      </>
    );
  if (running.length === 0)
    return (
      <>
        <span class="bad">
          {troubles.length} of {count(mdevs.length, "mdev")}
        </span>{" "}
        would lack something if {troubles.length === 1 ? "its guest" : "their guests"} ran
      </>
    );
  const total = (of: (trouble: Trouble) => number) => running.reduce((sum, trouble) => sum + of(trouble), 0);
  const [lacks, useless] = [total((one) => one.lacks), total((one) => one.useless)];
  const isOne = running.length === 1;
  const words = [
    ...(lacks > 0 ? [`${isOne ? "lacks" : "lack"} ${count(lacks, "queue")}`] : []),
    ...(useless > 0 ? [`cannot use ${lacks > 0 ? useless : count(useless, "queue")}`] : []),
  ];
  return (
    <>
      <span class="bad">
        {running.length} of {count(guests, "guest")}
      </span>{" "}
      {words.length === 0 ? `${isOne ? "has" : "have"} no queue assigned` : words.join(", ")}
    </>
  );
}
