// The process that is timed: the same few system calls again and again, on the file that it is told.
import { closeSync, lstatSync, openSync, readdirSync, readSync, writeSync } from "node:fs";

export type Work = "read" | "write" | "list" | "look";

export interface Order {
  readonly work: Work;
  readonly path: string;
  readonly count: number;
}

const page = Buffer.alloc(4096);
const value = Buffer.from("30\n");

const WORKS: Readonly<Record<Work, (path: string) => void>> = {
  /** Open, read, close. */
  read(path) {
    const fd = openSync(path, "r");
    readSync(fd, page, 0, page.length, 0);
    closeSync(fd);
  },
  write(path) {
    const fd = openSync(path, "r+");
    writeSync(fd, value);
    closeSync(fd);
  },
  list(path) {
    readdirSync(path);
  },
  /** List, and look at every entry. */
  look(path) {
    for (const name of readdirSync(path)) lstatSync(`${path}/${name}`);
  },
};

process.on("message", ({ work, path, count }: Order) => {
  const microseconds: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = process.hrtime.bigint();
    WORKS[work](path);
    microseconds.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  process.send?.(microseconds);
});
process.on("disconnect", () => process.exit());
