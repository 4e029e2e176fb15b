// --from SRC: what it is, told by what it holds, and the host in it. A source that is nothing known is refused with what is.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Profile } from "../vfio-ap/profiles.ts";
import { detectAndImport, detectInput } from "./detect-import.ts";
import { directorySysfs } from "./directory-sysfs.ts";
import type { HostDescription } from "./host-description.ts";
import { parseHostDescription } from "./host-description.ts";
import { type Parsed, parsed } from "./input-error.ts";
import { describedSource, traceSource } from "./memory-source.ts";
import { cannotOpen, type Opened } from "./opened-source.ts";

export const DEFAULT_SOURCE = "/sys";

/** For help and messages. */
export const SOURCES_UNDERSTOOD =
  "a /sys directory, a host description (YAML), a trace (.jsonl, .jsonl.gz) or a listing of lszcrypt -V";

/**
 * @param from as the user wrote it
 * @param profile another kernel than the source names; a directory has its own
 */
export async function openSource(from: string, profile?: Profile): Promise<Opened> {
  try {
    return statSync(from).isDirectory() ? openDirectory(from, profile) : openFile(from, profile);
  } catch (error) {
    return cannotOpen(from, reasonOf(error as NodeJS.ErrnoException));
  }
}

/** @throws what is no error of the file system */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === undefined) throw error;
  if (error.code === "ENOENT") return `no such file or directory; understood is ${SOURCES_UNDERSTOOD}`;
  if (error.code === "EACCES") return "permission denied";
  return error.message;
}

function openDirectory(root: string, profile: Profile | undefined): Opened {
  if (!existsSync(join(root, "bus", "ap"))) {
    const remedy =
      root === DEFAULT_SOURCE
        ? "this machine has no AP bus, name another source with --from"
        : "it is no /sys directory of a host with an AP bus";
    return cannotOpen(root, `there is no bus/ap in it: ${remedy}`);
  }
  if (profile) return cannotOpen(root, `it has a kernel of its own, which --profile ${profile.name} cannot replace`);
  return parsed({
    sysfs: directorySysfs(root),
    describes: root,
    guests: undefined,
    profile: undefined,
    host: undefined,
  });
}

function openFile(file: string, profile: Profile | undefined): Opened {
  const bytes = readFileSync(file);
  const text = (isGzip(bytes) ? gunzipSync(bytes) : bytes).toString("utf8");
  const name = file.replace(/\.gz$/, "");
  if (name.endsWith(".jsonl") || TRACE_HEADER.test(text)) return traceSource(text, file, profile);
  const description = readDescription(text, file, name);
  if (!description) return cannotOpen(file, `it is not ${SOURCES_UNDERSTOOD}`);
  if (!description.ok) return description;
  const source = describedSource(description.value, file, profile);
  return source.ok ? parsed(source.value, [...description.warnings, ...source.warnings]) : source;
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const TRACE_HEADER = /^\s*\{[^\n]*"trace"\s*:/;

/** By the ending of its name or by what it holds; undefined if it is neither a description nor a listing. */
function readDescription(text: string, file: string, name: string): Parsed<HostDescription> | undefined {
  if (/\.ya?ml$/.test(name)) return parseHostDescription(text, file);
  return detectInput(text) === undefined ? undefined : detectAndImport(text, file);
}
