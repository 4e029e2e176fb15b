// What stands around the rows of an lszcrypt listing: the command that printed it, messages of lszcrypt itself, and text of whoever
// pasted it. What is left out is told.
import { echo } from "../reading/input-error.ts";
import { mistake } from "../reading/text-mistake.ts";
import { isRule } from "./lszcrypt-header.ts";
import { commandOf, isBlank, type PastedLine, startOf, textOf } from "./pasted-lines.ts";

export type Warn = (at: { readonly line: number }, sentence: string) => void;

export const HEADER_EXPECTED = "the header CARD.DOM TYPE MODE ...";

/** A message that lszcrypt prints on stdout beside its table, such as that the default domain is not available. */
const WARNING = /^(?:lszcrypt: )?warning: /i;
const NO_CARDS = /^(?:(?:\S*\/)?lszcrypt: )?No crypto card devices found\.?$/;
const NO_BUS = /^(?:(?:\S*\/)?lszcrypt: )?Crypto device driver not available\.?$/;
const ROW = /^[0-9a-f]{2}(?:\.[0-9a-f]{4})? CEX/i;

export const isRow = (line: PastedLine): boolean => ROW.test(textOf(line));
/** All that lszcrypt up to 2.41 prints on a machine without cards. */
export const saysNoCards = (line: PastedLine): boolean => NO_CARDS.test(textOf(line));
/** All that lszcrypt prints where there is no listing. */
export const isLszcryptMessage = (line: PastedLine): boolean => saysNoCards(line) || NO_BUS.test(textOf(line));

/** Whether the line is a warning of lszcrypt, which is told. */
export function tellsWarning(line: PastedLine, warn: Warn): boolean {
  const isWarning = WARNING.test(textOf(line));
  if (isWarning) warn({ line: line.number }, `lszcrypt said ${echo(textOf(line))}`);
  return isWarning;
}

/**
 * Before the header there may be prompts and rules. Other text is passed over and told, unless it is a row.
 *
 * @returns whether the command names devices, or asks for some of them
 */
export function readBefore(lines: readonly PastedLine[], warn: Warn): boolean {
  const passedOver: PastedLine[] = [];
  let showsPart = false;
  for (const line of lines) {
    if (tellsWarning(line, warn) || isBlank(line) || isRule(line)) continue;
    const text = echo(textOf(line));
    const command = commandOf(line);
    if (command !== undefined) showsPart = readCommand(command, line, warn) || showsPart;
    else if (isRow(line)) mistake(startOf(line), `${HEADER_EXPECTED}, found ${text}`);
    else if (NO_BUS.test(textOf(line)))
      mistake(startOf(line), `a listing, found ${text}: lszcrypt says so where there is no AP bus`);
    else if (!saysNoCards(line)) passedOver.push(line);
  }
  const [first, ...more] = passedOver;
  const others = more.length === 0 ? "" : ` and ${more.length} more ${more.length === 1 ? "line" : "lines"}`;
  if (first) warn({ line: first.number }, `passed over ${echo(textOf(first))}${others}: the listing begins below`);
  return showsPart;
}

/** @returns whether it asks for some devices only. What stands after a redirection is not an argument. */
function readCommand(command: string, line: PastedLine, warn: Warn): boolean {
  const text = echo(command);
  const at = command.search(/\blszcrypt\b/);
  if (at >= 0 && command.includes("|", at))
    mistake(startOf(line), `the output of lszcrypt itself, found ${text}: the pipe may have taken rows away`);
  const [, args] = /\blszcrypt\b([^;&>]*)/.exec(command) ?? [];
  const words = (args ?? "").replace(/\d$/, "").split(" ").filter(Boolean);
  const isPart = words.some((word) => !/^-(?:-verbose|V+)$/.test(word));
  if (isPart) warn({ line: line.number }, `${text} shows some devices only: the host may have more`);
  return isPart;
}
