// A root file system for one command, in which /sys is a lab and which has none of the machine's settings: testing/clients/own-root.sh.
import { join } from "node:path";
import { TESTING } from "./tools.ts";

interface OwnRoot {
  /** An empty directory, in which it is built. */
  readonly directory: string;
  readonly sys: string;
  /** Directories outside, and where they are inside. */
  readonly binds: Readonly<Record<string, string>>;
  /** Another root file system that has the programs. */
  readonly root?: string;
}

/** The command line, for a mount namespace of its own. */
export function ownRoot({ directory, sys, binds, root }: OwnRoot, command: readonly string[]): readonly string[] {
  return [
    "sh",
    join(TESTING, "clients", "own-root.sh"),
    ...(root === undefined ? [] : ["--root", root]),
    directory,
    sys,
    ...Object.entries(binds).flat(),
    "--",
    ...command,
  ];
}
