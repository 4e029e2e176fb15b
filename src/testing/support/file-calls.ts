// A program that makes calls on files of a /sys which change nothing there, and prints what each is answered, for a comparison with
// another /sys: `node file-calls.js ROOT FILES`, where FILES is a JSON object with paths below the root.

import * as fs from "node:fs";
import { constants, lstatSync } from "node:fs";
import { dirname, join } from "node:path";

export interface CalledFiles {
  /** Modes 0644, 0444 and 0200. */
  readonly both: string;
  readonly read: string;
  readonly write: string;
  readonly directory: string;
  readonly link: string;
}

const FLAGS: Readonly<Record<string, number>> = {
  O_RDONLY: constants.O_RDONLY,
  O_WRONLY: constants.O_WRONLY,
  O_RDWR: constants.O_RDWR,
  "both bits": 3,
  O_TRUNC: constants.O_WRONLY | constants.O_TRUNC,
  O_APPEND: constants.O_WRONLY | constants.O_APPEND,
  O_CREAT: constants.O_WRONLY | constants.O_CREAT,
  O_EXCL: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  O_DIRECTORY: constants.O_DIRECTORY,
  O_NOFOLLOW: constants.O_NOFOLLOW,
  "O_DIRECT to read": constants.O_DIRECT,
  "O_DIRECT to write": constants.O_WRONLY | constants.O_DIRECT,
  O_SYNC: constants.O_RDWR | constants.O_SYNC,
};

const [root = "", files = "{}"] = process.argv.slice(2);
const answers: Record<string, string> = {};
const call = (name: string, act: () => unknown): void => {
  try {
    answers[name] = JSON.stringify(act()) ?? "done";
  } catch (error) {
    answers[name] = (error as NodeJS.ErrnoException).code ?? String(error);
  }
};
const opened = <T>(path: string, flags: number, act: (fd: number) => T): T => {
  const fd = fs.openSync(path, flags);
  try {
    return act(fd);
  } finally {
    fs.closeSync(fd);
  }
};

for (const [kind, below] of Object.entries(JSON.parse(files) as CalledFiles)) {
  const path = join(root, below as string);
  const beside = (name: string): string => join(dirname(path), name);
  for (const [name, flags] of Object.entries(FLAGS))
    call(`open ${kind} ${name}`, () => opened(path, flags, () => "done"));
  for (const mode of [0, 1, 2, 4]) call(`access ${kind} ${mode}`, () => fs.accessSync(path, mode));
  for (const size of [0, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 40])
    call(`truncate ${kind} ${size}`, () => fs.truncateSync(path, size));
  for (const at of [1000, 4096, 2 ** 31 - 1]) {
    const read = (fd: number): number => fs.readSync(fd, Buffer.alloc(10), 0, 10, at);
    call(`read ${kind} at ${at}`, () => opened(path, constants.O_RDONLY, read));
  }
  call(`fsync ${kind}`, () => opened(path, constants.O_RDONLY, fs.fsyncSync));
  call(`fdatasync ${kind}`, () => opened(path, constants.O_RDONLY, fs.fdatasyncSync));
  call(`readlink ${kind}`, () => fs.readlinkSync(path).length > 0);
  call(`list ${kind}`, () => fs.readdirSync(path).length > 0);
  call(`stat ${kind}`, () => [fs.statSync(path).mode, fs.statSync(path).size, fs.statSync(path).blocks]);
  call(`lstat ${kind}`, () => [lstatSync(path).mode, lstatSync(path).size, lstatSync(path).blksize]);
  call(`statfs ${kind}`, () => [fs.statfsSync(path).bsize, fs.statfsSync(path).blocks, fs.statfsSync(path).files]);
  call(`mkdir ${kind}`, () => fs.mkdirSync(path));
  call(`symlink ${kind}`, () => fs.symlinkSync("x", path));
  call(`unlink ${kind}`, () => fs.unlinkSync(path));
  call(`rmdir ${kind}`, () => fs.rmdirSync(path));
  call(`link ${kind}`, () => fs.linkSync(path, beside("new")));
  call(`rename ${kind}`, () => fs.renameSync(path, beside("new")));
  call(`rename ${kind} to itself`, () => fs.renameSync(path, path));
  call(`rename ${kind} away`, () => fs.renameSync(path, "/tmp/new"));
  call(`clone ${kind}`, () => fs.copyFileSync(path, beside("new")));
  for (const [end, what] of Object.entries({ "/": "slash", "/.": "dot", "/..": "dots", "/x": "name", "//": "slashes" }))
    call(`${kind} and ${what}`, () => fs.statSync(path + end).isDirectory());
}
const { directory } = JSON.parse(files) as CalledFiles;
const names = {
  short: "new",
  "255": "n".repeat(255),
  "256": "n".repeat(256),
  "4096": "n".repeat(4096),
  blank: " ",
  bytes: "\xff",
};
for (const [what, name] of Object.entries(names)) {
  const path = join(root, directory, name);
  call(`make a file: ${what}`, () => fs.openSync(path, constants.O_WRONLY | constants.O_CREAT));
  call(`make a file anew: ${what}`, () => fs.openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL));
  call(`make a directory: ${what}`, () => fs.mkdirSync(path));
  call(`make a link: ${what}`, () => fs.symlinkSync("x", path));
  call(`look: ${what}`, () => fs.statSync(path));
  call(`remove: ${what}`, () => fs.unlinkSync(path));
  call(`rename: ${what}`, () => fs.renameSync(path, `${path}x`));
  call(`chmod: ${what}`, () => fs.chmodSync(path, 0));
}
console.log(JSON.stringify(answers));
