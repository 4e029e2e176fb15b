// One of the processes that hammer a mounted lab: writes, reads and listings without a pause, until its time is over. It keeps count
// of what each write was answered. Arguments: the mount point, a seed, milliseconds.
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync, writeSync } from "node:fs";
import { Random } from "../random.ts";
import { RandomOperations } from "../random-operations.ts";
import { type HammerReport, SIZE, writeKey } from "./hammer-report.ts";

const [sys, seed, milliseconds] = process.argv.slice(2) as [string, string, string];
const random = new Random(Number(seed));
const operations = new RandomOperations(random, SIZE);
operations.init();

const page = Buffer.alloc(4096);
const writes: Record<string, number> = {};
const errors: string[] = [];
let [reads, listings] = [0, 0];

/** Errors that a client must expect while others work on the same /sys. */
const EXPECTED = new Set([
  "ENOENT",
  "ENODEV",
  "EACCES",
  "EINVAL",
  "EBUSY",
  "EEXIST",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EIO",
]);

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code;
}

/** @returns the error's name, or nothing */
function withFile(path: string, flags: number, act: (fd: number) => void): string {
  let fd: number | undefined;
  try {
    fd = openSync(`${sys}/${path}`, flags);
    act(fd);
    return "";
  } catch (error) {
    return codeOf(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unexpected(what: string, code: string): void {
  // Only the config of a card that is not in the machine is refused with EIO.
  if (!EXPECTED.has(code) || (code === "EIO" && !what.endsWith("/config"))) errors.push(`${what}: ${code}`);
}

function write(path: string, value: string): void {
  let taken = 0;
  const code = withFile(path, constants.O_WRONLY, (fd) => {
    taken = writeSync(fd, Buffer.from(value, "latin1"));
  });
  if (code !== "") unexpected(path, code);
  const key = writeKey(path, value, code === "" ? taken : code);
  writes[key] = (writes[key] ?? 0) + 1;
}

/** Texts of which one can see whether they are complete. */
const WHOLE: Readonly<Record<string, RegExp>> = {
  "bus/ap/apmask": /^0x[0-9a-f]{64}\n$/,
  "bus/ap/aqmask": /^0x[0-9a-f]{64}\n$/,
  "bus/ap/bindings": /^\d+\/\d+( \(complete\))?\n$/,
  "bus/ap/scans": /^\d+\n$/,
};

function read(path: string): void {
  let text = "";
  const code = withFile(path, constants.O_RDONLY, (fd) => {
    text = page.toString("latin1", 0, readSync(fd, page, 0, page.length, 0));
  });
  reads++;
  if (code !== "") unexpected(path, code);
  const whole = WHOLE[path];
  if (whole && !whole.test(text)) errors.push(`${path}: ${JSON.stringify(text)}`);
}

/** A directory, and one of its names: read, or followed if it is a link. */
function look(path: string): void {
  listings++;
  try {
    const name = random.pick(readdirSync(`${sys}/${path}`));
    if (name === undefined) return;
    try {
      readlinkSync(`${sys}/${path}/${name}`);
    } catch (error) {
      const code = codeOf(error);
      if (code !== "EINVAL") unexpected(`${path}/${name}`, code);
    }
  } catch (error) {
    unexpected(path, codeOf(error));
  }
}

const PLACES = ["bus/ap/devices", "bus/mdev/devices", "bus/ap/drivers/vfio_ap", "devices/ap", "devices/vfio_ap/matrix"];
const FILES = ["bus/ap/apmask", "bus/ap/aqmask", "bus/ap/bindings", "bus/ap/scans"];

function one(): void {
  const operation = operations.next();
  const x = random.below(10);
  if (x < 5 && operation.op === "write") write(operation.path, operation.value);
  else if (x < 6 && operation.op === "scan") write("bus/ap/scans", "1");
  else if (x < 8) read(random.pick(FILES));
  else if (x < 9 && operation.op === "write") read(operation.path.replace(/\/[^/]*$/, "/matrix"));
  else look(random.pick(PLACES));
}

const end = Date.now() + Number(milliseconds);
while (Date.now() < end && errors.length < 10) for (let n = 0; n < 20; n++) one();
process.send?.({ writes, reads, listings, errors } satisfies HammerReport, () => process.exit(0));
