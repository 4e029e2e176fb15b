// --from SRC: finds out what kind of source it is by its content, and opens the host in it. For any other source the message says what is
// understood.
import { readSync, statSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { detectAndImport, detectInput } from "../formats/listing/detect-import.ts";
import { type Parsed, parsed } from "../formats/reading/input-error.ts";
import { looksLike } from "../formats/tools/looks-like.ts";
import { UnsafeError } from "../guards/safe-open.ts";
import { codeOf, messageOf } from "../guards/user-error.ts";
import { decodedText, readInput, unpack, withInput } from "../guards/user-files.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { directorySource } from "./directory-source.ts";
import { isGzip, isTarHeader } from "./file-start.ts";
import { describedSource, traceSource } from "./memory-source.ts";
import { cannotOpen, LAB_PREFIX, type Opened } from "./source.ts";

export const DEFAULT_SOURCE = "/sys";

/** For help and messages. */
export const SOURCES_UNDERSTOOD =
  "a /sys directory, lab:NAME (a running lab), a tar of /sys, a host description (YAML), a trace (.jsonl, .jsonl.gz) or a listing of lszcrypt -V";

/**
 * @param from as the user wrote it
 * @param profile another kernel than the source names, or than its files show; a running lab has its own
 */
export async function openSource(from: string, profile?: Profile): Promise<Opened> {
  // Much of the program is needed for labs and tars only, so it is loaded only for them.
  if (from.startsWith(LAB_PREFIX)) return (await import("./running-lab-source.ts")).labSource(from, profile);
  try {
    const found = statSync(from);
    if (found.isDirectory()) return directorySource(from, profile, from === DEFAULT_SOURCE ? NO_BUS : NO_SYSFS);
    // A pipe can be read only once, and is not a tar.
    const head = found.isFile() ? headOf(from) : Buffer.alloc(0);
    if (!isTar(from, head)) return openFile(from, profile);
    return await (await import("./tar-source.ts")).tarSource(from, head, profile);
  } catch (error) {
    return cannotOpen(from, reasonOf(error));
  }
}

const NO_BUS = "this machine has no AP bus, name another source with --from";
const NO_SYSFS = "it is no /sys directory of a host with an AP bus";

/** @throws what is not an error of the file system */
function reasonOf(error: unknown): string {
  if (error instanceof UnsafeError) return `it ${error.message}`;
  const code = codeOf(error);
  if (code === undefined) throw error;
  if (code === "ENOENT") return `no such file or directory; understood is ${SOURCES_UNDERSTOOD}`;
  return code === "EACCES" ? "permission denied" : messageOf(error);
}

function openFile(file: string, profile: Profile | undefined): Opened {
  const bytes = readInput(file);
  return textSource(decodedText(isGzip(bytes) ? unpack(bytes) : bytes), file, profile);
}

/**
 * The host in the text of a description, a listing or a trace.
 *
 * @param file its name, whose ending decides what it is if the text does not
 */
export function textSource(text: string, file: string, profile?: Profile): Opened {
  const name = file.replace(/\.gz$/, "");
  if (name.endsWith(".jsonl") || TRACE_HEADER.test(text)) return traceSource(text, file, profile);
  const description = readDescription(text, file, name, profile);
  if (!description) {
    const look = looksLike(text);
    return cannotOpen(file, `it is not ${SOURCES_UNDERSTOOD}${look === undefined ? "" : `; it looks like ${look}`}`);
  }
  if (!description.ok) return description;
  const source = describedSource(description.value, file, profile);
  return source.ok ? parsed(source.value, [...description.warnings, ...source.warnings]) : source;
}

const HEAD = 1 << 14;

function headOf(file: string): Buffer {
  const head = Buffer.alloc(HEAD);
  return withInput(file, (fd) => head.subarray(0, readSync(fd, head, 0, HEAD, 0)));
}

/** Decided by how it begins, packed or not, or by its name if that does not tell. */
function isTar(file: string, head: Buffer): boolean {
  try {
    // Unpacks as much as this piece holds.
    const start = isGzip(head) ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
    return isTarHeader(start) || TAR_NAME.test(file);
  } catch {
    return TAR_NAME.test(file);
  }
}

const TAR_NAME = /\.(?:tar|tgz|tar\.(?:gz|xz|bz2|zst)|txz|tbz2?)$/;
/** How the text of a trace begins. */
export const TRACE_HEADER = /^\s*\{[^\n]*"trace"\s*:/;

/** Decided by the ending of its name or by its content; undefined if it is neither a description nor a listing. */
function readDescription(
  text: string,
  file: string,
  name: string,
  profile: Profile | undefined,
): Parsed<HostDescription> | undefined {
  const isKnown = detectInput(text) !== undefined;
  if (/\.ya?ml$/.test(name) && (isKnown || looksLike(text) === undefined))
    return parseHostDescription(text, file, profile);
  return isKnown ? detectAndImport(text, file, profile) : undefined;
}
