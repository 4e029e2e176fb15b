// A host as text for a terminal: its cards, its queues, a panel for each mdev, and what the signs mean. A bigger lszcrypt -d.

import { formatMask } from "../../system/ap/mask-text.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { unreadableText } from "../../system/sysfs/observed-host.ts";
import { cardTable } from "./card-table.ts";
import { gridText, wrapText } from "./grid-text.ts";
import { type GuestSign, panelGrids } from "./guest-grid.ts";
import { hostGrid } from "./host-grid.ts";
import { guestLegend, hostLegend, type Meaning, marksLegend } from "./legend.ts";
import type { Paint } from "./paint.ts";
import type { Panel, Shown } from "./shown.ts";
import { guestTableSign, hostTableSign, mdevSign, type TableSign } from "./table-signs.ts";
import {
  ailingText,
  calledMdev,
  controlDomainsSentence,
  cutText,
  guestSentence,
  hostSummary,
  matrixSentence,
} from "./wording.ts";

export interface TableOptions {
  readonly paint: Paint;
  /** No signs beyond ASCII. */
  readonly ascii: boolean;
}

export function showTable(shown: Shown, { paint, ascii }: TableOptions): string {
  const { host } = shown;
  const grid = hostGrid(host);
  const panels = panelGrids(shown);
  const guestSign = (sign: GuestSign): TableSign => guestTableSign(sign, ascii);

  const marks = marksLegend([grid]);
  const explained = new Set(marks.map(({ sign }) => sign));
  const furtherMarks = marksLegend(panels.map((one) => one.grid)).filter(({ sign }) => !explained.has(sign));
  return sectionsText([
    headLines(shown, paint),
    cardTable(host.cards, paint),
    gridText(grid, hostTableSign, paint),
    [...legendLines(hostLegend(grid), hostTableSign, paint), ...legendLines(marks, asItIs, paint)],
    ...panels.map((one) => [...panelHead(one.panel, paint), ...gridText(one.grid, guestSign, paint)]),
    [...legendLines(guestLegend(panels), guestSign, paint), ...legendLines(furtherMarks, asItIs, paint)],
    host.unreadable.map((one) => paint(unreadableText(one), "bad")),
  ]);
}

/** Sections that have something to say, an empty line between them. */
const sectionsText = (sections: readonly (readonly string[])[]): string =>
  sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(""))
    .join("\n");

function headLines(shown: Shown, paint: Paint): string[] {
  const { apmask, aqmask } = shown.host;
  return [
    paint(shortened(shown.describes), "heading"),
    hostSummary(shown),
    ...(apmask ? [`apmask ${formatMask(apmask)}`] : []),
    ...(aqmask ? [`aqmask ${formatMask(aqmask)}`] : []),
  ];
}

function panelHead(panel: Panel, paint: Paint): string[] {
  const number = mdevSign(panel.number);
  const indent = " ".repeat(number.length + 1);
  const texts = [matrixSentence(panel), ailingText(panel), controlDomainsSentence(panel), cutText(panel)];
  const facts = texts.filter((fact) => fact !== undefined);
  return [
    `${paint(number, `mdev-${panel.number}`)} ${paint(`mdev ${calledMdev(panel)}, ${guestSentence(panel.guest)}`, "heading")}`,
    ...facts.flatMap((fact) => wrapText(fact, indent)),
  ];
}

const asItIs = (text: string): TableSign => ({ text, style: "plain" });

function legendLines<Sign>(
  legend: readonly Meaning<Sign>[],
  signOf: (sign: Sign) => TableSign,
  paint: Paint,
): string[] {
  return legend.map(({ sign, means }) => {
    const { text, style } = signOf(sign);
    return `${paint(text.padStart(2), style)}  ${means}`;
  });
}
