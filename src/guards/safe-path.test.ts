// Files below a root: links and steps up lead nowhere else, for reading, listing and writing alike.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { OutsideError, SafeTree, writePinned } from "./safe-path.ts";

const parent = temporaryDirectory();

describe("a tree", () => {
  let base = "";
  let tree = new SafeTree("");
  beforeEach(() => {
    base = freshDirectory(parent);
    mkdirSync(join(base, "root", "deep"), { recursive: true });
    mkdirSync(join(base, "outside"));
    writeFileSync(join(base, "root", "deep", "file"), "inside\n");
    writeFileSync(join(base, "outside", "file"), "outside\n");
    tree = new SafeTree(join(base, "root"));
  });
  const read = (path: string): string => tree.pin(path, (pin) => readFileSync(pin.path, "utf8"));
  const write = (path: string, text: string): number => tree.pin(path, (pin) => writePinned(pin, Buffer.from(text)));
  const link = (target: string, name: string): void => symlinkSync(target, join(base, "root", name));

  it("follows links that stay in it", () => {
    link("deep", "short");
    link(join(base, "root", "deep", "file"), "straight");
    assert.equal(read("short/file"), "inside\n");
    assert.equal(read("straight"), "inside\n");
    assert.equal(tree.readlink("short"), "deep");
  });

  it("is left by no link, step up or path from the top", () => {
    link("../outside", "way");
    link("../outside/file", "out");
    const ways = ["way/file", "out", "../outside/file", "deep/../../outside/file", `..${base}/outside/file`];
    for (const path of ways) {
      assert.throws(() => read(path), /leads out of|ENOENT/, path);
      assert.throws(() => write(path, "x"), /leads out of|ENOENT/, path);
    }
    assert.throws(() => tree.list("way"), OutsideError);
    assert.throws(() => tree.readlink("way/anything"), OutsideError);
    assert.throws(() => read("deep/file\0"), OutsideError);
    assert.equal(readFileSync(join(base, "outside", "file"), "utf8"), "outside\n");
  });

  it("is not taken for a neighbour whose name begins alike", () => {
    mkdirSync(join(base, "root2"));
    writeFileSync(join(base, "root2", "file"), "");
    link("../root2", "next");
    assert.throws(() => read("next/file"), OutsideError);
  });

  it("may be reached by a link, and may be replaced", () => {
    symlinkSync("root", join(base, "named"));
    tree = new SafeTree(join(base, "named"));
    assert.equal(read("deep/file"), "inside\n");
    renameSync(join(base, "root"), join(base, "moved"));
    execFileSync("ln", ["-sfn", "moved", join(base, "named")]);
    assert.equal(read("deep/file"), "inside\n");
  });

  it("gets no file by a write, and keeps no end of a longer text in a copy", () => {
    assert.throws(() => write("deep/new", "x"), { code: "ENOENT" });
    assert.equal(write("deep/file", "x\n"), 2);
    assert.equal(read("deep/file"), "x\n");
    assert.equal(write("deep/file", ""), 0);
    assert.equal(read("deep/file"), "x\n");
  });
});
