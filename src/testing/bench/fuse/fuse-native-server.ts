// A very small tree, served by fuse-native as well as it can: long lifetimes, direct I/O. Arguments: its module, the mount point.
import { createRequire } from "node:module";
import { ATTRIBUTE, LARGE } from "./fuse-native-names.ts";

const [modulePath, directory] = process.argv.slice(2) as [string, string];

type Done = (code: number, value?: unknown) => void;
type FuseConstructor = new (
  directory: string,
  handlers: object,
  options: object,
) => { mount(done: (error?: Error) => void): void };

const NAMES = Array.from({ length: 65_792 }, (_, n) => `${n}`);
const TEXT = Buffer.from("1\n");
const FILE = 0o100644;
const FOLDER = 0o40755;

const stat = (mode: number) => ({
  ...{ mtime: new Date(0), atime: new Date(0), ctime: new Date(0) },
  ...{ nlink: 1, size: 4096, mode, uid: 0, gid: 0 },
});
const isFolder = (path: string): boolean => path === LARGE || path === "/" || ATTRIBUTE.startsWith(`${path}/`);

const handlers = {
  getattr(path: string, done: Done) {
    if (isFolder(path)) return done(0, stat(FOLDER));
    return path === ATTRIBUTE || path.startsWith(`${LARGE}/`) ? done(0, stat(FILE)) : done(-2);
  },
  readdir: (path: string, done: Done) => done(0, path === LARGE ? NAMES : []),
  open: (_path: string, _flags: number, done: Done) => done(0, 42),
  read(_path: string, _fd: number, buffer: Buffer, length: number, position: number, done: (count: number) => void) {
    const part = TEXT.subarray(position, position + length);
    part.copy(buffer);
    done(part.length);
  },
  write: (_path: string, _fd: number, _buffer: Buffer, length: number, _at: number, done: (count: number) => void) =>
    done(length),
  release: (_path: string, _fd: number, done: Done) => done(0),
};

const Fuse = createRequire(import.meta.url)(modulePath) as FuseConstructor;
// It has no option for direct I/O; without it what it serves is stale or wrong. This is the only way to set it.
const options = { force: true, fsname: "bench,direct_io", attrTimeout: 3600, entryTimeout: 3600 };
new Fuse(directory, handlers, options).mount((error) => {
  if (error) throw error;
  process.send?.("mounted");
});
