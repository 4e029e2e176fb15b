// The panels of the picture: one for the host, one for each mdev with its guest.

import type { Span } from "../../system/ap/id-span.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import type { ObservedCard, ObservedHost } from "../../system/sysfs/observed-host.ts";
import type { Grid } from "./grid.ts";
import type { PanelGrid } from "./guest-grid.ts";
import type { HostSign } from "./host-grid.ts";
import { hostLegend, marksLegend } from "./legend.ts";
import type { GuestState } from "./shown.ts";
import { gridBlock } from "./svg-grid.ts";
import { legendBlock, type SvgMeaning } from "./svg-legend.ts";
import { guestSvgSign, hostSvgSign, outlinePath } from "./svg-signs.ts";
import { mdevClass } from "./svg-style.ts";
import { element, escapeXml, fitted, placed, type SvgBlock, textElement, textWidth, wrapped } from "./svg-text.ts";
import { mdevSign } from "./table-signs.ts";
import {
  ailingText,
  calledMdev,
  cardsNotOnline,
  controlDomainsSentence,
  cutText,
  guestSentence,
  matrixSentence,
} from "./wording.ts";

const PADDING = 16;
const HEADING = { size: 14, height: 20 } as const;
const FACT = { size: 12, height: 17 } as const;
const UUID_SIZE = 10.5;
const ABOVE_GRID = 12;
const BESIDE_GRID = 44;
const NARROWEST = 236;
const LONGEST_NAME = 150;

/** @param room width that the panel may have without making the picture wider */
export function hostPanel(host: ObservedHost, grid: Grid<HostSign>, room: number): SvgBlock {
  const queues = gridBlock(grid, { signOf: hostSvgSign, captionOf: (span) => typeOf(span, host.cards) });
  const meanings = [
    ...hostLegend(grid).map(({ sign, means }) => ({ sign: hostSvgSign(sign), means })),
    ...marksLegend([grid]).map(({ sign, means }) => ({ sign: markSign(sign), means })),
  ];
  const facts = hostFacts(host);
  const beside = room - 2 * PADDING - queues.width - BESIDE_GRID;
  if (queues.width > 0 && beside >= NEEDED_BESIDE) {
    // Entries below one another: the grid stands beside them.
    const words = stacked([legendBlock(meanings, 1), facts], ABOVE_GRID);
    return stacked([headingBlock(HOST_HEADING), besideOneAnother(queues, words)], ABOVE_GRID);
  }
  const legend = legendBlock(meanings, room - 2 * PADDING);
  return stacked([headingBlock(HOST_HEADING), queues, legend, facts], ABOVE_GRID);
}

const HOST_HEADING = "Host: adapters across, domains down";
const MASK_SIZE = 10.5;

/** What the grid does not show: cards that do not work, and the masks. */
function hostFacts({ cards, apmask, aqmask }: ObservedHost): SvgBlock {
  const troubled = cardsNotOnline(cards);
  const masks = [apmask && `apmask ${formatMask(apmask)}`, aqmask && `aqmask ${formatMask(aqmask)}`]
    .filter((line) => line !== undefined)
    .map((line, at) => textElement(line, { y: at * FACT.height + 12, "font-size": MASK_SIZE, class: "ap-id ap-soft" }));
  const masksBlock = {
    width: textWidth(MASK_LINE, MASK_SIZE, "mono"),
    height: masks.length * FACT.height,
    body: masks.join("\n"),
  };
  return stacked(
    [linesBlock(troubled === undefined ? [] : wrapped(troubled, masksBlock.width, FACT.size)), masksBlock],
    4,
  );
}

/** As long as a line with a mask is. */
const MASK_LINE = `apmask 0x${"0".repeat(64)}`;
/** What the legend and the masks need. */
const NEEDED_BESIDE = textWidth(MASK_LINE, MASK_SIZE, "mono");

const besideOneAnother = (left: SvgBlock, right: SvgBlock): SvgBlock => ({
  width: left.width + BESIDE_GRID + right.width,
  height: Math.max(left.height, right.height),
  body: [placed(left, 0, 0), placed(right, left.width + BESIDE_GRID, 0)].join("\n"),
});

