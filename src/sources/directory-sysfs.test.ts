// A directory with the interface of a /sys: answers and errors are those of a host in memory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import type { Result } from "../system/ap/result.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { unreadableText } from "../system/sysfs/observed-host.ts";
import { directorySysfs } from "./directory-sysfs.ts";

const BASE = realpathSync(mkdtempSync(join(tmpdir(), "apmatrix-directory-")));
const ROOT = join(BASE, "sys");
const OUTSIDE = join(BASE, "outside");
const sysfs = directorySysfs(ROOT);

const errnoOf = (result: Result<unknown>): string | undefined => (result.ok ? undefined : result.errno);
const answerOf = <T>(result: Result<T>): T | undefined => (result.ok ? result.value : undefined);

beforeEach(() => {
  rmSync(BASE, { recursive: true, force: true });
  mkdirSync(join(ROOT, "bus", "ap"), { recursive: true });
  mkdirSync(join(ROOT, "devices", "ap", "card04"), { recursive: true });
  for (const mask of ["apmask", "aqmask"]) writeFileSync(join(ROOT, "bus/ap", mask), "0xff\n");
  writeFileSync(join(ROOT, "devices/ap/card04/type"), "CEX7C\n", { mode: 0o444 });
  writeFileSync(join(ROOT, "bus/ap/drivers_probe"), "", { mode: 0o200 });
  chmodSync(join(ROOT, "bus/ap/drivers_probe"), 0o200);
  symlinkSync("../../devices/ap/card04", join(ROOT, "bus/ap/linked"));
  mkdirSync(OUTSIDE);
  writeFileSync(join(OUTSIDE, "secret"), "outside\n");
});
after(() => rmSync(BASE, { recursive: true, force: true }));

describe("read in a directory", () => {
  it("gives one character a byte", () => {
    writeFileSync(join(ROOT, "bus/ap/apmask"), Buffer.from([0, 65, 255, 10]));
    assert.equal(answerOf(sysfs.read("bus/ap/apmask")), "\u0000A\u00ff\n");
  });

  it("gives 4095 bytes at most", () => {
    writeFileSync(join(ROOT, "bus/ap/apmask"), "x".repeat(5000));
    assert.equal(answerOf(sysfs.read("bus/ap/apmask"))?.length, 4095);
  });

  it("follows links", () => {
    assert.equal(answerOf(sysfs.read("bus/ap/linked/type")), "CEX7C\n");
  });

  it("refuses as sysfs does", () => {
    assert.equal(errnoOf(sysfs.read("bus/ap/nothing")), "ENOENT");
    assert.equal(errnoOf(sysfs.read("bus/ap")), "EISDIR");
    assert.equal(errnoOf(sysfs.read("bus/ap/apmask/below")), "ENOTDIR");
    assert.equal(errnoOf(sysfs.read("bus/ap/drivers_probe")), "EACCES");
    assert.equal(errnoOf(sysfs.read("bus/ap/apmask\u0000")), "ENOENT");
    assert.equal(errnoOf(sysfs.read(`bus/${"x".repeat(300)}`)), "ENOENT");
  });

  it("does not follow links in a ring", () => {
    symlinkSync("ring", join(ROOT, "bus/ap/ring"));
    assert.equal(errnoOf(sysfs.read("bus/ap/ring")), "ENOENT");
  });
});

describe("something else in the place of an attribute", () => {
  const readsAs = (found: string): void => {
    const read = sysfs.read("bus/ap/odd");
    assert.deepEqual(read.ok ? read : read.why, { kind: "not-readable", found });
    assert.equal(errnoOf(sysfs.write("bus/ap/odd", "x")), "EACCES");
    assert.deepEqual(observeHost(sysfs).unreadable, []);
  };

  it("is not opened: a pipe, a device reached by a link, a file elsewhere", () => {
    execFileSync("mkfifo", [join(ROOT, "bus/ap/odd")]);
    readsAs("is a named pipe");
    for (const target of ["/dev/zero", "/dev/tty", join(OUTSIDE, "secret"), "../../../outside/secret"]) {
      rmSync(join(ROOT, "bus/ap/odd"));
      symlinkSync(target, join(ROOT, "bus/ap/odd"));
      readsAs("is a link that leads out of the tree");
    }
    assert.equal(readFileSync(join(OUTSIDE, "secret"), "latin1"), "outside\n");
  });

  it("is told with its path, and so is a text that is not a value", () => {
    rmSync(join(ROOT, "bus/ap/apmask"));
    execFileSync("mkfifo", [join(ROOT, "bus/ap/apmask")]);
    writeFileSync(join(ROOT, "bus/ap/aqmask"), "garbage\u009b31m\n", "latin1");
    writeFileSync(join(ROOT, "bus/ap/ap_max_domain_id"), "-1\n");
    writeFileSync(join(ROOT, "devices/ap/card04/config"), "yes\n");
    assert.deepEqual(observeHost(sysfs).unreadable.map(unreadableText), [
      'devices/ap/card04/config could not be read: it holds "yes"',
      "bus/ap/apmask could not be read: it is a named pipe",
      'bus/ap/aqmask could not be read: it holds "garbage\\u009b31m"',
    ]);
  });
});

