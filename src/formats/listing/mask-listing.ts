// Masks as people paste them: read from an attribute (its name before the value or on the line above) or written to it with
// echo. A listing says nothing about cards, so it is not a host; it can complete a description.
import { echo, type Parsed, type Position } from "../reading/input-error.ts";
import { readMask } from "../reading/mask-value.ts";
import { nearestName } from "../reading/nearest-name.ts";
import { checkLines, mistake, readingFile } from "../reading/text-mistake.ts";
import { commandOf, isBlank, type PastedLine, pastedLines, startOf, textOf } from "./pasted-lines.ts";

/** The attributes of the AP bus that hold a mask. */
const MASK_NAMES = ["apmask", "aqmask", "ap_adapter_mask", "ap_usage_domain_mask", "ap_control_domain_mask"] as const;
type MaskName = (typeof MASK_NAMES)[number];

interface ListedMask {
  /** undefined: the value stands alone. */
  readonly name: MaskName | undefined;
  /** Read: 0x and 64 digits. Written: whatever readMask takes. */
  readonly text: string;
  readonly isWritten: boolean;
  readonly line: number;
}

const READ_VALUE = /^0x[0-9a-fA-F]+$/;
const PRINTED_DIGITS = 64;
// `cat .../apmask`, as the heading of what it prints.
const CAT = /^(?:sudo )?cat (?:\S*\/)?(\w+)$/;
const NAMED = /^(\w+):(?: (\S+))?$/;
const ECHO = /^(?:sudo )?echo (?:-n )?["']?([^\s"'>]+)["']? ?> ?(?:\S*\/)?(\w+)$/;

/** @returns the masks in the order of the file, each attribute once */
export const parseMaskListing = (text: string, file: string): Parsed<readonly ListedMask[]> =>
  readingFile(file, () => {
    checkLines(text);
    return readMasks(joinContinued(pastedLines(text)));
  });

function readMasks(lines: readonly PastedLine[]): readonly ListedMask[] {
  const masks: ListedMask[] = [];
  let heading: { readonly name: MaskName; readonly at: Position } | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    const at = startOf(line);
    const sentence = commandOf(line) ?? textOf(line);
    if (sentence === "") continue;
    const written = ECHO.exec(sentence);
    const [, named, value] = NAMED.exec(sentence) ?? CAT.exec(sentence) ?? [];
    const typed = written?.[2] ?? named;
    const name = MASK_NAMES.find((known) => known === typed);
    if (typed !== undefined && name === undefined) {
      const nearest = nearestName(typed, MASK_NAMES);
      mistake(at, `a mask of the AP bus, found ${echo(typed)}: did you mean ${nearest}?`);
    }
    if (name !== undefined && heading !== undefined)
      mistake(at, `the value of ${heading.name}, found ${echo(sentence)}`);
    if (name !== undefined && value === undefined && !written) {
      heading = { name, at };
      continue;
    }
    const mask: ListedMask = {
      name: name ?? heading?.name,
      text: written?.[1] ?? value ?? sentence,
      isWritten: written !== null,
      line: line.number,
    };
    heading = undefined;
    checkMask(mask, masks, at);
    masks.push(mask);
  }
  if (heading) mistake(heading.at, `the value of ${heading.name} after its name, found the end`);
  return masks.length > 0 ? masks : mistake({ line: 1, column: 1 }, "a mask, found nothing");
}

/** A line that ends with a backslash goes on in the next one. */
function joinContinued(lines: readonly PastedLine[]): PastedLine[] {
  const joined: PastedLine[] = [];
  let open = false;
  for (const line of lines) {
    const continues = line.words.at(-1)?.text === "\\";
    const words = continues ? line.words.slice(0, -1) : line.words;
    const before = joined.at(-1);
    if (open && before) joined[joined.length - 1] = { number: before.number, words: [...before.words, ...words] };
    else joined.push({ number: line.number, words });
    open = continues;
  }
  return joined;
}

function checkMask({ name, text, isWritten }: ListedMask, earlier: readonly ListedMask[], at: Position): void {
  if (name !== undefined && earlier.some((mask) => mask.name === name)) mistake(at, `${name} once, found a second one`);
  if (isWritten) {
    const written = readMask(text);
    if (!written.ok) mistake(at, written.message.replace(/^expected /, ""));
    return;
  }
  if (!READ_VALUE.test(text)) mistake(at, `a mask (0x and ${PRINTED_DIGITS} hex digits), found ${echo(text)}`);
  const digits = text.length - 2;
  // The attribute always prints all digits; it cannot be told which are missing.
  if (digits !== PRINTED_DIGITS) mistake(at, `a mask with ${PRINTED_DIGITS} hex digits, found ${digits}`);
}
