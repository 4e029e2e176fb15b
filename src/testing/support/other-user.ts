// A user other than root, for tests that root runs, and a copy of the program that all may read: a checkout may be readable only by root.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, lchownSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDirectory, temporaryDirectory } from "./temporary.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Words before a command that make root another user. */
export const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/** Nobody's number: some other user of the machine. */
export const STRANGER = 54321;

/** Why nothing can be made another user's here; false if it can. Root of a user namespace has no other users. */
export function strangerSkip(): string | false {
  const path = freshDirectory(temporaryDirectory());
  try {
    lchownSync(path, STRANGER, STRANGER);
    return false;
  } catch {
    return "only root of the machine can make files of another user";
  }
}

const isRoot = process.getuid?.() === 0;

/** Whether root can become another user here who can run Node: why tests that need it must be skipped; false if they need not be. */
export const nobodySkip = (): string | false =>
  isRoot ? lackOf([...NOBODY, process.execPath, "--version"]) : "only root can become somebody else";

/** What an ordinary user's lab needs. */
const MOUNTS =
  '[ -r /dev/fuse ] && [ -w /dev/fuse ] || { echo "/dev/fuse may not be opened" >&2; exit 1; }; exec "$0" --version';

/** Words before a command that run it as an ordinary user: root becomes one, everybody else is one. */
export function ordinaryUser(): { readonly prefix: readonly string[]; readonly skip: string | false } {
  const prefix = isRoot ? NOBODY : [];
  const namespace = ["unshare", "--user", "--map-root-user", "--mount"];
  return { prefix, skip: lackOf([...prefix, ...namespace, "sh", "-c", MOUNTS, process.execPath]) };
}

/** Why a command does not succeed; false if it does. */
function lackOf(command: readonly string[]): string | false {
  const [program, ...args] = command;
  const { status, stderr, error } = spawnSync(program as string, args, { encoding: "utf8", timeout: 30_000 });
  if (status === 0) return false;
  const reason = `${stderr ?? ""}${error?.message ?? ""}`.trim().split("\n")[0];
  return `${program} does not work here: ${reason}`;
}

export interface ProgramForAll {
  /** For CommandOptions. */
  readonly program: string;
  /** The path of a host of hosts/. */
  hostFile(name: string): string;
}

/** @param parent a directory of the test; from now on everybody may look into it */
export function programForAll(parent: string): ProgramForAll {
  const copy = freshDirectory(parent, "program");
  for (const path of [parent, copy]) chmodSync(path, 0o755);
  const script =
    'umask 022; mkdir "$1/dist"; cp -r "$0/package.json" "$0/bin" "$0/hosts" "$0/scripts" "$1"; cp -r "$0/dist/bundle" "$1/dist"; chmod -R a+rX "$1"';
  execFileSync("sh", ["-ec", script, ROOT, copy]);
  return {
    program: join(copy, "bin", "apmatrix.mjs"),
    hostFile: (name) => join(copy, "hosts", `${name}.yaml`),
  };
}
