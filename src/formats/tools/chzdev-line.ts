// Command lines of chzdev for the masks of the AP bus: "chzdev -t ap apmask=-5,-0x6 aqmask=0-3". Read as that program reads them,
// and written so that they are short.

import { hex } from "../../system/ap/hex.ts";
import { type Apid, type Apqi, ID_LIMIT } from "../../system/ap/id.ts";
import { type Apm, type Aqm, type Mask, newMask } from "../../system/ap/mask.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { simpleStrtoul } from "../../system/sysfs/number-grammar.ts";
import type { Parsed } from "../../system/trace/trace-file.ts";
import { absoluteTerms, relativeTerms } from "../reading/mask-terms.ts";
import { checkLines, mistake, type Place, reading } from "../reading/text-mistake.ts";

export interface OwnershipMasks {
  readonly apmask: Apm;
  readonly aqmask: Aqm;
}

/** Whether the running host is changed, what the next boot sets, or both, which is the default. */
export type ChzdevScope = "both" | "active" | "persistent";

export interface ChzdevLine {
  readonly scope: ChzdevScope;
  /** The text behind the equals sign. */
  readonly apmask: MaskSetting | undefined;
  readonly aqmask: MaskSetting | undefined;
  readonly place: Place;
}

export interface MaskSetting {
  readonly isRelative: boolean;
  /** Ranges of ids and what becomes of their bits, in order. */
  readonly changes: readonly { readonly first: number; readonly last: number; readonly on: boolean }[];
}

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

/** With or without a prompt such as `$ `, `# `, `user@host:~# ` or `[root@host ~]# ` in front. */
const COMMAND = /^\s*(?:(?:\[[^\]]*\]|[^\s#$]*)\s?[$#]\s+)?(?:sudo\s+)?(?:\S*\/)?chzdev(?=\s|$)/;
const PASSED_OVER = /^\s*(?:#|set\s|$)/;

/** All command lines of a text; comments, empty lines and a script's "set -e" are passed over. */
export const parseChzdev = (text: string): Parsed<readonly ChzdevLine[]> =>
  reading(() => {
    checkLines(text);
    const lines = text.split("\n");
    const ofScript = isScript(lines);
    return lines.flatMap((line, at): readonly ChzdevLine[] => {
      const place = { line: at + 1, column: line.search(/\S/) + 1 };
      const command = commandOf(line, ofScript);
      if (command !== undefined) return [readLine(wordsBehind(command, line, at + 1), place)];
      return PASSED_OVER.test(line) ? [] : mistake(place, `a command line of chzdev, found ${quoted(line.trim())}`);
    });
  });

/** A script has commands without a prompt: there `# chzdev` is a comment. */
const isScript = (lines: readonly string[]): boolean =>
  lines.some((line) => line.startsWith("#!") || /^\s*(?:sudo\s+)?(?:\S*\/)?chzdev(?=\s|$)/.test(line));

const commandOf = (line: string, ofScript: boolean): string | undefined =>
  ofScript && /^\s*#/.test(line) ? undefined : COMMAND.exec(line)?.[0];

/** Whether a text is one of these, and not one of the other kinds of file. */
export function hasChzdevLine(text: string): boolean {
  const lines = text.split("\n");
  const ofScript = isScript(lines);
  return lines.some((line) => commandOf(line, ofScript) !== undefined);
}

interface Word {
  readonly text: string;
  readonly place: Place;
}

const wordsBehind = (command: string, line: string, number: number): readonly Word[] => {
  const words = [...line.matchAll(/\S+/g)].map(
    (match): Word => ({ text: match[0], place: { line: number, column: match.index + 1 } }),
  );
  const comment = words.findIndex(({ text, place }) => text.startsWith("#") && place.column > command.length);
  return words.filter(({ place }, at) => place.column > command.length && (comment < 0 || at < comment));
};

/** They change how it works, and not what is set. */
const IGNORED = /^(?:-[eyfVqn]|--(?:enable|yes|force|verbose|quiet|dry-run|no-root-update|no-settle))$/;
const OPTION = /^--?[a-zA-Z]/;

function readLine(words: readonly Word[], place: Place): ChzdevLine {
  const settings: { apmask: MaskSetting | undefined; aqmask: MaskSetting | undefined } = {
    apmask: undefined,
    aqmask: undefined,
  };
  const scopes = new Set<string>();
  let type: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const { text, place: here } = words[at] as Word;
    if (text === "-t" || text === "--type") type = words[++at]?.text;
    else if (text.startsWith("--type=")) type = text.slice("--type=".length);
    else if (/^(?:-a|--active)$/.test(text)) scopes.add("active");
    else if (/^(?:-p|--persistent)$/.test(text)) scopes.add("persistent");
    else if (OPTION.test(text) && !IGNORED.test(text))
      mistake(here, `an option that sets masks, found ${quoted(text)}`);
    else if (!OPTION.test(text)) readSetting(words[at] as Word, settings);
  }
  if (type !== "ap") mistake(place, `"-t ap" in the line, found ${type === undefined ? "no type" : quoted(type)}`);
  const [only, ...more] = scopes;
  return { scope: more.length > 0 ? "both" : ((only as ChzdevScope | undefined) ?? "both"), ...settings, place };
}

function readSetting(
  { text, place }: Word,
  settings: { apmask: MaskSetting | undefined; aqmask: MaskSetting | undefined },
): void {
  const match = /^(apmask|aqmask)=(.*)$/.exec(text);
  if (!match) mistake(place, `apmask=... or aqmask=..., found ${quoted(text)}`);
  const [, name, value] = match as unknown as [string, "apmask" | "aqmask", string];
  settings[name] = readTerms(value, { line: place.line, column: place.column + name.length + 1 });
}

/** Terms of one setting: all with a sign, or none. */
function readTerms(value: string, place: Place): MaskSetting {
  const isRelative = /^[+-]/.test(value);
  const expected = isRelative ? "changes such as -5,+0x10-0x1f" : "numbers and ranges such as 0-4,7-0xff";
  let column = place.column;
  const changes = value.split(",").map((term) => {
    const here = { line: place.line, column };
    column += term.length + 1;
    const match = /^([+-]?)([0-9][0-9a-fxA-FX]*)(?:-([0-9][0-9a-fxA-FX]*))?$/.exec(term);
    if (!match || (match[1] === "") === isRelative) return mistake(here, `${expected}, found ${quoted(term)}`);
    const first = readId(match[2] as string, here);
    const last = match[3] === undefined ? first : readId(match[3], here);
    if (last < first) return mistake(here, `a range with its lower end first, found ${quoted(term)}`);
    return { first, last, on: match[1] !== "-" };
  });
  return { isRelative, changes };
}

/** With the base told by the prefix, as strtoul does it. */
function readId(text: string, place: Place): number {
  const { value, end } = simpleStrtoul(text, 0);
  if (end < text.length || value >= BigInt(ID_LIMIT)) mistake(place, `a number 0..0xff, found ${quoted(text)}`);
  return Number(value);
}
