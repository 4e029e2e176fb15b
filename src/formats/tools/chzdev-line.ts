// Command lines of chzdev for the masks of the AP bus: "chzdev -t ap apmask=-5,-0x6 aqmask=0-3". They are read as that program reads them,
// and written as short as possible.

import { must } from "../../system/ap/assert.ts";
import { hex } from "../../system/ap/hex.ts";
import { type Apid, type Apqi, ID_LIMIT } from "../../system/ap/id.ts";
import { type Apm, type Aqm, copyOf, type Mask, newMask } from "../../system/ap/mask.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { simpleStrtoul } from "../../system/sysfs/number-grammar.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import type { Position } from "../reading/input-error.ts";
import { absoluteTerms, relativeTerms } from "../reading/mask-terms.ts";
import { mistake, reading } from "../reading/text-mistake.ts";

export interface OwnershipMasks {
  readonly apmask: Apm;
  readonly aqmask: Aqm;
}

/** What is changed: the running host, what the next boot sets, or both, which is the default. */
type ChzdevScope = "both" | "active" | "persistent";

/** The text after the equals sign of each mask that the line names. */
interface MaskSettings {
  apmask: MaskSetting | undefined;
  aqmask: MaskSetting | undefined;
}

export interface ChzdevLine extends Readonly<MaskSettings> {
  readonly scope: ChzdevScope;
  readonly place: Position;
}

interface MaskSetting {
  readonly isRelative: boolean;
  /** Ranges of ids and what becomes of their bits, in order. */
  readonly changes: readonly { readonly first: number; readonly last: number; readonly on: boolean }[];
}

const SCOPE_OPTION = { both: "", active: " -a", persistent: " -p" } as const;

/**
 * The line with the fewest terms that makes the masks `to` out of `from`.
 *
 * @param from undefined: the masks may be anything
 * @returns undefined if there is nothing to do
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
  // An assignment names at least one bit, so an empty mask must be written as a change.
  if (!from) return [`${name}=${absolute.length > 0 ? absolute.join(",") : `-0-${hex(ID_LIMIT - 1)}`}`];
  const relative = relativeTerms(from, to);
  if (relative.length === 0) return [];
  const isAbsolute = absolute.length > 0 && absolute.length < relative.length;
  return [`${name}=${(isAbsolute ? absolute : relative).join(",")}`];
}

/** The mask after a setting. */
export function applySetting<I extends Apid | Apqi>({ isRelative, changes }: MaskSetting, before: Mask<I>): Mask<I> {
  const mask = isRelative ? copyOf(before) : newMask<I>();
  for (const { first, last, on } of changes) for (let id = first; id <= last; id++) mask.set(id as I, on);
  return mask;
}

