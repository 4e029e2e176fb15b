// A tar of somebody's /sys, such as sysfs.tgz of dbginfo.sh, as a source. Only what belongs to the AP bus, to mdevs and to the drivers
// is kept; the rest of a large /sys is passed over.
import { createReadStream } from "node:fs";
import { Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type ExtractEvents, extract, type Header } from "tar-stream";
import { parsed } from "../formats/reading/input-error.ts";
import { treeSysfs } from "../system/sysfs/sysfs.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { cannotOpen, type Opened, STILL } from "./source.ts";
import { addEntry, addFolder, attributeOf, type Folder, linkOf, treeOf } from "./tar-tree.ts";

type Content = ExtractEvents["entry"][1];

/** Entries whose names go on like this behind the place where /sys is in the tar. */
const KEPT =
  /^(?:(.*)\/)?((?:bus\/(?:ap|mdev|matrix)|devices\/(?:ap|vfio_ap)|class\/mdev_bus|module\/(?:ap|vfio_ap))(?:\/.*)?)$/;
/** A page, and what may be beside it: nothing in these directories is longer. */
const LONGEST_FILE = 1 << 16;
/** Old tars as well, which do not say that they are. Its types do not know this switch. */
const ANY_FORMAT: object = { allowUnknownFormat: true };
const BLOCK = 512;
const MAGIC_AT = 257;

const MAKE_AGAIN = 'make it again, with "tar -czf sysfs.tgz -C / sys" or dbginfo.sh';

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** @param start the first bytes, unpacked */
export const isTarHeader = (start: Buffer): boolean => start.toString("latin1", MAGIC_AT, MAGIC_AT + 5) === "ustar";

/** Packers that Node has nothing against, by their first bytes. */
const OTHER_PACKERS: readonly (readonly [start: string, unpack: string])[] = [
  ["\xfd7zXZ\0", "xz -d"],
  ["BZh", "bzip2 -d"],
  ["\x28\xb5\x2f\xfd", "zstd -d"],
];

/**
 * @param head the first bytes of the file
 * @param profile whose rules it is said to follow, whatever its files show
 */
export async function tarSource(file: string, head: Buffer, profile: Profile | undefined): Promise<Opened> {
  const packer = OTHER_PACKERS.find(([magic]) => head.toString("latin1", 0, magic.length) === magic);
  if (packer) return cannotOpen(file, `how it is packed is not understood: unpack it with "${packer[1]}" first`);
  const tar = new TarReader();
  try {
    await tar.read(file, isGzip(head));
  } catch (error) {
    return cannotOpen(file, broken(error as NodeJS.ErrnoException, tar.bytes));
  }
  if (tar.bytes < tar.end) return cannotOpen(file, cutShort(tar.bytes));
  const { root, inner, texts } = tar;
  if (!root) {
    const hint = inner === undefined ? "" : `; it holds ${inner}: unpack that, and name it`;
    return cannotOpen(file, `there is no bus/ap in it: it is no tar of the /sys of a host with an AP bus${hint}`);
  }
  if (texts === 0) return cannotOpen(file, `all its files are empty: ${MAKE_AGAIN}`);
  const sysfs = treeSysfs(treeOf(root));
  return parsed({ ...STILL, sysfs, describes: file, guests: undefined, profile, host: undefined });
}

const cutShort = (bytes: number): string => `it is cut short: it ends at byte ${bytes}, within the tar; ${MAKE_AGAIN}`;

/** One line, whatever went wrong. */
function broken({ code, message }: NodeJS.ErrnoException, bytes: number): string {
  if (code === "EACCES") return "permission denied";
  if (code === "Z_BUF_ERROR" || message === "Unexpected end of data") return cutShort(bytes);
  const what = code?.startsWith("Z_") ? "it is damaged: its gzip" : "it is damaged: its tar";
  return `${what} cannot be read behind byte ${bytes} (${message.split("\n")[0]}); ${MAKE_AGAIN}`;
}

class TarReader {
  /** By where in the tar they are: `sys`, `./sys`, nothing at all. */
  readonly #roots = new Map<string, Folder>();
  /** How much has been read, unpacked. */
  bytes = 0;
  /** How long it has to be: behind the last entry there is at least one empty block. */
  end = BLOCK;
  /** Files that are not empty. */
  texts = 0;
  /** A tar of /sys within this one. */
  inner: string | undefined;

  /** The /sys that has an AP bus, the outermost one if there are several. */
  get root(): Folder | undefined {
    const places = [...this.#roots].sort(([a], [b]) => a.length - b.length);
    return places.find(([, root]) => root.get("bus") instanceof Map && (root.get("bus") as Folder).has("ap"))?.[1];
  }

  async read(file: string, isPacked: boolean): Promise<void> {
    const entries = extract(ANY_FORMAT);
    entries.on("error", () => undefined);
    entries.on("entry", (header, content, next) => this.#take(header, content, next));
    const count = new Transform({
      transform: (chunk: Buffer, _, goOn) => {
        this.bytes += chunk.length;
        goOn(null, chunk);
      },
    });
    const stages = [createReadStream(file), ...(isPacked ? [createGunzip()] : []), count];
    await pipeline([...stages, entries as unknown as Writable]);
  }

  #take(header: Header, content: Content, next: () => void): void {
    const size = header.type === "directory" ? 0 : header.size;
    const { byteOffset } = header as { readonly byteOffset?: number };
    this.end = Math.max(this.end, (byteOffset ?? 0) + Math.ceil(size / BLOCK) * BLOCK + BLOCK);
    const name = header.name.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    // What goes wrong is told by the stream that they come from.
    content.on("error", () => undefined);
    const kept = KEPT.exec(name);
    if (!kept) {
      if (/(?:^|\/)sysfs\.(?:tgz|tar\.gz|tar)$/.test(name)) this.inner = name;
      content.once("end", () => next());
      content.resume();
      return;
    }
    const [, place = "", path = ""] = kept;
    const root = this.#roots.get(place) ?? new Map();
    this.#roots.set(place, root);
    const names = path.split("/").filter((part) => part !== "" && part !== ".");
    const parts: Buffer[] = [];
    content.on("data", (part) => parts.push(part as Buffer));
    content.once("end", () => {
      const bytes = Buffer.concat(parts);
      if (header.type === "directory") addFolder(root, names);
      else if (header.type === "symlink") addEntry(root, names, linkOf(header.linkname ?? "", names.length - 1));
      else if (bytes.length <= LONGEST_FILE) {
        addEntry(root, names, attributeOf(bytes, header.mode));
        if (bytes.length > 0) this.texts++;
      }
      next();
    });
  }
}
