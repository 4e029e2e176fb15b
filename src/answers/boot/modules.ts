// What loads vfio_ap besides rules of udev, and what keeps it from being loaded: modules-load.d, modprobe.d and the kernel's command line.
import type { SettingsFile } from "./udev-rule-files.ts";

const VFIO_AP = "vfio_ap";

export interface ModuleSettings {
  /** Of modules-load.d, by name. */
  readonly load: readonly SettingsFile[];
  /** Of modprobe.d. */
  readonly modprobe: readonly SettingsFile[];
  readonly commandLine: ReadonlyMap<string, string>;
  /** The kernel has it in itself. */
  readonly isBuiltin: boolean;
}

/** The kernel takes a minus in a module's name for an underscore. */
export const isVfioAp = (name: string): boolean => name.trim().replaceAll("-", "_") === VFIO_AP;

const namesIn = (list = ""): readonly string[] => list.split(",");

interface PlacedLine {
  readonly place: string;
  readonly words: readonly string[];
}

const linesOf = ({ path, text }: SettingsFile): readonly PlacedLine[] =>
  text.split("\n").flatMap((line, at) => {
    const words = line.trim().split(/\s+/);
    return words[0] === "" || /^[#;]/.test(words[0] ?? "") ? [] : [{ place: `${path}:${at + 1}`, words }];
  });

/** What loads it early in the boot; undefined: nothing of these. */
export function loaderOf({ load, commandLine, isBuiltin }: ModuleSettings): string | undefined {
  if (isBuiltin) return "the kernel, which has it built in";
  const line = load.flatMap(linesOf).find(({ words }) => words.length === 1 && isVfioAp(words[0] as string));
  if (line !== undefined) return line.place;
  const isNamed = ["modules_load", "modules-load"].some((name) => namesIn(commandLine.get(name)).some(isVfioAp));
  return isNamed ? "modules_load= on the kernel's command line" : undefined;
}

export interface Obstacles {
  /** Nobody can load it. */
  readonly always: string | undefined;
  /** It is not loaded by udevd and modules-load.d, but by modprobe. */
  readonly blacklist: string | undefined;
  /** A command is run in its place, and what that does is not known. */
  readonly command: string | undefined;
}

export function obstaclesIn({ modprobe, commandLine, isBuiltin }: ModuleSettings): Obstacles {
  if (isBuiltin) return { always: undefined, blacklist: undefined, command: undefined };
  const lines = modprobe.flatMap(linesOf).filter(({ words: [, name = ""] }) => isVfioAp(name));
  const ofKind = (kind: string) => lines.filter(({ words: [word] }) => word === kind);
  const installs = ofKind("install");
  const nothing = installs.find(({ words }) => /^(?:\/usr)?\/bin\/(?:false|true)$/.test(words.slice(2).join(" ")));
  const isNamed = (name: string): boolean => namesIn(commandLine.get(name)).some(isVfioAp);
  return {
    always: isNamed("module_blacklist") ? "module_blacklist= on the kernel's command line" : nothing?.place,
    blacklist: isNamed("modprobe.blacklist")
      ? "modprobe.blacklist= on the kernel's command line"
      : ofKind("blacklist")[0]?.place,
    command: installs.find((line) => line !== nothing)?.place,
  };
}
