// One command of chzdev for the masks of the AP bus: "chzdev -t ap apmask=-5,-0x6 aqmask=0-3". Read as that program reads it, and
// written so that it is short. Where such commands stand in a text: chzdev-text.ts.

import { hex } from "../../system/ap/hex.ts";
import { type Apid, type Apqi, ID_LIMIT } from "../../system/ap/id.ts";
import { type Apm, type Aqm, type Mask, newMask } from "../../system/ap/mask.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { simpleStrtoul } from "../../system/sysfs/number-grammar.ts";
import type { Position } from "../reading/input-error.ts";
import { absoluteTerms, relativeTerms } from "../reading/mask-terms.ts";
import type { ShellWord } from "../reading/shell-commands.ts";
import { mistake } from "../reading/text-mistake.ts";

export interface OwnershipMasks {
  readonly apmask: Apm;
  readonly aqmask: Aqm;
}

/** Whether the running host is changed, what the next boot sets, or both, which is the default. */
export type ChzdevScope = "both" | "active" | "persistent";

export interface ChzdevLine {
  readonly scope: ChzdevScope;
  /** The text after the equals sign. */
  readonly apmask: MaskSetting | undefined;
  readonly aqmask: MaskSetting | undefined;
  readonly place: Position;
}

export interface MaskSetting {
  readonly isRelative: boolean;
  /** Ranges of ids and what becomes of their bits, in order. */
  readonly changes: readonly { readonly first: number; readonly last: number; readonly on: boolean }[];
}

/** Whether a mask is set somewhere after a chzdev, which need not be one that is read. */
export function setsMasks(text: string): boolean {
  const at = text.indexOf("chzdev");
  return at >= 0 && /\ba[pq]mask=/.test(text.slice(at));
}

/** What stands in a file in place of a line that would change nothing. */
export const NOTHING_TO_DO = "# chzdev: nothing to do, the masks are as after boot";

const SCOPE_OPTION = { both: "", active: " -a", persistent: " -p" } as const;

/**
 * The shortest line that makes one of the other, by the number of its terms.
 *
 * @param from undefined: whatever the masks are
 * @returns undefined if nothing is to be done
 */
export function formatChzdev(
  from: OwnershipMasks | undefined,
  to: OwnershipMasks,
  scope: ChzdevScope = "both",
): string | undefined {
  const settings = [...setting("apmask", from?.apmask, to.apmask), ...setting("aqmask", from?.aqmask, to.aqmask)];
  return settings.length === 0 ? undefined : `chzdev -t ap${SCOPE_OPTION[scope]} ${settings.join(" ")}`;
}

function setting<I extends Apid | Apqi>(name: string, from: Mask<I> | undefined, to: Mask<I>): readonly string[] {
  const absolute = absoluteTerms(to);
  // An assignment names at least one bit: no bits at all can only be said as a change.
  if (!from) return [`${name}=${absolute.length > 0 ? absolute.join(",") : `-0-${hex(ID_LIMIT - 1)}`}`];
  const relative = relativeTerms(from, to);
  if (relative.length === 0) return [];
  const isAbsolute = absolute.length > 0 && absolute.length < relative.length;
  return [`${name}=${(isAbsolute ? absolute : relative).join(",")}`];
}

/** What a setting makes of a mask. */
export function applySetting<I extends Apid | Apqi>({ isRelative, changes }: MaskSetting, before: Mask<I>): Mask<I> {
  const mask = newMask<I>();
  if (isRelative) mask.copy(before);
  for (const { first, last, on } of changes) for (let id = first; id <= last; id++) mask.set(id as I, on);
  return mask;
}

/** What an option does: `scope` says which masks are changed, `nothing` is all that it leaves of a command, `other` cannot be said here. */
type Effect = "scope" | "type" | "how" | "nothing" | "other";

interface Option {
  readonly name: string;
  readonly short?: string;
  readonly effect: Effect;
  readonly takesValue?: boolean;
}

const option = (name: string, effect: Effect, short?: string, takesValue = false): Option => ({
  name,
  effect,
  takesValue,
  ...(short === undefined ? {} : { short }),
});

/** As getopt knows them; it takes any beginning of a long name that is only one's. */
const OPTIONS: readonly Option[] = [
  option("active", "scope", "a"),
  option("persistent", "scope", "p"),
  option("type", "type", "t"),
  option("enable", "how", "e"),
  option("yes", "how", "y"),
  option("force", "how", "f"),
  option("verbose", "how", "V"),
  option("quiet", "how", "q"),
  ...["no-root-update", "no-settle", "no-module-load"].map((name) => option(name, "how")),
  option("dry-run", "nothing"),
  option("export", "nothing", undefined, true),
  option("apply", "nothing"),
  option("list-attributes", "nothing", "l"),
  option("help-attribute", "nothing", "H"),
  option("list-types", "nothing", "L"),
  option("help", "nothing", "h"),
  option("version", "nothing", "v"),
  option("disable", "other", "d"),
  option("disable-all", "other", "D"),
  option("remove", "other", "r", true),
  option("remove-all", "other", "R"),
  option("import", "other", undefined, true),
  option("site", "other", "s", true),
  option("auto-conf", "other"),
  option("base", "other", undefined, true),
];

interface Given {
  readonly option: Option;
  readonly place: Position;
  /** As it was typed. */
  readonly text: string;
}

