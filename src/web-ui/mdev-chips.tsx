// The mdevs of the moment, each with its number, its guest and how much of its matrix the guest has. Choosing one makes questions be
// about it.

import { mdevText } from "../view/table-signs.ts";
import type { MdevSummary, Moment } from "./moment.ts";
import { type PageState, state } from "./page-state.ts";
import { mdevColour, readPalette } from "./palette.ts";
import { useStore } from "./store.ts";

export function MdevChips({ moment: { mdevs, entry, session } }: { readonly moment: Moment }) {
  const asked = useStore(state, (s: PageState) => s.mdev);
  useStore(state, (s: PageState) => s.theme);
  const { isDark } = readPalette();
  if (mdevs.length === 0) return <p class="chips none">No mdev yet.</p>;
  return (
    <ul class="chips" aria-label="Mediated devices">
      {mdevs.map((mdev) => {
        const change = entry.guests.find((one) => one.mdev === mdev.uuid);
        const name = guestText(mdev);
        return (
          <li key={mdev.uuid}>
            <button
              type="button"
              class="chip"
              aria-pressed={asked === mdev.uuid}
              title={`${mdev.uuid} in ${session.name}`}
              onClick={() => state.set({ mdev: asked === mdev.uuid ? undefined : mdev.uuid })}
            >
              <span
                class={`swatch ${mdev.guest === undefined ? "hollow" : ""}`}
                style={{ "--mdev": mdevColour(mdev.number, isDark) }}
              >
                {mdevText(mdev.number)}
              </span>
              <span class="chip-name">{mdev.isLeaving ? `${name}, leaving` : name}</span>
              <span class="chip-count">{countText(mdev)}</span>
              {change && change.gained.length > 0 && <span class="badge good">+{change.gained.length}</span>}
              {change && change.lost.length > 0 && <span class="badge bad">−{change.lost.length}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** On a real host guests go by their mdevs, and it is not always known whether there is one. */
function guestText({ guest, uuid, isUnknown }: MdevSummary): string {
  if (isUnknown) return "guest not known";
  return guest === uuid ? "a guest runs" : (guest ?? "no guest");
}

const countText = ({ has, assigned }: MdevSummary): string => (has === assigned ? `${has}` : `${has} of ${assigned}`);
