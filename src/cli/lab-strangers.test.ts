// What other users of the machine have prepared for root's labs: nothing of it is followed, overwritten or run.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, lchownSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { apmatrix } from "../testing/support/lab-command.ts";
import { nobodySkip, STRANGER } from "../testing/support/other-user.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const HOST = fileURLToPath(new URL("../../hosts/kernel-doc.yaml", import.meta.url));
const parent = temporaryDirectory();
const skip = nobodySkip();
const SECRET = "a secret of root's\n";

describe("a stranger's directory in the place of root's labs", { skip }, () => {
  let base = "";
  let run = "";
  let victim = "";
  /** As its maker, an ordinary user. */
  const give = (path: string): void => lchownSync(path, STRANGER, STRANGER);
  beforeEach(() => {
    chmodSync(parent, 0o755);
    base = freshDirectory(parent);
    chmodSync(base, 0o1777);
    victim = join(base, "victim");
    writeFileSync(victim, SECRET, { mode: 0o600 });
    run = join(base, "apmatrix-0");
  });
  const refused = async (words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await apmatrix(words, { run });
    assert.deepEqual([code, stdout], [1, ""], stderr);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(readFileSync(victim, "utf8"), SECRET);
    return stderr;
  };

  it("is refused by every command, and no link in it is written through", async () => {
    mkdirSync(run, { mode: 0o700 });
    for (const name of ["lab.json.new", "lab.json", "lab.sock"]) {
      symlinkSync(victim, join(run, name));
      give(join(run, name));
    }
    give(run);
    for (const words of [["up", HOST, "--no-timer"], ["list"], ["down"], ["event", "scan"], ["exec", "--", "true"]]) {
      assert.match(await refused(["lab", ...words]), /apmatrix-0, belongs to another user \(54321\); set APMATRIX_RUN/);
    }
  });

  it("runs no program of theirs by a forged description", async () => {
    mkdirSync(run, { mode: 0o700 });
    const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const forged = { name: "lab", pid: process.pid, profile: "linux-7.3", mount: "/sys", isPrivate: true, started };
    writeFileSync(join(run, "lab.json"), JSON.stringify(forged));
    // The directory is root's, as if an earlier version had taken it over; what is in it is not.
    give(join(run, "lab.json"));
    assert.match(await refused(["lab", "exec", "--", "true"]), /no lab is running/);
  });

  it("is refused where it is a link, and what that leads to keeps its mode", async () => {
    const theirs = join(base, "theirs");
    mkdirSync(theirs, { mode: 0o755 });
    symlinkSync(theirs, run);
    give(run);
    assert.match(await refused(["lab", "list"]), /apmatrix-0, is a link, not a directory; set APMATRIX_RUN/);
    assert.equal(lstatSync(theirs).mode & 0o777, 0o755);
  });

  it("is not looked at where root has not named it: root's labs are in /run", () => {
    const prepared = join(base, "apmatrix-0");
    mkdirSync(prepared);
    symlinkSync(victim, join(prepared, "lab.json"));
    give(prepared);
    const { APMATRIX_RUN: _, ...rest } = process.env;
    const script = 'mount -t tmpfs none /run && "$@" && stat -c "%U %a" /run/apmatrix';
    const { stdout, stderr, status } = spawnSync(
      "unshare",
      ["--mount", "sh", "-c", script, "sh", process.execPath, PROGRAM, "lab", "list"],
      { encoding: "utf8", env: { ...rest, XDG_RUNTIME_DIR: base } },
    );
    assert.deepEqual([status, stdout, stderr], [0, "root 700\n", ""]);
    assert.equal(execFileSync("ls", ["-A", prepared], { encoding: "utf8" }), "lab.json\n");
  });
});