/**
 * A command of chzdev.
 *
 * @param words after its name
 * @param place of the command
 * @returns what it sets, or why it sets nothing of the AP bus
 */
export function readChzdev(words: readonly ShellWord[], place: Position): ChzdevLine | string {
  const { given, operands } = readWords(words);
  const type = operands.find(({ text }) => !text.includes("="));
  const hasType = given.some(({ option }) => option.effect === "type");
  const idle = given.find(({ option }) => option.effect === "nothing");
  if (idle) return `${idle.text} changes nothing`;
  if (type && type.text !== "ap") return `it is about ${quoted(type.text)}, not about ap`;
  const unfit = given.find(({ option }) => option.effect === "other");
  if (unfit) mistake(unfit.place, `an option that sets masks, found ${quoted(unfit.text)}`);
  if (!hasType || !type) mistake(place, `"-t ap" in the line, found ${type ? `"ap" without -t` : "no type"}`);
  const settings: { apmask?: MaskSetting; aqmask?: MaskSetting } = {};
  for (const word of operands) if (word !== type) readSetting(word, settings);
  const { apmask, aqmask } = settings;
  if (!apmask && !aqmask) return "it sets no mask";
  const [only, ...more] = new Set(given.flatMap(({ option }) => (option.effect === "scope" ? [option.name] : [])));
  return { scope: more.length > 0 ? "both" : ((only ?? "both") as ChzdevScope), apmask, aqmask, place };
}

/** As getopt parts options from everything else: short ones may stand together, and after `--` there are none. */
function readWords(words: readonly ShellWord[]): {
  readonly given: readonly Given[];
  readonly operands: readonly ShellWord[];
} {
  const given: Given[] = [];
  const operands: ShellWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as ShellWord;
    const { text } = word;
    if (text === "--") return { given, operands: [...operands, ...words.slice(at + 1)] };
    if (!/^-./.test(text)) operands.push(word);
    else if (text.startsWith("--")) {
      const [name = "", value] = text.slice(2).split(/=(.*)/s);
      const option = longOption(name) ?? mistake(word.placeOf(0), unknownOption(text));
      given.push({ option, place: word.placeOf(0), text: `--${name}` });
      if (option.takesValue && value === undefined) at++;
      // chzdev itself takes no type here, but people write it so.
      if (option.effect === "type" && value !== undefined) operands.push(partOf(word, text.indexOf("=") + 1));
    } else if (readShort(word, given)) at++;
  }
  return { given, operands };
}

const partOf = ({ text, placeOf }: ShellWord, from: number): ShellWord => ({
  text: text.slice(from),
  placeOf: (index) => placeOf(from + index),
});

function longOption(name: string): Option | undefined {
  const fitting = OPTIONS.filter((option) => option.name.startsWith(name));
  return fitting.find((option) => option.name === name) ?? (fitting.length === 1 ? fitting[0] : undefined);
}

/** @returns whether the next word is the value of the last one */
function readShort(word: ShellWord, given: Given[]): boolean {
  for (let at = 1; at < word.text.length; at++) {
    const letter = word.text[at];
    const place = word.placeOf(0);
    const option = OPTIONS.find(({ short }) => short === letter) ?? mistake(word.placeOf(0), unknownOption(word.text));
    given.push({ option, place, text: `-${letter}` });
    if (option.takesValue) return at === word.text.length - 1;
  }
  return false;
}

const unknownOption = (text: string): string => `an option that sets masks, found ${quoted(text)}`;

function readSetting(word: ShellWord, settings: { apmask?: MaskSetting; aqmask?: MaskSetting }): void {
  const match = /^(apmask|aqmask)=/.exec(word.text);
  if (!match) mistake(word.placeOf(0), `apmask=... or aqmask=..., found ${quoted(word.text)}`);
  settings[match[1] as "apmask" | "aqmask"] = readTerms(partOf(word, match[0].length));
}

/** Terms of one setting: all with a sign, or none. An empty one does nothing, but not in the first place. */
export function readTerms({ text, placeOf }: ShellWord): MaskSetting {
  const isRelative = /^[+-]/.test(text);
  const expected = isRelative ? "changes such as -5,+0x10-0x1f" : "numbers and ranges such as 0-4,7-0xff";
  let index = 0;
  const changes = text.split(",").flatMap((term, at) => {
    const here = placeOf(index);
    index += term.length + 1;
    if (term === "" && at > 0) return [];
    const match = /^([+-]?)([0-9][0-9a-fxA-FX]*)(?:-([0-9][0-9a-fxA-FX]*))?$/.exec(term);
    if (!match || (match[1] === "") === isRelative) return mistake(here, `${expected}, found ${quoted(term)}`);
    const first = readId(match[2] as string, here);
    const last = match[3] === undefined ? first : readId(match[3], here);
    if (last < first) return mistake(here, `a range with its lower end first, found ${quoted(term)}`);
    return [{ first, last, on: match[1] !== "-" }];
  });
  return { isRelative, changes };
}

/** With the base told by the prefix, as strtoul does it. */
function readId(text: string, place: Position): number {
  const { value, end } = simpleStrtoul(text, 0);
  if (end < text.length || value >= BigInt(ID_LIMIT)) mistake(place, `a number 0..0xff, found ${quoted(text)}`);
  return Number(value);
}
