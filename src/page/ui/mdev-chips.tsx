// The mdevs of the moment, each with its number, its guest and how much of its matrix the guest has. Questions are about the mdev that is
// chosen. For the Tab key they are one stop, and arrow keys go from one to the next: there may be 64.

import { useState } from "preact/hooks";
import { mdevText } from "../../answers/show/table-signs.ts";
import type { MdevSummary, Moment } from "./moment.ts";
import { state, usePage } from "./page-state.ts";
import { mdevColour, readPalette } from "./palette.ts";

export function MdevChips({ moment: { mdevs, entry } }: { readonly moment: Moment }) {
  const { mdev: asked } = usePage("mdev", "theme");
  const { isDark } = readPalette();
  const [reached, setReached] = useState<string | undefined>(undefined);
  const inOrder = [reached, asked].find((uuid) => mdevs.some((mdev) => mdev.uuid === uuid)) ?? mdevs[0]?.uuid;
  if (mdevs.length === 0) return <p class="chips none">No mdev yet.</p>;
  return (
    <ul
      class={`chips ${mdevs.length > FEW ? "many" : ""}`}
      aria-label="Mediated devices"
      onKeyDown={walk}
      onWheel={({ currentTarget, deltaY }) => currentTarget.scrollBy({ left: deltaY })}
    >
      {mdevs.map((mdev) => {
        const change = entry.guests.find((one) => one.mdev === mdev.uuid);
        const name = guestText(mdev);
        return (
          <li key={mdev.uuid}>
            <button
              type="button"
              class="chip"
              aria-pressed={asked === mdev.uuid}
              tabIndex={inOrder === mdev.uuid ? 0 : -1}
              onFocus={() => setReached(mdev.uuid)}
              title={`${mdev.uuid}: its guest has ${mdev.has} of ${mdev.assigned} queues`}
              onClick={() => state.set({ mdev: asked === mdev.uuid ? undefined : mdev.uuid })}
            >
              <span
                class={`swatch ${mdev.guest === undefined ? "hollow" : ""}`}
                style={{ "--mdev": mdevColour(mdev.number, isDark) }}
              >
                {mdevText(mdev.number)}
              </span>
              <span class="chip-name">{mdev.isLeaving ? `${name}, leaving` : name}</span>
              {(mdevs.length <= FEW || mdev.has !== mdev.assigned) && <span class="chip-count">{countText(mdev)}</span>}
              {change && change.gained.length > 0 && <span class="badge good">+{change.gained.length}</span>}
              {change && change.lost.length > 0 && <span class="badge bad">−{change.lost.length}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** More than this many are shown in less space. */
const FEW = 12;

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

/** On a real host guests are named after their mdevs, and it is not always known whether there is one. */
function guestText({ guest, uuid, isUnknown }: MdevSummary): string {
  if (isUnknown) return "guest not known";
  return guest === uuid ? "a guest runs" : (guest ?? "no guest");
}

const countText = ({ has, assigned }: MdevSummary): string => (has === assigned ? `${has}` : `${has} of ${assigned}`);
