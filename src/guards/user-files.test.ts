// Files that a user names: what is read has limits, and what is written goes where nobody else decides.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, lchownSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { LONGEST_TEXT, MOST_LINES } from "../system/ap/limits.ts";
import { STRANGER, strangerSkip } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { decodedText, readInput, unpack, writeOutput } from "./user-files.ts";

const parent = temporaryDirectory();
const needsRoot = strangerSkip();

describe("a file to read", () => {
  it("may be the target of a link, and is not a pipe or device", () => {
    const directory = freshDirectory(parent);
    writeFileSync(join(directory, "text"), "x");
    symlinkSync("text", join(directory, "link"));
    assert.equal(readInput(join(directory, "link")).toString(), "x");
    execFileSync("mkfifo", [join(directory, "pipe")]);
    assert.throws(() => readInput(join(directory, "pipe")), /^Error: is a named pipe, not a regular file$/);
    assert.throws(() => readInput("/dev/zero"), /^Error: is a device, not a regular file$/);
  });

  it("may be what the process was started with: a pipe of the shell's, or standard input", () => {
    const module = new URL("./user-files.js", import.meta.url).href;
    const read = `import("${module}").then(({ readInput }) => console.log(readInput(process.argv[1]).toString()))`;
    const script = `"$0" -e "$1" /dev/fd/3 3< <(echo three); echo zero | "$0" -e "$1" /dev/stdin`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script, process.execPath, read], { encoding: "utf8" });
    assert.equal(stdout, "three\n\nzero\n\n", stderr);
  });

  it("is refused by its size before it is read, and while it is unpacked", () => {
    const path = join(freshDirectory(parent), "large");
    writeFileSync(path, "");
    truncateSync(path, LONGEST_TEXT + 1);
    assert.throws(() => readInput(path), /^Error: is longer than \d+ bytes, the most that is read$/);
    const packed = gzipSync(Buffer.alloc(LONGEST_TEXT + 1));
    assert.throws(() => unpack(packed), /^Error: is longer than \d+ bytes, the most that is read$/);
    assert.equal(unpack(gzipSync("x")).toString(), "x");
    assert.throws(() => unpack(Buffer.from("no gzip")), { code: "Z_DATA_ERROR" });
    assert.throws(() => decodedText(Buffer.alloc(MOST_LINES + 1, "\n")), /^Error: has more than \d+ lines/);
  });
});

describe("the text of a file", () => {
  it("has no byte order mark", () => {
    assert.equal(decodedText(Buffer.from("\ufeffcards: []\n")), "cards: []\n");
    assert.equal(decodedText(Buffer.from("a\ufeff")), "a\ufeff");
    assert.equal(decodedText(Buffer.from("")), "");
  });

  const refused = [
    ["UTF-16", Buffer.from("\ufeffcards: []", "utf16le")],
    ["UTF-16", Buffer.from("\ufeffcards: []", "utf16le").swap16()],
    ["UTF-16LE", Buffer.from("{}", "utf16le")],
    ["UTF-16BE", Buffer.from("<domain>", "utf16le").swap16()],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
    ["UTF-32", Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x61])],
  ] as const;
  for (const [name, bytes] of refused)
    it(`is refused in ${name}: ${bytes.subarray(0, 4).toString("hex")}`, () => {
      const expected = `is ${name} text, and UTF-8 is read: convert it with iconv -f ${name} -t UTF-8`;
      assert.throws(() => decodedText(bytes), { message: expected });
    });
});

describe("a file to write", () => {
  it("is made, or replaced, also through a link of the user's own", () => {
    const directory = freshDirectory(parent);
    const path = join(directory, "out");
    writeOutput(path, "longer\n");
    writeOutput(path, "new\n");
    symlinkSync("out", join(directory, "link"));
    writeOutput(join(directory, "link"), "by a link\n");
    assert.equal(readFileSync(path, "utf8"), "by a link\n");
    symlinkSync("fresh", join(directory, "dangling"));
    writeOutput(join(directory, "dangling"), "made\n");
    assert.equal(readFileSync(join(directory, "fresh"), "utf8"), "made\n");
    writeOutput("/dev/null", "x");
  });

  it("is not a named pipe, which would wait for a reader", () => {
    const pipe = join(freshDirectory(parent), "pipe");
    execFileSync("mkfifo", [pipe]);
    assert.throws(() => writeOutput(pipe, "x"), /^Error: is a named pipe, not a regular file$/);
  });

  it("is not a file that another user has put into a directory for all", { skip: needsRoot }, () => {
    for (const mode of [0o1777, 0o777]) {
      const directory = freshDirectory(parent);
      const secret = join(freshDirectory(parent), "secret");
      writeFileSync(secret, "secret\n");
      chmodSync(directory, mode);
      symlinkSync(secret, join(directory, "link"));
      writeFileSync(join(directory, "file"), "theirs\n");
      for (const name of ["link", "file"]) {
        lchownSync(join(directory, name), STRANGER, STRANGER);
        assert.throws(
          () => writeOutput(join(directory, name), "x"),
          /of user 54321, in a directory where others may write$/,
        );
      }
      assert.equal(readFileSync(secret, "utf8"), "secret\n");
      assert.equal(readFileSync(join(directory, "file"), "utf8"), "theirs\n");
    }
  });

  it("is a file of the user who has the directory, as for sudo in one's home", { skip: needsRoot }, () => {
    const home = freshDirectory(parent);
    chmodSync(home, 0o775);
    writeFileSync(join(home, "plan"), "old\n");
    for (const path of [home, join(home, "plan")]) lchownSync(path, STRANGER, STRANGER);
    writeOutput(join(home, "plan"), "new\n");
    assert.equal(readFileSync(join(home, "plan"), "utf8"), "new\n");
  });
});