describe("write in a directory", () => {
  it("replaces what was there", () => {
    assert.deepEqual(answerOf(sysfs.write("bus/ap/apmask", "0\n")), { bytes: 2, outcome: "stored" });
    assert.equal(readFileSync(join(ROOT, "bus/ap/apmask"), "latin1"), "0\n");
  });

  it("writes one byte a character, to write-only files too", () => {
    assert.deepEqual(answerOf(sysfs.write("bus/ap/drivers_probe", "\u00ff\u0000")), { bytes: 2, outcome: "stored" });
    chmodSync(join(ROOT, "bus/ap/drivers_probe"), 0o600);
    assert.deepEqual([...readFileSync(join(ROOT, "bus/ap/drivers_probe"))], [255, 0]);
  });

  it("of nothing changes nothing, and needs the same permission", () => {
    assert.deepEqual(answerOf(sysfs.write("bus/ap/apmask", "")), { bytes: 0, outcome: "stored" });
    assert.equal(readFileSync(join(ROOT, "bus/ap/apmask"), "latin1"), "0xff\n");
    assert.equal(errnoOf(sysfs.write("devices/ap/card04/type", "")), "EACCES");
  });

  it("refuses as sysfs does, and then has changed nothing", () => {
    assert.equal(errnoOf(sysfs.write("devices/ap/card04/type", "x")), "EACCES");
    assert.equal(readFileSync(join(ROOT, "devices/ap/card04/type"), "latin1"), "CEX7C\n");
    assert.equal(errnoOf(sysfs.write("bus/ap/nothing", "x")), "ENOENT");
    assert.equal(existsSync(join(ROOT, "bus/ap/nothing")), false);
    assert.equal(errnoOf(sysfs.write("bus/ap", "x")), "EISDIR");
    assert.equal(errnoOf(sysfs.write("bus/ap/apmask/below", "x")), "ENOTDIR");
  });
});

describe("list and readlink in a directory", () => {
  it("list names in byte order", () => {
    for (const name of ["b", "B", "a", "_"]) writeFileSync(join(ROOT, "devices", name), "");
    assert.deepEqual(answerOf(sysfs.list("devices")), ["B", "_", "a", "ap", "b"]);
    assert.deepEqual(answerOf(sysfs.list("bus/ap/linked")), ["type"]);
  });

  it("list refuses files and what is not there", () => {
    assert.equal(errnoOf(sysfs.list("bus/ap/apmask")), "ENOTDIR");
    assert.equal(errnoOf(sysfs.list("bus/nothing")), "ENOENT");
  });

  it("readlink gives the target as it stands, and refuses what is not a link", () => {
    assert.equal(answerOf(sysfs.readlink("bus/ap/linked")), "../../devices/ap/card04");
    assert.equal(errnoOf(sysfs.readlink("bus/ap/apmask")), "EINVAL");
    assert.equal(errnoOf(sysfs.readlink("bus/ap")), "EINVAL");
    assert.equal(errnoOf(sysfs.readlink("bus/ap/nothing")), "ENOENT");
  });
});

describe("a path with ..", () => {
  it("is that of the file system within the tree", () => {
    assert.equal(answerOf(sysfs.read("devices/../bus/ap/apmask")), "0xff\n");
    assert.equal(answerOf(sysfs.read("bus/ap/linked/../card04/type")), "CEX7C\n");
  });

  it("does not leave the tree, by itself or behind a link", () => {
    assert.equal(errnoOf(sysfs.read("../outside/secret")), "ENOENT");
    assert.equal(errnoOf(sysfs.write("bus/../../outside/secret", "x")), "ENOENT");
    symlinkSync("../../..", join(ROOT, "devices/ap/card04/up"));
    assert.equal(errnoOf(sysfs.read("devices/ap/card04/up/../outside/secret")), "ENOENT");
    assert.equal(readFileSync(join(OUTSIDE, "secret"), "latin1"), "outside\n");
  });
});
