// What stands around the rows of an lszcrypt listing: the command that printed it, messages of lszcrypt itself, and text of whoever
// pasted it. What is left out is told.
import { echo, misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { isRule } from "./lszcrypt-header.ts";
import { commandOf, isBlank, type PastedLine, startOf, textOf } from "./pasted-lines.ts";

export interface Before {
  /** The command names devices, or asks for some of them. */
  readonly showsPart: boolean;
}

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

export const warningIn = (line: PastedLine, file: string): string | undefined =>
  WARNING.test(textOf(line)) ? `${file}:${line.number}: lszcrypt said ${echo(textOf(line))}` : undefined;

export const noHeader = (file: string, at: Position, found: string): Parsed<never> =>
  misread(file, at, `expected the header CARD.DOM TYPE MODE ..., found ${found}`);

/** Before the header there may be prompts and rules; other text is passed over and told, unless it is a row. */
export function readBefore(lines: readonly PastedLine[], file: string): Parsed<Before> {
  const warnings: string[] = [];
  const passedOver: PastedLine[] = [];
  let showsPart = false;
  for (const line of lines) {
    const warning = warningIn(line, file);
    if (warning !== undefined) warnings.push(warning);
    if (warning !== undefined || isBlank(line) || isRule(line)) continue;
    const command = commandOf(line);
    if (command !== undefined && /\blszcrypt\b.*\|/.test(command)) {
      const message = `expected the output of lszcrypt itself, found ${echo(command)}: the pipe may have taken rows away`;
      return misread(file, startOf(line), message);
    }
    if (command !== undefined && asksForPart(command)) {
      showsPart = true;
      warnings.push(`${file}:${line.number}: ${echo(command)} shows some devices only: the host may have more`);
    }
    if (command !== undefined) continue;
    if (isRow(line)) return noHeader(file, startOf(line), echo(textOf(line)));
    if (NO_BUS.test(textOf(line))) return noBus(line, file);
    passedOver.push(line);
  }
  const [first, ...more] = passedOver;
  const others = more.length === 0 ? "" : ` and ${more.length} more ${more.length === 1 ? "line" : "lines"}`;
  if (first)
    warnings.push(`${file}:${first.number}: passed over ${echo(textOf(first))}${others}: the listing begins below`);
  return parsed({ showsPart }, warnings);
}

function noBus(line: PastedLine, file: string): Parsed<never> {
  const message = `expected a listing, found ${echo(textOf(line))}: lszcrypt says so where there is no AP bus`;
  return misread(file, startOf(line), message);
}

/** What stands after a redirection is not an argument. */
function asksForPart(command: string): boolean {
  const [, args] = /\blszcrypt\b([^;&>]*)/.exec(command) ?? [];
  const words = (args ?? "").replace(/\d$/, "").split(" ").filter(Boolean);
  return words.some((word) => !/^-(?:-verbose|V+)$/.test(word));
}
