// Lines of modprobe.d and modules-load.d, and names of modules as libkmod takes them. What they make of vfio_ap: modules.ts.
import { matchesGlob } from "./glob.ts";
import type { SettingsFile } from "./udev-rule-files.ts";

/** A line that says something, where it begins. */
export interface PlacedLine {
  readonly place: string;
  readonly text: string;
  readonly words: readonly string[];
}

/** @param comment what a line that says nothing begins with; modprobe.d goes on after a backslash at the end of a line */
function linesOf({ path, text }: SettingsFile, comment: RegExp, goesOn: boolean): readonly PlacedLine[] {
  const lines: PlacedLine[] = [];
  let [first, before] = [0, ""];
  for (const [at, line] of text.split("\n").entries()) {
    if (before === "") first = at;
    const isOpen = goesOn && line.endsWith("\\");
    const whole = before + (isOpen ? line.slice(0, -1) : line);
    before = isOpen ? whole : "";
    if (isOpen) continue;
    const trimmed = whole.trim();
    if (trimmed !== "" && !comment.test(trimmed))
      lines.push({ place: `${path}:${first + 1}`, text: trimmed, words: trimmed.split(/\s+/) });
  }
  return lines;
}

export const modulesLoadLines = (file: SettingsFile): readonly PlacedLine[] => linesOf(file, /^[#;]/, false);
export const modprobeLines = (file: SettingsFile): readonly PlacedLine[] => linesOf(file, /^#/, true);

/** The kernel takes a minus in a module's name for an underscore; in an alias it stays between brackets. */
export const moduleName = (name: string): string =>
  name
    .trim()
    .split(/([[\]])/)
    .map((part, at, parts) => (parts[at + 1] === "]" ? part : part.replaceAll("-", "_")))
    .join("");

export interface ModuleRules {
  /** In the order in which they are read: the first one that fits counts. */
  readonly installs: readonly ModprobeRule[];
  readonly aliases: readonly ModprobeRule[];
  readonly softdeps: readonly ModprobeRule[];
  readonly blacklists: readonly ModprobeRule[];
}

export interface ModprobeRule {
  readonly place: string;
  /** A pattern of modules, or of names that stand for them. */
  readonly of: string;
  /** What comes after that. */
  readonly rest: string;
}

export function moduleRules(files: readonly SettingsFile[]): ModuleRules {
  const lines = files.flatMap(modprobeLines);
  const ofKind = (kind: string): readonly ModprobeRule[] =>
    lines.flatMap(({ place, text, words: [word, of] }) => {
      const rest = text.replace(/^\S+\s+\S+\s*/, "");
      return word === kind && of !== undefined ? [{ place, of: moduleName(of), rest }] : [];
    });
  return {
    installs: ofKind("install"),
    aliases: ofKind("alias"),
    softdeps: ofKind("softdep"),
    blacklists: ofKind("blacklist"),
  };
}

export const isRuleOf =
  (name: string) =>
  ({ of }: ModprobeRule): boolean =>
    matchesGlob(of, name);

/** Those that a softdep loads before and after its module. */
export function softlyLoaded({ rest }: ModprobeRule): readonly string[] {
  const words = rest.split(/\s+/);
  const first = words.findIndex(isWhen);
  return first < 0 ? [] : words.slice(first).filter((word) => word !== "" && !isWhen(word));
}

const isWhen = (word: string): boolean => word === "pre:" || word === "post:";
