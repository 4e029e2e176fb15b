// Units of systemd, as far as it matters what they start at boot: their commands, and other units that they want. Which units are enabled:
// sources/machine/unit-files.ts.
import type { SettingsFile } from "./udev-rule-files.ts";

export interface UnitLines {
  readonly commands: readonly { readonly place: string; readonly text: string }[];
  readonly wants: readonly string[];
}

const WANTS = /^(?:Wants|Requires|Requisite|BindsTo|Upholds|OnSuccess|Unit)$/;

/** @param files the unit's own, and what is dropped in beside it, in the order in which systemd reads them */
export function unitLines(name: string, files: readonly SettingsFile[]): UnitLines {
  const commands = new Map<string, { readonly place: string; readonly text: string }[]>();
  const wants: string[] = [];
  const instance = /^[^@]*@(.+)\.\w+$/s.exec(name)?.[1] ?? "";
  for (const { place, key, value } of files.flatMap(settingsIn)) {
    const filled = value.replace(/%([iIjJ])/g, instance);
    if (WANTS.test(key)) for (const word of filled.split(/\s+/)) if (word !== "") wants.push(word);
    if (!/^Exec(?:Start(?:Pre|Post)?|Condition)$/.test(key)) continue;
    // An empty value takes back what was there before.
    if (filled === "") commands.delete(key);
    else {
      const of = commands.get(key) ?? [];
      of.push({ place, text: filled.replace(/^[-@:+!|]+/, "") });
      commands.set(key, of);
    }
  }
  if (/\.(?:timer|path)$/.test(name)) wants.push(name.replace(/\.\w+$/, ".service"));
  return { commands: [...commands.values()].flat(), wants };
}

function settingsIn({ path, text }: SettingsFile) {
  const settings: { readonly place: string; readonly key: string; readonly value: string }[] = [];
  let [first, before] = [0, ""];
  for (const [at, line] of text.split("\n").entries()) {
    if (/^\s*[#;]/.test(line)) continue;
    if (before === "") first = at;
    const isOpen = line.endsWith("\\");
    const whole = before + (isOpen ? `${line.slice(0, -1)} ` : line);
    before = isOpen ? whole : "";
    if (isOpen) continue;
    const [, key, value = ""] = /^\s*(\w+)\s*=(.*)$/s.exec(whole) ?? [];
    if (key !== undefined) settings.push({ place: `${path}:${first + 1}`, key, value: value.trim() });
  }
  return settings;
}
