// A static copy of a /sys: it holds all that a host shows, reads as the host, and equal hosts are equal bytes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { exportTree } from "../cli/export-tree.ts";
import { UserError } from "../guards/user-error.ts";
import { done } from "../system/ap/result.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import { walkTree } from "../testing/support/copy-tree.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { directorySysfs } from "./directory-sysfs.ts";
import { openSource } from "./open-source.ts";
import { staticTree, type TreeEntry } from "./static-tree.ts";
import { tarOf } from "./tar-writer.ts";

const parent = temporaryDirectory();
const HOST = hostFile("master-keys");
const options = (more: object = {}) => ({ from: HOST, mdev: [], ...more });

async function sysfsOf(from: string): Promise<Sysfs> {
  const source = await openSource(from);
  assert.ok(source.ok);
  return source.value.sysfs;
}

describe("the tree of a host", () => {
  it("holds all that its /sys has", async () => {
    const sysfs = await sysfsOf(HOST);
    const seen: string[] = [];
    walkTree(sysfs, {
      directory: (path) => void seen.push(path),
      link: (path) => void seen.push(path),
      file: (path) => void seen.push(path),
    });
    const { entries, warnings } = staticTree(sysfs);
    assert.deepEqual(entries.map(({ path }) => path).sort(), seen.sort());
    assert.deepEqual(warnings, []);
  });

  it("reads, as a directory and as a tar, packed or not, as the host does", async () => {
    const place = freshDirectory(parent);
    const of = await sysfsOf(HOST);
    const whole = staticTree(of).entries;
    await exportTree(join(place, "sys"), options());
    for (const name of ["sys.tar", "sys.tar.gz"]) await exportTree(join(place, name), options({ tar: true }));
    const modes = new Map(whole.map((entry) => [entry.path, entry.kind === "file" ? entry.mode : entry.kind]));
    assert.deepEqual(staticTree(directorySysfs(join(place, "sys"))).entries, whole);
    assert.deepEqual([modes.get("bus/ap/apmask"), modes.get("bus/ap/drivers_probe")], [0o644, 0o200]);
    for (const name of ["sys.tar", "sys.tar.gz"]) {
      const { entries } = staticTree(await sysfsOf(join(place, name)));
      const read = new Map(entries.map((entry) => [entry.path, entry]));
      for (const entry of whole.filter(({ path }) => path.startsWith("devices/ap/")))
        assert.deepEqual(read.get(entry.path), entry, `${name}: ${entry.path}`);
    }
  });

  it("is the same to the byte each time, and tar(1) unpacks it as the directory is", async () => {
    const place = freshDirectory(parent);
    await exportTree(join(place, "one.tar"), options({ tar: true }));
    await exportTree(join(place, "two.tar"), options({ tar: true }));
    await exportTree(join(place, "dir"), options());
    assert.ok(readFileSync(join(place, "one.tar")).equals(readFileSync(join(place, "two.tar"))));
    const script =
      "set -e; tar -xpf one.tar; for d in sys dir; do (cd $d; find . -printf '%p %m %l\\n' | sort) > $d.list; done; cmp sys.list dir.list; diff -r --no-dereference sys dir";
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: place, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  });

  for (const [name, words, expected] of [
    ["no path", [undefined, {}], /^tree is written to a path: "apmatrix export tree sys"$/],
    ["a directory that is not empty", [".", {}], /is not empty|can be written|belongs/],
    ["options of other formats", ["x", { out: "y" }], /--out is not about a tree/],
    ["one mdev", ["x", { mdev: ["a"] }], /--mdev is not about a tree/],
    ["a source that is not there", ["x", { from: "/nowhere" }], /nowhere/],
  ] as const) {
    it(`is refused in one line: ${name}`, async () => {
      const [path, more] = words;
      const refused = exportTree(path === "." ? process.cwd() : path, options(more) as never);
      await assert.rejects(refused, (error: unknown) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, expected);
        return !error.message.includes("\n");
      });
    });
  }
});

describe("the tree of a copied /sys", () => {
  it("has what belongs to cards and mdevs only, no link that leads out, and says what is missing", () => {
    const root = freshDirectory(parent);
    for (const path of ["bus/ap/devices", "class/net", "devices/ap"]) mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, "bus/ap/apmask"), "0xff\n", { mode: 0o444 });
    writeFileSync(join(root, "bus/ap/probe"), "secret", { mode: 0o200 });
    writeFileSync(join(root, "class/net/eth0"), "");
    symlinkSync("../../../../etc/passwd", join(root, "bus/ap/devices/card01"));
    symlinkSync("/etc/passwd", join(root, "bus/ap/devices/card02"));
    symlinkSync("../../../devices/ap", join(root, "bus/ap/devices/card03"));
    const { entries, warnings } = staticTree(directorySysfs(root));
    assert.deepEqual(
      entries.map((entry) => [
        entry.path,
        entry.kind === "file" ? `${entry.mode.toString(8)} ${entry.text}` : entry.kind,
      ]),
      [
        ["bus", "directory"],
        ["bus/ap", "directory"],
        ["bus/ap/apmask", "444 0xff\n"],
        ["bus/ap/devices", "directory"],
        ["bus/ap/devices/card03", "link"],
        ["bus/ap/probe", "200 "],
        ["class", "directory"],
        ["devices", "directory"],
        ["devices/ap", "directory"],
      ],
    );
    assert.deepEqual(warnings, [
      "bus/ap/devices/card01 is left out: it is a link that leads out of the tree",
      "bus/ap/devices/card02 is left out: it is a link that leads out of the tree",
    ]);
  });

  it("is refused if it has more files than are read again", () => {
    const many: Sysfs = {
      list: (path) =>
        path === ""
          ? done(["devices"])
          : path === "devices"
            ? done(["ap"])
            : path === "devices/ap"
              ? done(NAMES)
              : { ok: false, errno: "ENOTDIR", why: { kind: "not-a-directory" } },
      read: () => done(""),
      readlink: () => ({ ok: false, errno: "EINVAL", why: { kind: "malformed" } }),
      write: () => done({ bytes: 0, outcome: "stored" }),
    };
    assert.throws(() => staticTree(many), /more than 524288 files/);
  });
});

const NAMES = Array.from({ length: 524_288 }, (_, n) => `${n}`);

describe("a tar", () => {
  it("has names and targets of any length, as tar(1) reads them", () => {
    const place = freshDirectory(parent);
    const long = (length: number): string => "n".repeat(length);
    const entries: readonly TreeEntry[] = [
      { kind: "directory", path: long(90) },
      { kind: "file", path: `${long(90)}/${long(99)}`, mode: 0o444, text: "short prefix\n" },
      { kind: "file", path: `${long(90)}/${long(200)}`, mode: 0o644, text: "x".repeat(513) },
      { kind: "link", path: "l", target: `${long(90)}/${long(200)}` },
      { kind: "file", path: long(97), mode: 0o200, text: "" },
    ];
    writeFileSync(join(place, "t.tar"), tarOf(entries, "sys"));
    const { status, stderr } = spawnSync("tar", ["-xf", "t.tar"], { cwd: place, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(readFileSync(join(place, "sys", long(90), long(99)), "utf8"), "short prefix\n");
    assert.equal(readFileSync(join(place, "sys/l"), "utf8").length, 513);
  });
});
