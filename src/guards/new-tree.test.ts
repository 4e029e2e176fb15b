// A tree of new files: below its directory, with the modes that are asked for, and all of it or none.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { type NewEntry, writeNewTree } from "./new-tree.ts";
import { UnsafeError } from "./safe-open.ts";

const parent = temporaryDirectory();
const file = (path: string, mode = 0o644, text = "x"): NewEntry => ({ kind: "file", path, mode, text });
const directory = (path: string): NewEntry => ({ kind: "directory", path });
const link = (path: string, target: string): NewEntry => ({ kind: "link", path, target });
const place = (): string => join(freshDirectory(parent), "tree");
const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;

describe("a new tree", () => {
  it("has directories, files of any mode and links, whatever the umask is", () => {
    const root = place();
    const before = process.umask(0o077);
    try {
      const entries = [file("a", 0o444, "a\xff\n"), directory("d"), file("d/w", 0o200, ""), link("d/l", "../a")];
      writeNewTree(root, entries);
    } finally {
      process.umask(before);
    }
    assert.deepEqual(readFileSync(join(root, "a")), Buffer.from([0x61, 0xff, 0x0a]));
    assert.deepEqual(
      [".", "a", "d", "d/w"].map((path) => modeOf(join(root, path))),
      [0o755, 0o444, 0o755, 0o200],
    );
    assert.equal(readlinkSync(join(root, "d/l")), "../a");
  });

  it("may be made in an empty directory of the user's own, and in no other", () => {
    const empty = freshDirectory(parent);
    writeNewTree(empty, [file("a")]);
    assert.throws(() => writeNewTree(empty, [file("b")]), /is not empty/);
    assert.deepEqual(readdirSync(empty), ["a"]);
    const open = freshDirectory(parent);
    chmodSync(open, 0o777);
    assert.throws(() => writeNewTree(open, [file("a")]), /can be written by other users/);
    const taken = place();
    writeFileSync(taken, "mine");
    assert.throws(() => writeNewTree(taken, [file("a")]), UnsafeError);
    assert.equal(readFileSync(taken, "utf8"), "mine");
  });

  for (const path of ["../out", "/out", "d/../../out", "", ".", "d//x", "a\0b", "d/."]) {
    it(`holds no path that is not plain: ${JSON.stringify(path)}`, () => {
      const root = place();
      assert.throws(() => writeNewTree(root, [directory("d"), file(path)]), /no plain path/);
      assert.ok(!existsSync(root), "nothing was made");
      assert.ok(!existsSync(join(root, "../out")));
    });
  }

  it("does not go through a link that it holds itself", () => {
    const root = place();
    const outside = freshDirectory(parent);
    for (const through of [file("l/x"), directory("l/x"), link("l/x", "y")])
      assert.throws(() => writeNewTree(root, [link("l", outside), through]), /in no directory of the tree/);
    // Nor where a directory has the name of a link.
    assert.throws(() => writeNewTree(root, [link("l", outside), directory("l"), file("l/x")]), { code: "EEXIST" });
    assert.throws(() => writeNewTree(root, [link("l", join(outside, "x")), file("l")]), { code: "EEXIST" });
    assert.deepEqual(readdirSync(outside), []);
    assert.ok(!existsSync(root));
  });

  it("is made as a whole or not at all; an empty directory that was there stays", () => {
    const there = freshDirectory(parent);
    for (const root of [place(), there]) {
      assert.throws(() => writeNewTree(root, [directory("d"), file("d/a"), link("d/l", "a"), file("d/a")]), {
        code: "EEXIST",
      });
    }
    assert.deepEqual(readdirSync(there), []);
  });

  it("is not made where a link leads, but where a link of the user's own names a directory", () => {
    const [root, real] = [place(), freshDirectory(parent)];
    symlinkSync(real, root);
    writeNewTree(root, [file("a")]);
    assert.deepEqual(readdirSync(real), ["a"]);
    const dangling = place();
    symlinkSync(join(dangling, "../missing/x"), dangling);
    assert.throws(() => writeNewTree(dangling, [file("a")]), { code: "ENOENT" });
    mkdirSync(join(dangling, "../missing"));
  });
});
