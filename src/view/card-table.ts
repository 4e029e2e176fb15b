// The cards of a host in the columns of lszcrypt, and in those of lszcrypt -s if some card tells its serial number.
import { formatApid } from "../ap/apqn.ts";
import type { ObservedCard } from "../sysfs/observed-host.ts";
import { type Paint, printable } from "./paint.ts";
import { cardMode, cardStatus } from "./wording.ts";

const COLUMNS = [
  { heading: "CARD.DOM", width: 8, cell: ({ id }: ObservedCard) => formatApid(id) },
  { heading: "TYPE", width: 5, cell: ({ type }: ObservedCard) => type ?? "-" },
  { heading: "MODE", width: 11, cell: cardMode },
  { heading: "STATUS", width: 10, cell: cardStatus },
] as const;
const SERIAL = { heading: "SERIALNR", width: 8, cell: ({ serial }: ObservedCard) => serial ?? "-" } as const;

export function cardTable(cards: readonly ObservedCard[], paint: Paint): string[] {
  if (cards.length === 0) return ["no cards"];
  const columns = cards.some(({ serial }) => serial !== undefined) ? [...COLUMNS, SERIAL] : COLUMNS;
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(columns[at]?.width ?? 0))
      .join(" ")
      .trimEnd();
  const rows = cards.map((card) => line(columns.map(({ cell }) => printable(cell(card)))));
  const heading = line(columns.map((column) => column.heading));
  return [paint(heading, "heading"), "-".repeat(Math.max(...[heading, ...rows].map(({ length }) => length))), ...rows];
}
