// Journals in directories that somebody else has prepared: nothing of theirs is followed, waited for or written to.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { STRANGER, strangerSkip } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { Lab } from "./lab.ts";

const parent = temporaryDirectory();
const needsRoot = strangerSkip();

/** What is said of a journal's directory; a file next to it stays as it is. */
function refusal(prepare: (directory: string, secret: string) => void): string {
  const base = freshDirectory(parent);
  const [directory, secret] = [join(base, "journal"), join(base, "secret")];
  mkdirSync(directory, { mode: 0o755 });
  writeFileSync(secret, "secret\n");
  prepare(directory, secret);
  try {
    new Lab({ name: "lab", profile: DEFAULT_PROFILE, beginning: hostNamed("kernel-doc"), journal: directory }).close();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(readFileSync(secret, "utf8"), "secret\n");
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return assert.fail("it was opened");
}

describe("a journal", () => {
  for (const name of ["lock", "journal.jsonl"]) {
    it(`whose file ${name} is a link, a second name, a pipe or a directory is refused`, () => {
      const at = (directory: string): string => join(directory, name);
      assert.match(
        refusal((directory, secret) => symlinkSync(secret, at(directory))),
        /: is a link, not a regular file/,
      );
      assert.match(
        refusal((directory, secret) => linkSync(secret, at(directory))),
        /: has a second name somewhere/,
      );
      assert.match(
        refusal((directory) => execFileSync("mkfifo", [at(directory)])),
        /: is a named pipe, not a regular/,
      );
      assert.match(
        refusal((directory) => mkdirSync(at(directory))),
        /: is a directory, not a regular file/,
      );
      assert.match(
        refusal((directory) => symlinkSync("/dev/zero", at(directory))),
        /: is a link, not a regular file/,
      );
    });
  }

  it("is refused if its lock holds anything but a number, or it is too long to be read", () => {
    assert.match(
      refusal((directory) => writeFileSync(join(directory, "lock"), "x\n")),
      /lock in it is not a lock of a/,
    );
    assert.match(
      refusal((directory) => {
        writeFileSync(join(directory, "journal.jsonl"), "");
        truncateSync(join(directory, "journal.jsonl"), 2 ** 40);
      }),
      /cannot be read: is longer than \d+ bytes; move it away to begin a new one$/,
    );
  });

  it("is refused in a directory that others may write, or that is another user's", { skip: needsRoot }, () => {
    assert.match(
      refusal((directory) => chmodSync(directory, 0o1777)),
      /: can be written by other users$/,
    );
    assert.match(
      refusal((directory) => lchownSync(directory, STRANGER, STRANGER)),
      /: belongs to another user \(54321\)$/,
    );
    assert.match(
      refusal((directory) => {
        execFileSync("mv", [directory, `${directory}.real`]);
        symlinkSync(`${directory}.real`, directory);
        lchownSync(directory, STRANGER, STRANGER);
      }),
      /: is a link of another user \(54321\)$/,
    );
  });
});
