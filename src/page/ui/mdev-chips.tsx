// The mdevs of the moment, each with its number, its guest and how much of its matrix the guest has. Questions are about the mdev that is
// chosen. For the Tab key they are one stop, and arrow keys go from one to the next: there may be 64.

import { useState } from "preact/hooks";
import { lackWords, type Trouble } from "../../answers/explain/trouble.ts";
import { guestLabel, type MdevSummary, type Moment, shownOverview } from "./moment.ts";
import { state, usePage } from "./page-state.ts";
import { Swatch } from "./swatch.tsx";

export function MdevChips({ moment }: { readonly moment: Moment }) {
  const { entry } = moment;
  const { mdev: asked } = usePage("mdev");
  const [reached, setReached] = useState<string | undefined>(undefined);
  const { troubles } = shownOverview(moment);
  const troubleOf = (uuid: string): Trouble | undefined => troubles.find((one) => one.uuid === uuid);
  // Those in trouble come first: the others may be out of sight.
  const mdevs = [
    ...troubles.flatMap(({ uuid }) => moment.mdevs.filter((mdev) => mdev.uuid === uuid)),
    ...moment.mdevs.filter(({ uuid }) => !troubleOf(uuid)),
  ];
  const inOrder = [reached, asked].find((uuid) => mdevs.some((mdev) => mdev.uuid === uuid)) ?? mdevs[0]?.uuid;
  if (mdevs.length === 0) return <p class="chips none">No mdev yet.</p>;
  return (
    <ul
      class="chips"
      aria-label="Mediated devices"
      onKeyDown={walk}
      onWheel={({ currentTarget, deltaY }) => currentTarget.scrollBy({ left: deltaY })}
    >
      {mdevs.map((mdev) => {
        const change = entry.guests.find((one) => one.mdev === mdev.uuid);
        const trouble = troubleOf(mdev.uuid);
        const name = guestLabel(mdev);
        return (
          <li key={mdev.uuid}>
            <button
              type="button"
              class={`chip ${trouble ? "bad" : ""}`}
              aria-pressed={asked === mdev.uuid}
              tabIndex={inOrder === mdev.uuid ? 0 : -1}
              onFocus={() => setReached(mdev.uuid)}
              title={`${mdev.uuid}: its guest has ${mdev.has} of ${mdev.assigned} queues`}
              onClick={() => choose(asked === mdev.uuid ? undefined : mdev.uuid)}
            >
              <Swatch mdev={mdev} />
              <span class="chip-name">{mdev.isLeaving ? `${name}, leaving` : name}</span>
              <span class="chip-count" title={trouble && lackWords(trouble)}>
                {countText(mdev, trouble)}
              </span>
              {change?.run === "went on" && change.gained.length > 0 && (
                <span class="badge good">+{change.gained.length}</span>
              )}
              {change && change.lost.length > 0 && <span class="badge bad">−{change.lost.length}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The mdev that questions are about; the grid shows its matrix if only one guest is to be seen. */
function choose(uuid: string | undefined): void {
  const { scope } = state.get();
  state.set({ mdev: uuid, scope: uuid === undefined && scope === "guest" ? "all" : scope });
}

/** Arrows, Home and End go from chip to chip. */
function walk(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const chips = [...event.currentTarget.querySelectorAll<HTMLElement>(".chip")];
  const at = chips.indexOf(document.activeElement as HTMLElement);
  const to = {
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    Home: 0,
    End: chips.length - 1,
  };
  const next = chips[to[event.key as keyof typeof to] ?? -1];
  if (at < 0 || !(event.key in to)) return;
  event.preventDefault();
  next?.focus();
}

/** What can be used, if that is not all. */
function countText({ has, assigned }: MdevSummary, trouble: Trouble | undefined): string {
  const usable = trouble ? trouble.assigned - trouble.lacks - trouble.useless : has;
  return usable === assigned ? `${usable}` : `${usable} of ${assigned}`;
}
