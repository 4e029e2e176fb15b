// What the commands in RUN of udev's rules do, as far as it is about AP queues: modules are loaded, mdevs are started, an attribute is
// written with echo. Everything else is not known, and is not guessed.
import { belowSys } from "../../system/ap/paths.ts";
import type { Asked } from "./modules.ts";
import type { RunCommand } from "./udev-event.ts";

export type CommandEffect =
  | { readonly kind: "nothing" }
  | ({ readonly kind: "load" } & Asked)
  | { readonly kind: "start-mdevs"; readonly parent: string }
  | { readonly kind: "write"; readonly path: string; readonly value: string }
  | { readonly kind: "unknown" };

const NOTHING: CommandEffect = { kind: "nothing" };
const UNKNOWN: CommandEffect = { kind: "unknown" };

export function whatIsDone({ command, isBuiltin }: RunCommand): CommandEffect {
  const words = wordsOf(command);
  const [program = "", ...rest] = words;
  if (isBuiltin) {
    // The others look at devices, or set them up.
    const isLoad = program === "kmod" && rest[0] === "load";
    return isLoad ? { kind: "load", names: rest.slice(1), heedsBlacklist: true } : NOTHING;
  }
  const name = program.slice(program.lastIndexOf("/") + 1);
  const mdevs = /(?:^|[\s/;{|])mdevctl\s+start-parent-mdevs\s+([^\s;|&]+)/.exec(command);
  if (mdevs && (name === "mdevctl" || name === "sh")) return { kind: "start-mdevs", parent: mdevs[1] as string };
  if (name === "modprobe" || name === "kmod") return modprobe(rest);
  if ((name === "sh" || name === "bash") && rest[0] === "-c" && rest.length === 2) return shell(rest[1] as string);
  return name === "true" || name === "logger" ? NOTHING : UNKNOWN;
}

const PROGRAM = /(?:^|[\s{;|'"])(\/[\w./-]*\/(?:mdevctl|modprobe|kmod|sh|bash))(?=\s|$)/g;

/** The programs that a command names with their path. */
export const programsOf = (command: string): readonly string[] =>
  [...command.matchAll(PROGRAM)].map(([, path]) => path as string);

/** Names of modules, and options that only say how they are loaded. */
function modprobe(words: readonly string[]): CommandEffect {
  const options = words.filter((word) => word.startsWith("-"));
  if (
    !options.every((option) =>
      /^-(?:[qvsabi]+|-quiet|-verbose|-syslog|-all|-use-blacklist|-ignore-install)$/.test(option),
    )
  )
    return UNKNOWN;
  const has = (letter: string, long: string): boolean =>
    options.some((option) => option === long || (/^-[a-z]/.test(option) && option.includes(letter)));
  const named = words.filter((word) => !word.startsWith("-"));
  return {
    kind: "load",
    // What follows the name of one module are its parameters.
    names: has("a", "--all") ? named : named.slice(0, 1),
    heedsBlacklist: has("b", "--use-blacklist"),
    ignoresInstall: has("i", "--ignore-install"),
  };
}

/** One plain command: echo into a file of /sys, or modprobe. */
function shell(line: string): CommandEffect {
  const [, value, path] =
    /^\s*echo\s+(?:-n\s+)?["']?([^\s"'$`;|&]+)["']?\s*>\s*(\/sys\/[^\s;|&$`]+)\s*$/.exec(line) ?? [];
  if (path !== undefined) return { kind: "write", path: belowSys(path), value: `${value}\n` };
  const isPlain = /^\s*(?:\/usr)?(?:\/s?bin\/)?modprobe(?:\s+[\w-]+)+\s*$/.test(line);
  return isPlain ? modprobe(line.trim().split(/\s+/).slice(1)) : UNKNOWN;
}

/** As udevd splits a command: blanks between words, quotes of either kind around them. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
