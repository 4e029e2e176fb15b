// A directory of one's own: what another user has prepared is refused, and nothing of it is changed or followed.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { STRANGER, strangerSkip } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { ownDirectory, privateDirectory, writeOwnFile } from "./private-directory.ts";

const parent = temporaryDirectory();
const skip = strangerSkip();
const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;

describe("a private directory", () => {
  let base = "";
  let directory = "";
  beforeEach(() => {
    base = freshDirectory(parent);
    directory = join(base, "run");
  });

  it("is made with those above it, for its owner alone", () => {
    const deep = join(base, "a", "b");
    assert.equal(privateDirectory(deep), deep);
    assert.deepEqual([modeOf(join(base, "a")), modeOf(deep)], [0o700, 0o700]);
  });

  it("is taken as it is, and closed to others who could only read it", () => {
    mkdirSync(directory, { mode: 0o755 });
    writeFileSync(join(directory, "kept"), "");
    assert.equal(privateDirectory(directory), directory);
    assert.equal(modeOf(directory), 0o700);
    assert.deepEqual(readdirSync(directory), ["kept"]);
  });

  it("is refused if others could write it", () => {
    mkdirSync(directory);
    chmodSync(directory, 0o707);
    assert.throws(() => privateDirectory(directory), /^Error: can be written by other users$/);
    assert.equal(modeOf(directory), 0o707);
  });

  it("is refused if it is a link, and what the link leads to is left alone", () => {
    const target = join(base, "target");
    mkdirSync(target, { mode: 0o755 });
    symlinkSync(target, directory);
    assert.throws(() => privateDirectory(directory), /^Error: is a link, not a directory$/);
    assert.equal(modeOf(target), 0o755);
  });

  it("is refused if it is a file", () => {
    writeFileSync(directory, "");
    assert.throws(() => privateDirectory(directory), /^Error: is a file, not a directory$/);
  });

  it("is refused if it is another user's", { skip }, () => {
    mkdirSync(directory, { mode: 0o700 });
    lchownSync(directory, STRANGER, STRANGER);
    assert.throws(() => privateDirectory(directory), /^Error: belongs to another user \(54321\)$/);
  });

  it("is refused below a directory of another user, and not made there", { skip }, () => {
    const theirs = join(base, "theirs");
    mkdirSync(theirs);
    lchownSync(theirs, STRANGER, STRANGER);
    assert.throws(() => privateDirectory(join(theirs, "run")), /theirs, which belongs to another user \(54321\)$/);
    assert.equal(existsSync(join(theirs, "run")), false);
  });

  it("is refused where everybody may replace it, but for a sticky directory such as /tmp", () => {
    const open = join(base, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.throws(() => privateDirectory(join(open, "run")), /open, where other users can put another in its place$/);
    chmodSync(open, 0o1777);
    assert.equal(privateDirectory(join(open, "run")), join(open, "run"));
  });

  it("is found through a link of the user's own above it", () => {
    const real = join(base, "real");
    mkdirSync(real);
    symlinkSync(real, join(base, "link"));
    assert.equal(ownDirectory(join(base, "link", "run")), join(real, "run"));
  });
});

describe("a file of one's own", () => {
  it("replaces a link in its place, and does not follow one where it is prepared", () => {
    const directory = freshDirectory(parent);
    const victim = join(directory, "victim");
    writeFileSync(victim, "secret");
    symlinkSync(victim, join(directory, "lab.json"));
    symlinkSync(victim, join(directory, `lab.json.new${process.pid}`));
    writeOwnFile(join(directory, "lab.json"), "{}\n");
    assert.equal(readFileSync(victim, "utf8"), "secret");
    assert.equal(readFileSync(join(directory, "lab.json"), "utf8"), "{}\n");
    assert.equal(modeOf(join(directory, "lab.json")), 0o600);
    assert.deepEqual(readdirSync(directory).sort(), ["lab.json", "victim"]);
  });
});
