// Another user than root, for tests that root runs, and a copy of the program that all may read: a checkout may be root's alone.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDirectory } from "./temporary.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What makes root somebody else, put before a command. */
export const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/**
 * Whether root can become somebody else here who can run Node.
 *
 * @param through what the other user has to be able to run it through, such as a namespace
 * @returns why tests that need it are to be skipped; false if they are not
 */
export function nobodySkip(...through: readonly string[]): string | false {
  if (process.getuid?.() !== 0) return "only root can become somebody else";
  const [program, ...args] = [...NOBODY, ...through, process.execPath, "--version"];
  const { status, stderr, error } = spawnSync(program as string, args, { encoding: "utf8", timeout: 10_000 });
  if (status === 0) return false;
  const reason = `${stderr ?? ""}${error?.message ?? ""}`.trim().split("\n")[0];
  return `nobody cannot run "${[...through, "node"].join(" ")}" here: ${reason}`;
}

export interface ProgramForAll {
  /** For CommandOptions. */
  readonly program: string;
  /** The path of a host of hosts/. */
  hostFile(name: string): string;
}

/** @param parent a directory of the test's own; all may look into it from now on */
export function programForAll(parent: string): ProgramForAll {
  const copy = freshDirectory(parent, "program");
  for (const path of [parent, copy]) chmodSync(path, 0o755);
  const script =
    'umask 022; mkdir "$1/dist"; cp -r "$0/package.json" "$0/hosts" "$0/scripts" "$1"; cp -r "$0/dist/bundle" "$1/dist"; chmod -R a+rX "$1"';
  execFileSync("sh", ["-ec", script, ROOT, copy]);
  return {
    program: join(copy, "dist", "bundle", "apmatrix.js"),
    hostFile: (name) => join(copy, "hosts", `${name}.yaml`),
  };
}
