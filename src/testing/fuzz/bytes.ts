// Readers of bytes: tars that strangers have made, and requests as the kernel writes them to /dev/fuse.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { UnsafeError } from "../../guards/safe-open.ts";
import { writtenAs } from "../../lab/written-as.ts";
import { TarParser } from "../../sources/tar-parser.ts";
import { tarSource } from "../../sources/tar-source.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { rootDirectory } from "../../system/sysfs/root.ts";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { hostNamed } from "../support/hosts.ts";
import { checkSource, type Target } from "./target.ts";

const BLOCK = 512;

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly size: string;
  readonly target: string;
  readonly content: string;
  /** Bytes of the header that are other ones, and whether its sum is made anew after that. */
  readonly noise: readonly (readonly [at: number, byte: number])[];
  readonly sums: boolean;
  readonly magic: string;
}

/** A header and its content, as tar writes them. */
function entryBytes({ name, type, size, target, content, noise, sums, magic }: Entry): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, "latin1");
  header.write("0000644\0", 100);
  header.write(size === "" ? content.length.toString(8).padStart(11, "0") : size, 124, 12, "latin1");
  header.write(type, 156, 1, "latin1");
  header.write(target, 157, 100, "latin1");
  header.write(magic, 257, "latin1");
  for (const [at, byte] of noise) header[at] = byte;
  if (sums) {
    header.fill(" ", 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
      "latin1",
    );
  }
  const body = Buffer.alloc(Math.ceil(content.length / BLOCK) * BLOCK);
  body.write(content, "latin1");
  return Buffer.concat([header, body]);
}

const NAMES = [
  "sys/bus/ap/",
  "sys/bus/ap/apmask",
  "sys/bus/ap/devices/card04",
  "./sys/bus/ap/devices/04.0047",
  "sys/devices/ap/card04/04.0047/config",
  "sys/devices/vfio_ap/matrix/x/matrix",
  "../../sys/bus/ap/aqmask",
  "sys/bus/ap/__proto__/constructor",
  "sys//bus/./ap/apmask",
  `sys/bus/ap/${"d/".repeat(45)}`,
];
const PAX = [
  "path=sys/bus/ap/apmask",
  "linkpath=../x",
  "size=-5",
  "size=1e3",
  "size=99999999999",
  "size=",
  "size=0x10",
  "=",
];
const paxText = (records: readonly string[]): string =>
  records.map((record) => `${record.length + 4 + (record.length > 95 ? 1 : 0)} ${record}\n`).join("");

const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 120, unit: "binary-ascii" })),
  type: fc.constantFrom(..."0025xxgLK17346SVMA\0"),
  size: fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    fc.constantFrom("-10", "77777777777", "9", "1e9", "\xff".repeat(12), "\x80".padEnd(12, "\0")),
  ),
  target: fc.constantFrom("", "../../devices/ap/card04", "/sys/bus/ap", "/etc/passwd", ".", "a".repeat(100)),
  content: fc.oneof(
    fc.constantFrom("", `0x${"f".repeat(64)}\n`, "4\n", "x".repeat(600)),
    fc.array(fc.constantFrom(...PAX), { maxLength: 3 }).map(paxText),
    fc.string({ maxLength: 80, unit: "binary-ascii" }),
  ),
  noise: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(fc.tuple(fc.nat(BLOCK - 1), fc.nat(255)), { maxLength: 3 }),
  ),
  sums: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.boolean()),
  magic: fc.constantFrom("ustar\u000000", "ustar  \0", "ustar", ""),
});

const tar = fc
  .array(entry, { maxLength: 6 })
  .map((entries) => Buffer.concat([...entries.map(entryBytes), Buffer.alloc(2 * BLOCK)]));
const chunk = fc.noBias(fc.integer({ min: 1, max: 2000 }));

/** A source is asked for by a file's name: one tar in so many goes the whole way. */
const WHOLE = 32;
let directory: string | undefined;

const TAR: Target<readonly [Buffer, number]> = {
  name: "tar",
  share: 6,
  inputs: fc.tuple(tar, chunk),
  async check([bytes, size]) {
    let kept = 0;
    const parser = new TarParser({
      wants: ({ size: length }) => length <= BLOCK * 2,
      take: (_, content) => {
        kept += content.length;
      },
    });
    try {
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
    } catch (error) {
      if (!(error instanceof UnsafeError)) throw error;
    }
    assert.ok(kept <= bytes.length, "more is taken than there is");
    if (size % WHOLE !== 0) return;
    directory ??= mkdtempSync(join(tmpdir(), "apmatrix-fuzz-"));
    const file = join(directory, "x.tar");
    writeFileSync(file, bytes);
    const source = await tarSource(file, bytes.subarray(0, BLOCK), undefined);
    checkSource(source);
    if (source.ok) observeHost(source.value.sysfs);
  },
  show: ([bytes, size]) => `${bytes.toString("base64")} in pieces of ${size}`,
  end: () => directory && rmSync(directory, { recursive: true, force: true }),
};