/** With or without a prompt such as `$ `, `# `, `user@host:~# ` or `[root@host ~]# ` in front. */
const COMMAND = /^\s*(?:(?:\[[^\]]*\]|[^\s#$]*)\s?[$#]\s+)?(?:sudo\s+)?(?:\S*\/)?chzdev(?=\s|$)/;
const PASSED_OVER = /^\s*(?:#|set\s|$)/;

/** All command lines of a text, without comments, empty lines and a script's "set -e". */
export const parseChzdev = (text: string): ParsedText<readonly ChzdevLine[]> =>
  reading(() => {
    const lines = text.split("\n");
    const ofScript = isScript(lines);
    return lines.flatMap((line, at): readonly ChzdevLine[] => {
      const place = { line: at + 1, column: line.search(/\S/) + 1 };
      const command = commandOf(line, ofScript);
      if (command !== undefined) return [readLine(wordsAfter(command, line, at + 1), place)];
      return PASSED_OVER.test(line) ? [] : mistake(place, `a command line of chzdev, found ${quoted(line.trim())}`);
    });
  });

/** A script has commands without a prompt, so `# chzdev` is a comment in it. */
const isScript = (lines: readonly string[]): boolean =>
  lines.some((line) => line.startsWith("#!") || /^\s*(?:sudo\s+)?(?:\S*\/)?chzdev(?=\s|$)/.test(line));

const commandOf = (line: string, ofScript: boolean): string | undefined =>
  ofScript && /^\s*#/.test(line) ? undefined : COMMAND.exec(line)?.[0];

/** Whether a text holds a command line of chzdev. */
export function hasChzdevLine(text: string): boolean {
  const lines = text.split("\n");
  const ofScript = isScript(lines);
  return lines.some((line) => commandOf(line, ofScript) !== undefined);
}

interface Word {
  readonly text: string;
  readonly place: Position;
}

const wordsAfter = (command: string, line: string, number: number): readonly Word[] => {
  const words = [...line.matchAll(/\S+/g)].map(
    (match): Word => ({ text: match[0], place: { line: number, column: match.index + 1 } }),
  );
  const comment = words.findIndex(({ text, place }) => text.startsWith("#") && place.column > command.length);
  return words.filter(({ place }, at) => place.column > command.length && (comment < 0 || at < comment));
};

/** Options that change how chzdev works, and not what is set. */
const IGNORED = /^(?:-[eyfVqn]|--(?:enable|yes|force|verbose|quiet|dry-run|no-root-update|no-settle))$/;
const OPTION = /^--?[a-zA-Z]/;

function readLine(words: readonly Word[], place: Position): ChzdevLine {
  const settings: MaskSettings = { apmask: undefined, aqmask: undefined };
  const scopes = new Set<ChzdevScope>();
  let type: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const { text, place: here } = must(words[at]);
    if (text === "-t" || text === "--type") type = words[++at]?.text;
    else if (text.startsWith("--type=")) type = text.slice("--type=".length);
    else if (/^(?:-a|--active)$/.test(text)) scopes.add("active");
    else if (/^(?:-p|--persistent)$/.test(text)) scopes.add("persistent");
    else if (OPTION.test(text) && !IGNORED.test(text))
      mistake(here, `an option that sets masks, found ${quoted(text)}`);
    else if (!OPTION.test(text)) readSetting({ text, place: here }, settings);
  }
  if (type !== "ap") mistake(place, `"-t ap" in the line, found ${type === undefined ? "no type" : quoted(type)}`);
  const [only, ...more] = scopes;
  return { scope: only === undefined || more.length > 0 ? "both" : only, ...settings, place };
}

function readSetting({ text, place }: Word, settings: MaskSettings): void {
  const [, name, value = ""] = /^(apmask|aqmask)=(.*)$/.exec(text) ?? [];
  if (name !== "apmask" && name !== "aqmask") mistake(place, `apmask=... or aqmask=..., found ${quoted(text)}`);
  settings[name] = readTerms(value, { line: place.line, column: place.column + name.length + 1 });
}

/** The terms of one setting: either all with a sign, or none. */
function readTerms(value: string, place: Position): MaskSetting {
  const isRelative = /^[+-]/.test(value);
  const expected = isRelative ? "changes such as -5,+0x10-0x1f" : "numbers and ranges such as 0-4,7-0xff";
  let column = place.column;
  const changes = value.split(",").map((term) => {
    const here = { line: place.line, column };
    column += term.length + 1;
    const match = /^([+-]?)([0-9][0-9a-fxA-FX]*)(?:-([0-9][0-9a-fxA-FX]*))?$/.exec(term);
    if (!match || (match[1] === "") === isRelative) return mistake(here, `${expected}, found ${quoted(term)}`);
    const first = readId(match[2] ?? "", here);
    const last = match[3] === undefined ? first : readId(match[3], here);
    if (last < first) return mistake(here, `a range with its lower end first, found ${quoted(term)}`);
    return { first, last, on: match[1] !== "-" };
  });
  return { isRelative, changes };
}

/** The prefix decides the base, as in strtoul. */
function readId(text: string, place: Position): number {
  const { value, end } = simpleStrtoul(text, 0);
  if (end < text.length || value >= BigInt(ID_LIMIT)) mistake(place, `a number 0..0xff, found ${quoted(text)}`);
  return Number(value);
}
