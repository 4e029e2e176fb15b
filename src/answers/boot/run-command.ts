// What the commands in RUN of udev's rules do, as far as it is about AP queues: modules are loaded, mdevs are started, an attribute is
// written with echo. Everything else is not known, and is not guessed.
import { belowSys } from "../../system/ap/paths.ts";
import { isVfioAp } from "./modules.ts";
import type { RunCommand } from "./udev-event.ts";

export type Done =
  | { readonly kind: "nothing" }
  /** @see isBlacklisted: one that is blacklisted is not loaded */
  | { readonly kind: "load"; readonly heedsBlacklist: boolean }
  | { readonly kind: "start-mdevs"; readonly parent: string }
  | { readonly kind: "write"; readonly path: string; readonly value: string }
  | { readonly kind: "unknown" };

const NOTHING: Done = { kind: "nothing" };
const UNKNOWN: Done = { kind: "unknown" };

export function whatIsDone({ command, isBuiltin }: RunCommand): Done {
  const words = wordsOf(command);
  const [program = "", ...rest] = words;
  if (isBuiltin) {
    // The others look at devices, or set them up.
    const isLoad = program === "kmod" && rest[0] === "load" && rest.slice(1).some(isVfioAp);
    return isLoad ? { kind: "load", heedsBlacklist: true } : NOTHING;
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

/** Names of modules and options that change nothing of what is loaded. */
function modprobe(words: readonly string[]): Done {
  const options = words.filter((word) => word.startsWith("-"));
  if (!options.every((option) => /^-(?:[qvsab]+|-quiet|-verbose|-syslog|-all|-use-blacklist)$/.test(option)))
    return UNKNOWN;
  const heedsBlacklist = options.some((option) => /^-[a-z]*b|^--use/.test(option));
  const names = words.filter((word) => !word.startsWith("-"));
  const isAll = options.some((option) => /^-[a-z]*a|^--all$/.test(option));
  return (isAll ? names : names.slice(0, 1)).some(isVfioAp) ? { kind: "load", heedsBlacklist } : NOTHING;
}

/** One plain command: echo into a file of /sys, or modprobe. */
function shell(line: string): Done {
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
