// Settings that several directories hold, as systemd's programs read them: a file of /etc stands for all others of its name, an empty one
// or a link to /dev/null takes it away, and the names alone say which comes first.
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { SettingsFile } from "../../answers/boot/udev-rule-files.ts";
import { UnsafeError } from "../../guards/safe-open.ts";
import { decodedText, readInput } from "../../guards/user-files.ts";
import { plain } from "../../system/ap/quoted.ts";

/** The first one counts most. */
export const PLACES = ["etc", "run", "usr/local/lib", "usr/lib", "lib"];

export interface Settings {
  readonly files: readonly SettingsFile[];
  /** What cannot be read, one line each. */
  readonly warnings: readonly string[];
}

/**
 * @param root where / of the host is
 * @param folder such as udev/rules.d
 * @param suffix of the names that count
 * @param otherwise by name, what packages bring; it counts where the host has none of that name
 */
export function readSettings(
  root: string,
  folder: string,
  suffix: string,
  otherwise: ReadonlyMap<string, string> = new Map(),
): Settings {
  const found = new Map<string, SettingsFile>();
  const warnings: string[] = [];
  for (const place of PLACES) {
    const directory = join(root, place, folder);
    for (const name of namesIn(directory)) {
      if (!name.endsWith(suffix) || name.startsWith(".") || found.has(name)) continue;
      const path = join(directory, name);
      const read = textAt(root, path);
      if (read.ok) found.set(name, { path: plain(path), text: read.text });
      else warnings.push(read.warning);
    }
  }
  for (const [name, text] of otherwise) if (!found.has(name)) found.set(name, { path: `${name} of its package`, text });
  const names = [...found.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return { files: names.map((name) => found.get(name) as SettingsFile), warnings };
}

/** Whether a host's packages are to be seen there, or only what somebody has copied of it. */
export const hasPackages = (root: string): boolean =>
  ["usr/lib", "lib"].some((place) => existsSync(join(root, place, "udev/rules.d")));

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

type TextRead = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly warning: string };

/** A link of the host's is followed below its root; one that leads nowhere, or to /dev/null, holds nothing. */
function textAt(root: string, path: string): TextRead {
  try {
    const target = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
    const file = target !== undefined && isAbsolute(target) ? join(root, target) : path;
    if (target === "/dev/null" || isDevice(statSync(file, { throwIfNoEntry: false }))) return { ok: true, text: "" };
    const [top, real] = [realpathSync(root), realpathSync(file)];
    if (!real.startsWith(top.endsWith("/") ? top : `${top}/`)) throw new UnsafeError(`leads out of ${plain(root)}`);
    return { ok: true, text: decodedText(readInput(file)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { ok: true, text: "" };
    if (error instanceof UnsafeError) return { ok: false, warning: `${plain(path)} ${message}` };
    return { ok: false, warning: `${plain(path)}: ${code === "EACCES" ? "permission denied" : plain(message)}` };
  }
}

const isDevice = (stat: Stats | undefined): boolean => stat?.isCharacterDevice() === true;

/** Below these everything is made anew at boot. */
const MADE_AT_BOOT = /^\/(?:dev|proc|run|tmp)(?:\/|$)/;

/** Whether the host has a file or directory; undefined: it cannot be told, or may be otherwise at boot. */
export function hasFileBelow(root: string, path: string): boolean | undefined {
  if (path.includes("\0") || MADE_AT_BOOT.test(path)) return undefined;
  if (existsSync(join(root, path))) return true;
  // A copy of a host's settings is not one of its programs.
  return existsSync(join(root, path.startsWith("/etc/") ? "etc" : dirname(path))) ? false : undefined;
}

/** Names in a directory of the host's, those that are there. */
export const namesBelow = (root: string, path: string): readonly string[] => namesIn(join(root, path)).toSorted();

/** A file of the host's; undefined if there is none, or it cannot be read, or it is to be a program and is not. */
export function fileBelow(root: string, path: string, { isProgram = false } = {}): SettingsFile | undefined {
  const file = join(root, path);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory() || (isProgram && (stat.mode & ANY_MAY_RUN) === 0)) return undefined;
  const read = textAt(root, file);
  return read.ok ? { path: plain(file), text: read.text } : undefined;
}

const ANY_MAY_RUN = 0o111;
const LONGEST_SCRIPT = 262_144;

/** A program of the host's that is a text; undefined if there is none. */
export function scriptBelow(root: string, path: string): SettingsFile | undefined {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > LONGEST_SCRIPT) return undefined;
  const script = fileBelow(root, path);
  return script?.text.startsWith("#!") || path.endsWith(".sh") ? script : undefined;
}

/** Text of a file of the host's that a rule names; undefined if there is none, or it cannot be read. */
export function textBelow(root: string, path: string): string | undefined {
  if (path.includes("\0") || !existsSync(join(root, path))) return undefined;
  const read = textAt(root, join(root, path));
  return read.ok ? read.text : undefined;
}
