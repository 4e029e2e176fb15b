// The way to a file through what other users have put into a directory for all.
import assert from "node:assert/strict";
import { chmodSync, existsSync, lchownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { STRANGER, strangerSkip } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { makeDirectories } from "./trusted-path.ts";
import { readInput, writeOutput } from "./user-files.ts";

const parent = temporaryDirectory();
const skip = strangerSkip();

describe("a link on the way to a file", () => {
  let shared = "";
  let own = "";
  beforeEach(() => {
    shared = freshDirectory(parent, "shared");
    chmodSync(shared, 0o1777);
    own = freshDirectory(parent, "own");
    mkdirSync(join(own, "below"));
    writeFileSync(join(own, "below", "file"), "old");
  });
  const link = (name: string, target: string, uid = process.getuid?.() ?? 0): string => {
    const path = join(shared, name);
    symlinkSync(target, path);
    if (uid !== process.getuid?.()) lchownSync(path, uid, uid);
    return path;
  };

  it("is followed where it is one's own, through several, relative ones and ..", () => {
    link("first", own);
    link("second", "./first/below/../below");
    writeOutput(join(shared, "second", "file"), "new");
    assert.equal(readFileSync(join(own, "below", "file"), "utf8"), "new");
    assert.equal(readInput(join(shared, "first", "below", "file")).toString(), "new");
    writeOutput(join(shared, "second", "fresh"), "x");
    makeDirectories(join(shared, "second", "a", "b"));
    assert.ok(existsSync(join(own, "below", "a", "b")));
  });

  it("is not followed where it is another user's, wherever it stands in the path", { skip }, () => {
    link("evil", own, STRANGER);
    link("through", "evil/below");
    for (const way of ["evil/below", "through"]) {
      const says = /^Error: (?:is|goes through) a link of user 54321, in a directory where others may write$/;
      assert.throws(() => writeOutput(join(shared, way, "file"), "new"), says);
      assert.throws(() => writeOutput(join(shared, way, "fresh"), "new"), says);
      assert.throws(() => readInput(join(shared, way, "file")), says);
      assert.throws(() => makeDirectories(join(shared, way, "made")), says);
    }
    assert.equal(readFileSync(join(own, "below", "file"), "utf8"), "old");
    assert.equal(existsSync(join(own, "below", "fresh")), false);
    assert.equal(existsSync(join(own, "below", "made")), false);
    assert.throws(() => readInput(link("last", join(own, "below", "file"), STRANGER)), /is a link of user 54321/);
  });

  it("is followed in a directory where only its owner may write", { skip }, () => {
    chmodSync(shared, 0o755);
    lchownSync(shared, STRANGER, STRANGER);
    assert.equal(readInput(join(link("theirs", own, STRANGER), "below", "file")).toString(), "old");
  });

  it("that leads in a circle, or nowhere, is told by the name that the user knows", () => {
    link("loop", "loop");
    assert.throws(() => readInput(join(shared, "loop")), { code: "ELOOP" });
    assert.throws(() => readInput(join(shared, "none", "x")), {
      code: "ENOENT",
      message: `ENOENT: no such file or directory, open '${join(shared, "none", "x")}'`,
    });
    assert.throws(() => readInput(join(own, "below", "file", "x")), { code: "ENOTDIR" });
  });
});
