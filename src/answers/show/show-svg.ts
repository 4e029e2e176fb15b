// A host as one picture: its queues on top, a panel for each mdev below, and what the shapes mean. No scripts, nothing from
// elsewhere; a reader who does not see it gets the same in words.
import { shortened } from "../../system/ap/quoted.ts";
import { linesThatFit } from "./grid.ts";
import { type PanelGrid, panelGrids } from "./guest-grid.ts";
import { hostGrid } from "./host-grid.ts";
import { guestLegend, marksLegend } from "./legend.ts";
import type { Shown } from "./shown.ts";
import { legendBlock } from "./svg-legend.ts";
import { framed, framedSize, guestPanel, hostPanel, markSign } from "./svg-panels.ts";
import { guestSvgSign } from "./svg-signs.ts";
import { styleSheet } from "./svg-style.ts";
import { element, escapeXml, placed, type SvgBlock, textElement, wrapped } from "./svg-text.ts";
import { guestSentence, hostSummary, matrixSentence } from "./wording.ts";

const MARGIN = 20;
const GAP = 16;
const USUAL_WIDTH = 900;
const MANY_GUESTS = 3;
const WIDEST_FOR_TWO = 1600;
const TITLE = { size: 15, height: 21 } as const;
const SUMMARY = { size: 12, height: 20 } as const;

export function showSvg(shown: Shown): string {
  const { host } = shown;
  const grid = hostGrid(host);
  const panels = panelGrids(shown);
  const hostContent = hostPanel(host, grid, USUAL_WIDTH - 2 * MARGIN);
  const guests = panels.map((one) => ({ content: guestPanel(one), title: sentenceOf(one) }));
  const room = roomFor(
    framedSize(hostContent).width,
    guests.map(({ content }) => framedSize(content).width),
  );

  const marks = marksLegend([grid]).map(({ sign }) => sign);
  const furtherMarks = marksLegend(panels.map((one) => one.grid)).filter(({ sign }) => !marks.includes(sign));
  const legend = legendBlock(
    [
      ...guestLegend(panels).map(({ sign, means }) => ({ sign: guestSvgSign(sign, 1), means })),
      ...furtherMarks.map(({ sign, means }) => ({ sign: markSign(sign), means })),
    ],
    room,
  );
  const pieces = [
    titleBlock(shown, room),
    framed(hostContent, { ...framedSize(hostContent), width: room }, `Host: ${hostSummary(shown)}`),
    ...shelves(guests, room),
    legend,
  ];
  return picture(shown, pieces, room, panels);
}

/** Many guests stand at least two by two, unless that would be wider than any screen. */
function roomFor(host: number, guests: readonly number[]): number {
  const widest = Math.max(host, ...guests);
  const two = guests.length > MANY_GUESTS ? 2 * Math.max(...guests) + GAP : 0;
  return Math.max(USUAL_WIDTH - 2 * MARGIN, widest, two <= WIDEST_FOR_TWO ? two : 0);
}

const sentenceOf = ({ panel }: PanelGrid): string =>
  `mdev ${panel.uuid}, ${guestSentence(panel.guest)}: ${matrixSentence(panel)}`;

function picture(shown: Shown, pieces: readonly SvgBlock[], room: number, panels: readonly PanelGrid[]): string {
  const bodies: string[] = [];
  let y: number = MARGIN;
  for (const piece of pieces) {
    if (piece.height === 0) continue;
    bodies.push(placed(piece, MARGIN, y));
    y += piece.height + GAP;
  }
  const [width, height] = [room + 2 * MARGIN, y - GAP + MARGIN];
  const description = [hostSummary(shown), ...panels.map(sentenceOf)].join(". ");
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "ap",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-labelledby": "ap-title ap-description",
    },
    `\n${element("title", { id: "ap-title" }, escapeXml(shortened(shown.describes)))}\n`,
    `${element("desc", { id: "ap-description" }, escapeXml(description))}\n`,
    `${element("style", {}, styleSheet())}\n`,
    `${element("rect", { width, height, class: "ap-page" })}\n`,
    ...bodies.map((body) => `${body}\n`),
  )}\n`;
}

function titleBlock(shown: Shown, room: number): SvgBlock {
  const lines = wrapped(shortened(shown.describes), room, TITLE.size);
  const title = lines.map((line, at) =>
    textElement(line, { y: 14 + at * TITLE.height, "font-size": TITLE.size, class: "ap-text ap-strong" }),
  );
  const y = lines.length * TITLE.height;
  const summary = textElement(hostSummary(shown), { y: y + 12, "font-size": SUMMARY.size, class: "ap-soft" });
  return { width: room, height: y + SUMMARY.height, body: [...title, summary].join("\n") };
}

interface Titled {
  readonly content: SvgBlock;
  readonly title: string;
}

/** Panels beside one another, as many as fit, all of a line equally high. They share the room that is left. */
const shelves = (panels: readonly Titled[], room: number): readonly SvgBlock[] =>
  linesThatFit(panels, room + GAP, ({ content }) => framedSize(content).width + GAP).map((line) => shelf(line, room));

/** A panel grows by this much at most: a single panel in a line would look empty. */
const MOST_GROWTH = 80;

function shelf(line: readonly Titled[], room: number): SvgBlock {
  const sizes = line.map(({ content }) => framedSize(content));
  const height = Math.max(...sizes.map((size) => size.height));
  const used = sizes.reduce((sum, { width }) => sum + width, 0) + (line.length - 1) * GAP;
  const growth = Math.min(Math.floor((room - used) / line.length), MOST_GROWTH);
  let x = 0;
  const bodies = line.map(({ content, title }, at) => {
    const width = (sizes[at]?.width ?? 0) + growth;
    const body = placed(framed(content, { width, height }, title), x, 0);
    x += width + GAP;
    return body;
  });
  return { width: x - GAP, height, body: bodies.join("\n") };
}
