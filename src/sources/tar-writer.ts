// A static tree as a tar, the same to the byte for the same tree: no times, no users, in the order of the tree. POSIX ustar, with an
// extended header where a name is longer than that has room for.
import type { TreeEntry } from "./static-tree.ts";

const BLOCK = 512;
/** A tar is written in whole records, the last of which has at least two empty blocks. */
const RECORD = 20 * BLOCK;
const NAME = 100;
const PREFIX = 155;
const DIRECTORY_MODE = 0o755;
const LINK_MODE = 0o777;
const TYPE = { file: "0", link: "2", directory: "5", extended: "x" } as const;

/** @param top the directory in the tar that holds the tree */
export function tarOf(entries: readonly TreeEntry[], top: string): Buffer {
  const blocks: Buffer[] = [header({ name: `${top}/`, type: TYPE.directory, mode: DIRECTORY_MODE })];
  for (const entry of entries) {
    const path = `${top}/${entry.path}`;
    switch (entry.kind) {
      case "directory":
        blocks.push(...member({ name: `${path}/`, type: TYPE.directory, mode: DIRECTORY_MODE }));
        break;
      case "link":
        blocks.push(...member({ name: path, type: TYPE.link, mode: LINK_MODE, target: entry.target }));
        break;
      case "file":
        blocks.push(...member({ name: path, type: TYPE.file, mode: entry.mode }, Buffer.from(entry.text, "latin1")));
    }
  }
  let length = 2 * BLOCK;
  for (const block of blocks) length += block.length;
  const padding = Buffer.alloc(2 * BLOCK + ((RECORD - (length % RECORD)) % RECORD));
  return Buffer.concat([...blocks, padding]);
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly target?: string;
}

function member(of: Header, content: Buffer = Buffer.alloc(0)): readonly Buffer[] {
  const { name, target = "" } = of;
  const long = [
    ...(splitName(name) ? [] : [record("path", name)]),
    ...(target.length > NAME ? [record("linkpath", target)] : []),
  ];
  const fits = { ...of, name: splitName(name) ? name : name.slice(0, NAME), target: target.slice(0, NAME) };
  const own = [header(fits, content.length), ...padded(content)];
  if (long.length === 0) return own;
  const text = Buffer.from(long.join(""), "latin1");
  return [header({ name: "extended", type: TYPE.extended, mode: 0o644 }, text.length), ...padded(text), ...own];
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}

/** Where a name fits: as a whole, or cut at a slash; undefined if it does not. */
function splitName(name: string): readonly [prefix: string, name: string] | undefined {
  if (name.length <= NAME) return ["", name];
  const at = name.lastIndexOf("/", PREFIX);
  for (let cut = at; cut > 0; cut = name.lastIndexOf("/", cut - 1)) {
    const rest = name.slice(cut + 1);
    if (rest.length > NAME) return undefined;
    if (rest.length > 0) return [name.slice(0, cut), rest];
  }
  return undefined;
}

function padded(content: Buffer): readonly Buffer[] {
  const missing = (BLOCK - (content.length % BLOCK)) % BLOCK;
  return content.length === 0 ? [] : [content, Buffer.alloc(missing)];
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;

function header({ name, type, mode, target = "" }: Header, size = 0): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, rest] = splitName(name) ?? ["", name];
  const put = (text: string, at: number): void => void block.write(text, at, "latin1");
  put(rest, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put("        ", 148);
  put(type, 156);
  put(target, 157);
  put("ustar\x0000", 257);
  put(prefix, 345);
  let sum = 0;
  for (const byte of block) sum += byte;
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
