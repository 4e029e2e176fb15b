// Opening a file that others may have prepared: at once, whatever lies there, and only a regular file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { STRANGER, strangerSkip } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { openRegular, ownUid, readRegular } from "./safe-open.ts";

const directory = freshDirectory(temporaryDirectory());
const LIMIT = 100;
const at = (name: string): string => join(directory, name);
const refuses = (name: string, why: RegExp, expected = {}): void =>
  assert.throws(() => readRegular(at(name), LIMIT, expected), why);

function needsLog(): string | false {
  try {
    closeSync(openSync("/proc/kmsg", "r"));
    return false;
  } catch {
    return "the kernel's log may not be read";
  }
}

describe("reading a small file", () => {
  it("gives what it holds, up to the limit", () => {
    writeFileSync(at("full"), "x".repeat(LIMIT));
    assert.equal(readRegular(at("full"), LIMIT).toString(), "x".repeat(LIMIT));
    writeFileSync(at("longer"), "x".repeat(LIMIT + 1));
    refuses("longer", /^Error: is longer than 100 bytes$/);
  });

  it("is refused at once where a pipe, device, directory, socket or link lies", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    refuses("pipe", /^Error: is a named pipe, not a regular file$/);
    mkdirSync(at("directory"));
    refuses("directory", /^Error: is a directory, not a regular file$/);
    for (const target of ["/dev/zero", "/dev/tty", "full", "nowhere"]) {
      symlinkSync(target, at("link"));
      refuses("link", /^Error: is a link, not a regular file$/);
      execFileSync("rm", [at("link")]);
    }
    assert.throws(() => readRegular("/dev/zero", LIMIT), /^Error: is a device, not a regular file$/);
    const server = createServer().listen(at("socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    refuses("socket", /^Error: is a socket, not a regular file$/);
    server.close();
  });

  it("follows a link where it is told to, and looks at what it leads to", () => {
    symlinkSync("full", at("named"));
    assert.equal(readRegular(at("named"), LIMIT, { isFollowed: true }).length, LIMIT);
    symlinkSync("/dev/zero", at("zero"));
    refuses("zero", /^Error: is a device, not a regular file$/, { isFollowed: true });
  });

  it("does not read more than the limit of a file that has no end", () => {
    writeFileSync(at("sparse"), "");
    truncateSync(at("sparse"), 20 * 2 ** 30);
    refuses("sparse", /^Error: is longer than 100 bytes$/);
  });

  it("is not waited for where it has no end, as the kernel's log", { skip: needsLog() }, () => {
    assert.throws(() => readRegular("/proc/kmsg", 1 << 26), /has no end|is longer than/);
  });

  it("is refused where it is not the user's own and has to be", { skip: strangerSkip() }, () => {
    writeFileSync(at("theirs"), "x");
    chownSync(at("theirs"), STRANGER, STRANGER);
    refuses("theirs", /^Error: belongs to another user \(54321\)$/, { uid: ownUid() });
    assert.equal(readRegular(at("theirs"), LIMIT).toString(), "x");
  });

  it("says what the file system says of one that is not there", () => {
    assert.throws(() => openRegular(at("nothing"), constants.O_RDONLY), { code: "ENOENT" });
  });
});
