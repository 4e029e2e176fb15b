// The rules of all files as udevd has them: one after the other by name, lines with mistakes left out, and each GOTO with the line that it
// jumps to. Next: udev-event.ts.
import { readUdevLines, type UdevMistake } from "../../formats/tools/udev-lines.ts";
import { ruleOfLine, type UdevRule } from "./udev-keys.ts";

/** A file of settings that counts: none of the same name stands before it. */
export interface SettingsFile {
  /** As people know it. */
  readonly path: string;
  readonly text: string;
}

export interface PlacedUdevRule extends UdevRule {
  readonly file: string;
  /** Among all rules; undefined: it jumps nowhere. */
  readonly next: number | undefined;
}

export interface RuleFiles {
  readonly rules: readonly PlacedUdevRule[];
  /** `FILE:LINE:COLUMN: ...`, one sentence each. */
  readonly mistakes: readonly string[];
}

export const placeOf = ({ file, line }: PlacedUdevRule): string => `${file}:${line}`;

/** @param files in the order of their names */
export function readRuleFiles(files: readonly SettingsFile[]): RuleFiles {
  const rules: PlacedUdevRule[] = [];
  const mistakes: string[] = [];
  for (const { path, text } of files) {
    const told = ({ place: { line, column }, expected }: UdevMistake) =>
      mistakes.push(`${path}:${line}:${column}: expected ${expected}; udev leaves the line out`);
    const read = readUdevLines(text);
    for (const mistake of read.mistakes) told(mistake);
    const own = read.lines.flatMap((line): UdevRule[] => {
      const rule = ruleOfLine(line);
      if ("expected" in rule) told(rule);
      return "expected" in rule ? [] : [rule];
    });
    const first = rules.length;
    for (const [at, rule] of own.entries()) {
      const target = rule.goto === undefined ? -1 : own.findIndex(({ label }, to) => to > at && label === rule.goto);
      if (rule.goto !== undefined && target < 0)
        mistakes.push(`${path}:${rule.line}: expected LABEL="${rule.goto}" after it; udev jumps nowhere`);
      rules.push({ ...rule, file: path, next: target < 0 ? undefined : first + target });
    }
  }
  return { rules, mistakes };
}
