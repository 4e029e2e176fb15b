// A /sys copied into a directory or a tar, as somebody would who collects it for support.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pack } from "tar-stream";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";

export interface TreeWriter {
  directory(path: string): void;
  link(path: string, target: string): void;
  /** @param text undefined: nobody may read it */
  file(path: string, text: string | undefined): void;
}

/** Everything below the root, directories before their content. */
export function walkTree(sysfs: Sysfs, writer: TreeWriter, path = ""): void {
  const names = sysfs.list(path);
  if (!names.ok) return;
  if (path !== "") writer.directory(path);
  for (const name of names.value) {
    const child = path === "" ? name : `${path}/${name}`;
    const target = sysfs.readlink(child);
    if (target.ok) writer.link(child, target.value);
    else if (sysfs.list(child).ok) walkTree(sysfs, writer, child);
    else {
      const text = sysfs.read(child);
      if (text.ok) writer.file(child, text.value);
      else if (text.errno === "EACCES") writer.file(child, undefined);
    }
  }
}

/** @param root a directory that is there */
export function copyToDirectory(sysfs: Sysfs, root: string): void {
  walkTree(sysfs, {
    directory: (path) => mkdirSync(join(root, path)),
    link: (path, target) => symlinkSync(target, join(root, path)),
    file: (path, text) =>
      writeFileSync(join(root, path), Buffer.from(text ?? "", "latin1"), { mode: text === undefined ? 0o200 : 0o644 }),
  });
}

export interface TarOptions {
  /** Before every name: `sys/`, `./sys/`, or nothing. */
  readonly prefix?: string;
  /** Every text is padded with zeros to this size, as tar does with the files of a live /sys. */
  readonly fill?: number;
  /** Write-only files are included. */
  readonly writeOnly?: boolean;
  /** Further files by name, each with its size. */
  readonly others?: ReadonlyMap<string, number>;
}

export async function copyToTar(sysfs: Sysfs, options: TarOptions = {}): Promise<Buffer> {
  const { prefix = "sys/", fill = 0, writeOnly = false, others = new Map() } = options;
  const tar = pack();
  for (const [name, size] of others) tar.entry({ name: `${prefix}${name}` }, Buffer.alloc(size, "x"));
  walkTree(sysfs, {
    directory: (path) => tar.entry({ name: `${prefix}${path}/`, type: "directory" }),
    link: (path, linkname) => tar.entry({ name: `${prefix}${path}`, type: "symlink", linkname }),
    file: (path, text) => {
      const bytes = Buffer.from(text ?? "", "latin1");
      const filled = Buffer.concat([bytes, Buffer.alloc(Math.max(0, fill - bytes.length))]);
      if (text !== undefined) tar.entry({ name: `${prefix}${path}`, mode: 0o444 }, filled);
      else if (writeOnly) tar.entry({ name: `${prefix}${path}`, mode: 0o200 }, Buffer.alloc(0));
    },
  });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
