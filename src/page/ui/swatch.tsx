// The sign of an mdev beside its name: its colour, its number, and from the ninth on the second sign that its cells have, too.
import { mdevSign } from "../../answers/show/table-signs.ts";
import { secondSign } from "../board/mdev-signs.ts";
import type { MdevSummary } from "./moment.ts";
import { usePage } from "./page-state.ts";
import { mdevColour, readPalette } from "./palette.ts";

export function Swatch({ mdev: { number, guest } }: { readonly mdev: Pick<MdevSummary, "number" | "guest"> }) {
  usePage("isDark");
  const { isDark } = readPalette();
  return (
    <span
      class={`swatch ${guest === undefined ? "hollow" : ""}`}
      data-sign={secondSign(number)}
      style={{ "--mdev": mdevColour(number, isDark) }}
    >
      {mdevSign(number)}
    </span>
  );
}
