// Files that change together: all, or none, and nothing is left beside them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { replaceFiles, UnwritableError } from "./replace-files.ts";

const parent = temporaryDirectory();

describe("files that change together", () => {
  it("are made, replaced and removed, with the directories that they need", () => {
    const root = freshDirectory(parent);
    writeFileSync(join(root, "old"), "old");
    writeFileSync(join(root, "gone"), "gone");
    replaceFiles(root, [
      { path: "etc/a/new", text: "new" },
      { path: "old", text: "newer" },
      { path: "gone", text: undefined },
      { path: "never", text: undefined },
    ]);
    assert.deepEqual(readdirSync(root).sort(), ["etc", "old"]);
    assert.deepEqual(readdirSync(join(root, "etc", "a")), ["new"]);
    assert.equal(readFileSync(join(root, "old"), "utf8"), "newer");
  });

  it("stay as they were if one of them cannot be changed", () => {
    const root = freshDirectory(parent);
    writeFileSync(join(root, "one"), "one");
    writeFileSync(join(root, "file"), "");
    const changes = [
      { path: "one", text: "other" },
      { path: "made/two", text: "two" },
      { path: "file/three", text: "three" },
    ];
    assert.throws(() => replaceFiles(root, changes), UnwritableError);
    assert.deepEqual(readdirSync(root).sort(), ["file", "one"]);
    assert.equal(readFileSync(join(root, "one"), "utf8"), "one");
  });

  it("come back if a later one cannot be put in its place", () => {
    const root = freshDirectory(parent);
    writeFileSync(join(root, "one"), "one");
    // The same place twice: the second cannot keep what was there beside it.
    mkdirSync(join(root, "d"));
    writeFileSync(join(root, "d", `.apmatrix-${process.pid}-1.old`), "in the way");
    writeFileSync(join(root, "d", "two"), "two");
    const changes = [
      { path: "one", text: "other" },
      { path: "d/two", text: "other" },
    ];
    assert.throws(() => replaceFiles(root, changes), UnwritableError);
    assert.equal(readFileSync(join(root, "one"), "utf8"), "one");
    assert.equal(readFileSync(join(root, "d", "two"), "utf8"), "two");
    assert.deepEqual(readdirSync(root).sort(), ["d", "one"]);
  });

  it("are neither links nor behind links that lead out of the root", () => {
    const [root, outside] = [freshDirectory(parent), freshDirectory(parent)];
    symlinkSync(join(outside, "file"), join(root, "link"));
    symlinkSync(outside, join(root, "directory"));
    assert.throws(() => replaceFiles(root, [{ path: "link", text: "" }]), /link is a link, not a regular file$/);
    assert.throws(() => replaceFiles(root, [{ path: "directory/a/b", text: "" }]), / leads out of /);
    assert.equal(existsSync(join(outside, "a")), false);
  });
});
