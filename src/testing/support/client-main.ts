// A process that uses a mount as any tool does. The process that serves a mount must not do this itself: it would wait for its own answer.
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import type { AnswerMessage, Call, CallAnswer, CallMessage } from "./client-calls.ts";

const PAGE = Buffer.alloc(4096);
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

function readFile(path: string): string {
  const fd = openSync(path, "r");
  try {
    let text = "";
    for (let count = -1; count !== 0; ) {
      count = readSync(fd, PAGE, 0, PAGE.length, null);
      text += PAGE.toString("latin1", 0, count);
    }
    return text;
  } finally {
    closeSync(fd);
  }
}

const writeFlags = (truncate = false): number => constants.O_WRONLY | (truncate ? constants.O_TRUNC : 0);

function writeFile(path: string, value: string, truncate?: boolean): number {
  const fd = openSync(path, writeFlags(truncate));
  try {
    return writeSync(fd, bytesOf(value));
  } finally {
    closeSync(fd);
  }
}

function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "link" : "attribute";
}

function statText(stats: Stats): string {
  return `${typeOf(stats)} ${(stats.mode & 0o7777).toString(8)} ${stats.size}`;
}

/** Names below a directory; the first line is about the directory itself. */
function walk(path: string, name: string, withText: boolean): string[] {
  return readdirSync(path)
    .sort()
    .flatMap((entry) => {
      const [child, childName] = [`${path}/${entry}`, `${name}${entry}`];
      const stats = lstatSync(child);
      if (stats.isSymbolicLink()) return [`${childName} -> ${readlinkSync(child)}`];
      if (stats.isDirectory()) return [`${childName}/`, ...walk(child, `${childName}/`, withText)];
      const mode = (stats.mode & 0o7777).toString(8);
      return [
        withText ? `${childName} ${mode} ${JSON.stringify(answer(() => readFile(child)))}` : `${childName} ${mode}`,
      ];
    });
}

function carryOut(call: Call): unknown {
  switch (call.kind) {
    case "read":
      return readFile(call.path);
    case "write":
      return writeFile(call.path, call.value, call.truncate);
    case "readlink":
      return readlinkSync(call.path);
    case "list":
      return readdirSync(call.path);
    case "stat":
      return statText(lstatSync(call.path));
    case "present":
      return call.names.filter((name) => lstatSync(`${call.path}/${name}`, { throwIfNoEntry: false }) !== undefined);
    case "walk":
      return walk(call.path, "", false);
    case "readAll":
      return walk(call.path, "", true);
    case "open":
      return openSync(call.path, call.flags);
    case "readAt": {
      const bytes = Buffer.alloc(call.length);
      return bytes.toString("latin1", 0, readSync(call.fd, bytes, 0, call.length, call.offset));
    }
    case "writeAt":
      return writeSync(call.fd, bytesOf(call.value));
    case "fstat":
      return statText(fstatSync(call.fd));
    case "close":
      return closeSync(call.fd);
    case "create":
      return closeSync(openSync(call.path, "w"));
    case "mkdir":
      return mkdirSync(call.path);
    case "unlink":
      return unlinkSync(call.path);
    case "rmdir":
      return rmdirSync(call.path);
    case "symlink":
      return symlinkSync("target", call.path);
    case "truncate":
      return truncateSync(call.path, 0);
    case "rename":
      return renameSync(call.path, call.to);
    case "hardlink":
      return linkSync(call.path, call.to);
  }
}

function answer(act: () => unknown): CallAnswer {
  try {
    return { value: act() };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** The calls that may have to wait, by Node's threads. */
async function carryOutWaiting(call: Call): Promise<CallAnswer> {
  try {
    if (call.kind !== "write" && call.kind !== "read") throw new Error(`a "${call.kind}" does not wait`);
    const file = await open(call.path, call.kind === "write" ? writeFlags(call.truncate) : "r");
    try {
      if (call.kind === "read") return { value: (await file.readFile()).toString("latin1") };
      return { value: (await file.write(bytesOf(call.value))).bytesWritten };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

const send = (message: AnswerMessage): void => void process.send?.(message);

process.on("message", ({ id, call, waits }: CallMessage) => {
  if (waits) void carryOutWaiting(call).then((reply) => send({ id, answer: reply }));
  else send({ id, answer: answer(() => carryOut(call)) });
});
// The parent process is gone.
process.on("disconnect", () => process.exit());