const HOST = hostNamed("kernel-doc-guests");
const OPCODES = [
  1, 1, 1, 2, 3, 4, 5, 6, 14, 14, 15, 15, 16, 16, 17, 18, 26, 27, 28, 28, 29, 36, 40, 42, 35, 8, 9, 10, 11, 12, 13, 20,
  25, 30, 34, 44, 45, 48,
];
const FILES = [
  "bus",
  "ap",
  "apmask",
  "aqmask",
  "devices",
  "drivers",
  "vfio_ap",
  "bind",
  "unbind",
  "04.0004",
  "card04",
  "scans",
  "x",
  "..",
  "",
];
const VALUES = ["0xff\n", "04.0004\n", "+1,-2", "x".repeat(5000), "\0", "1\n", "4\n"];

const word = fc.oneof(fc.nat(40), fc.constantFrom(0, 1, 2, 4095, 4096, 131072, 0x7fffffff, 0x80000000, 0xffffffff));
const body = fc.oneof(
  fc.constantFrom(...FILES).map((name) => Buffer.from(`${name}\0`, "latin1")),
  fc
    .tuple(fc.nat(30), word, fc.constantFrom(...VALUES))
    .map(([handle, offset, value]) => writeBody(handle, offset, value)),
  fc
    .tuple(fc.nat(30), fc.nat(8), fc.constantFrom(0, 1, 100, 4096))
    .map(([handle, offset, size]) => words([handle, 0, offset, 0, size, 0, 0, 0, 0, 0])),
  fc.array(word, { maxLength: 14 }).map(words),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, at * 4);
  return bytes;
}

const writeBody = (handle: number, offset: number, value: string): Buffer =>
  Buffer.concat([words([handle, 0, offset, 0, value.length, 0, 0, 0, 0, 0]), Buffer.from(value, "latin1")]);

interface FuseRequest {
  readonly opcode: number;
  readonly node: number;
  readonly body: Buffer;
  /** The length that the header says, if it is not the right one. */
  readonly length: number | undefined;
}

const request: fc.Arbitrary<FuseRequest> = fc.record({
  opcode: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...OPCODES) }, word),
  node: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 25 }) }, word),
  body,
  length: fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, word),
});

/** That one server gets. */
const MOST_REQUESTS = 200;

const isTooShort = (bug: unknown): boolean =>
  bug instanceof RangeError && /body of a request is too short/.test(bug.message);

const FUSE: Target<readonly FuseRequest[]> = {
  name: "FUSE request",
  share: 500,
  inputs: fc.array(request, { minLength: 1, maxLength: MOST_REQUESTS, size: "max" }),
  count: (requests) => requests.length,
  check(requests) {
    const player = new Player(DEFAULT_PROFILE);
    for (const [at, operation] of HOST.entries()) player.apply(operation, at + 1);
    let operations = HOST.length;
    const kernel = new FakeKernel(rootDirectory(player.host), {
      write: (path, value) => writtenAs(player.apply({ op: "write", path, value }, ++operations), value),
    });
    kernel.init();
    for (const { opcode, node, body: bytes, length } of requests) {
      const header = words([length ?? 40 + bytes.length, opcode, 7, 0, node, 0, 0, 0, 1, 0]);
      kernel.server.receive(Buffer.concat([header, bytes]));
    }
    // What is malformed is answered with EIO and told; it is the kernel's fault then.
    const bugs = kernel.bugs.filter((bug) => !isTooShort(bug));
    if (bugs.length > 0) throw bugs[0];
    assert.equal(kernel.lookUp(1n, "bus").mode & 0o777, 0o755);
  },
  show: (requests) =>
    requests
      .map(({ opcode, node, body: bytes, length }) => `${opcode} ${node} ${length ?? ""} ${bytes.toString("latin1")}`)
      .map((line) => JSON.stringify(line))
      .join("\n"),
};

export const BYTES: readonly (Target<readonly [Buffer, number]> | Target<readonly FuseRequest[]>)[] = [TAR, FUSE];
