// The cards of a host in the columns of lszcrypt, and in those of lszcrypt -s if some card tells its serial number. If there are very many
// cards, equal neighbours share a line.

import { adapterSpanText, spansOf } from "../../system/ap/id-span.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { ObservedCard } from "../../system/sysfs/observed-host.ts";
import type { Paint } from "./paint.ts";
import { cardMode, cardStatus } from "./wording.ts";

const CARD_WIDTH = 8;
const COLUMNS = [
  { heading: "TYPE", width: 5, cell: ({ type }: ObservedCard) => type ?? "-" },
  { heading: "MODE", width: 11, cell: cardMode },
  { heading: "STATUS", width: 10, cell: cardStatus },
] as const;
const SERIAL = { heading: "SERIALNR", width: 8, cell: ({ serial }: ObservedCard) => serial ?? "-" } as const;

/** From this count on, equal neighbours share a line. */
const MANY_CARDS = 32;

export function cardTable(cards: readonly ObservedCard[], paint: Paint): string[] {
  if (cards.length === 0) return ["no cards"];
  const columns = cards.some(({ serial }) => serial !== undefined) ? [...COLUMNS, SERIAL] : COLUMNS;
  const line = (card: string, cells: readonly string[]): string =>
    [card.padEnd(CARD_WIDTH), ...cells.map((cell, at) => cell.padEnd(columns[at]?.width ?? 0))].join(" ").trimEnd();

  const cellsOf = (card: ObservedCard): string[] => columns.map(({ cell }) => shortened(cell(card)));
  const rests = new Map<number, string>(cards.map((card) => [card.id, line("", cellsOf(card)).slice(CARD_WIDTH)]));
  const alike = (a: number, b: number): boolean => cards.length > MANY_CARDS && rests.get(a) === rests.get(b);
  const ids = cards.map(({ id }) => id);
  const rows = spansOf(ids, alike).map((span) => adapterSpanText(span).padEnd(CARD_WIDTH) + rests.get(span.first));
  const heading = line(
    "CARD.DOM",
    columns.map((column) => column.heading),
  );
  return [paint(heading, "heading"), "-".repeat(Math.max(...[heading, ...rows].map(({ length }) => length))), ...rows];
}