/** The letter at the left of a domain, for the legend. */
export const markSign = (letter: string): SvgMeaning["sign"] => ({
  outline: "none",
  shapeClass: "",
  letter,
  letterClass: "ap-soft",
});

/** The type of these cards, if they have one in common. */
function typeOf({ first, last }: Span, cards: readonly ObservedCard[]): string {
  const types = new Set(cards.filter(({ id }) => id >= first && id <= last).map(({ type }) => type ?? "-"));
  return types.size === 1 ? ([...types][0] as string) : "";
}

const headingBlock = (words: string): SvgBlock => ({
  width: textWidth(words, HEADING.size),
  height: HEADING.height,
  body: textElement(words, { y: 14, "font-size": HEADING.size, class: "ap-text ap-strong" }),
});

const BADGE = { x: 0, y: 0, width: 26, height: 20 } as const;

export function guestPanel({ panel, grid }: PanelGrid): SvgBlock {
  const queues = gridBlock(grid, { signOf: (sign) => guestSvgSign(sign, panel.number) });
  const words = guestSentence(shortNamed(panel.guest));
  const headingWidth = BADGE.width + 10 + textWidth(words, HEADING.size);
  const named = calledMdev(panel);
  const uuidWidth = textWidth(named, UUID_SIZE, "mono");
  const width = Math.max(queues.width, headingWidth, uuidWidth, NARROWEST);

  const heading = [
    element("path", { class: `${mdevClass(panel.number)} ap-full`, d: outlinePath("box", BADGE) }),
    textElement(mdevSign(panel.number), {
      x: BADGE.width / 2,
      y: 14,
      "font-size": 12,
      class: "ap-on ap-id ap-strong ap-middle",
    }),
    textElement(words, {
      x: BADGE.width + 10,
      y: 15,
      "font-size": HEADING.size,
      class: "ap-text ap-strong",
    }),
  ].join("\n");
  const uuid = textElement(named, { y: 12, "font-size": UUID_SIZE, class: "ap-id ap-soft" });
  const texts = [matrixSentence(panel), ailingText(panel), controlDomainsSentence(panel), cutText(panel)];
  const facts = texts.filter((fact) => fact !== undefined);
  const head = stacked(
    [
      { width, height: BADGE.height, body: heading },
      { width, height: FACT.height, body: uuid },
      linesBlock(facts.flatMap((fact) => wrapped(fact, width, FACT.size))),
    ],
    4,
  );
  return stacked([head, queues], ABOVE_GRID);
}

/** What a guest is doing is to be seen however long its name is. */
const shortNamed = ({ name, run }: GuestState): GuestState => ({
  name: name === undefined ? undefined : fitted(name, LONGEST_NAME, HEADING.size),
  run,
});

function linesBlock(lines: readonly string[]): SvgBlock {
  const body = lines.map((line, at) =>
    textElement(line, { y: at * FACT.height + 12, "font-size": FACT.size, class: "ap-soft" }),
  );
  return {
    width: Math.max(0, ...lines.map((line) => textWidth(line, FACT.size))),
    height: lines.length * FACT.height,
    body: body.join("\n"),
  };
}

/** Blocks below one another; empty ones take no room. */
function stacked(blocks: readonly SvgBlock[], between: number): SvgBlock {
  const bodies: string[] = [];
  let height = 0;
  for (const block of blocks) {
    if (block.height === 0) continue;
    if (bodies.length > 0) height += between;
    bodies.push(placed(block, 0, height));
    height += block.height;
  }
  return { width: Math.max(...blocks.map(({ width }) => width)), height, body: bodies.join("\n") };
}

/** Size of a panel around this content. */
export const framedSize = ({ width, height }: SvgBlock) => ({
  width: width + 2 * PADDING,
  height: height + 2 * PADDING,
});

/** A frame of at least this size around a content, and what a screen reader or a pointer is told of it. */
export function framed(
  content: SvgBlock,
  size: { readonly width: number; readonly height: number },
  title: string,
): SvgBlock {
  const { width, height } = size;
  const frame = element("rect", { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10, class: "ap-panel" });
  return {
    width,
    height,
    body: [element("title", {}, escapeXml(title)), frame, placed(content, PADDING, PADDING)].join("\n"),
  };
}
