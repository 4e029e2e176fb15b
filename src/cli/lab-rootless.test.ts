// apmatrix lab of an ordinary user: root becomes one to run this, everybody else runs it as themselves (scripts/test.mjs).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { mountAt } from "../lab/fuse/mount.ts";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { ordinaryUser, type ProgramForAll, programForAll } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
after(killLabs);

const user = ordinaryUser();

describe("a lab of an ordinary user", { skip: user.skip }, () => {
  let copy: ProgramForAll;
  before(() => {
    copy = programForAll(parent);
  });
  const common = (): CommandOptions & { readonly directory: string } => {
    const directory = freshDirectory(parent, "home");
    chmodSync(directory, 0o1777);
    const { program } = copy;
    return { run: join(directory, "run"), prefix: user.prefix, directory, program, environment: { HOME: directory } };
  };

  it("is mounted where only it and the commands of lab exec see it", async () => {
    const options = common();
    const mount = freshDirectory(options.directory, "sys");
    const lab = await labUp([copy.hostFile("kernel-doc-guests"), "--mount", mount, "--uevents"], options);
    assert.match(lab.output.stderr, /^apmatrix: only the lab sees this mount; "apmatrix lab exec -- COMMAND" /);
    assert.equal(mountAt(mount), undefined);
    const exec = (...command: string[]) => apmatrix(["lab", "exec", ...command], options);
    const script = "cat /sys/bus/ap/config_time; echo 44 > /sys/bus/ap/config_time; pwd; exit 3";
    const { code, stdout } = await exec("--", "sh", "-c", script);
    assert.deepEqual([code, stdout], [3, `30\n${options.directory}\n`]);
    assert.equal((await exec("--", "cat", `${mount}/bus/ap/config_time`)).stdout, "44\n");
    const network = await exec("--net", "--", "readlink", "/proc/self/ns/net");
    assert.match(network.stdout, /^net:\[\d+\]\n$/);
    assert.notEqual(network.stdout, spawnSync("readlink", ["/proc/self/ns/net"], { encoding: "utf8" }).stdout);
    assert.equal((await apmatrix(["lab", "event", "card 06 standby"], options)).stdout, '{"r":0}\n');
    assert.equal((await lab.stop()).code, 0);
    assert.equal((await apmatrix(["lab", "list"], options)).stdout, "");
  });

  it("has guests with a Linux of their own, each with files and uevents of its own", async () => {
    const options = common();
    const mount = freshDirectory(options.directory, "sys");
    const lab = await labUp([copy.hostFile("kernel-doc-guests"), "--mount", mount, "--guests", "--uevents"], options);
    const exec = (guest: string, ...words: string[]) => apmatrix(["lab", "exec", "--guest", guest, ...words], options);
    const listed = await exec("Guest1", "--", "sh", "-c", "echo 1 >/etc/written; ls /sys/bus/ap/devices");
    assert.deepEqual([listed.code, listed.stdout], [0, "05.0004\n05.00ab\n06.0004\n06.00ab\ncard05\ncard06\n"]);
    assert.equal((await exec("Guest1", "--", "cat", "/etc/written")).stdout, "1\n");
    assert.equal((await exec("Guest2", "--", "cat", "/etc/written")).code, 1);
    const networks = new Set<string>();
    for (const guest of ["Guest1", "Guest2"])
      networks.add((await exec(guest, "--net", "--", "readlink", "/proc/self/ns/net")).stdout);
    networks.add((await apmatrix(["lab", "exec", "--net", "--", "readlink", "/proc/self/ns/net"], options)).stdout);
    assert.equal(networks.size, 3, "one for the host, and one for each guest");
    assert.equal((await lab.stop()).code, 0);
    assert.equal((await apmatrix(["lab", "list"], options)).stdout, "");
  });

  it("ends when the process that was started is killed", async () => {
    const options = common();
    const lab = await labUp(
      [copy.hostFile("kernel-doc-guests"), "--mount", freshDirectory(options.directory, "sys")],
      options,
    );
    const { pid } = JSON.parse(readFileSync(join(options.run, "lab.json"), "utf8")) as { pid: number };
    assert.notEqual(pid, lab.pid);
    lab.process.kill("SIGKILL");
    for (let n = 0; existsSync(join(options.run, "lab.json")); n++) {
      assert.ok(n < 500, "the lab stays");
      await pause(10);
    }
  });

  it("cannot be where users may have no namespaces, and says what to do", async () => {
    const options = common();
    const programs = freshDirectory(options.directory, "bin");
    const refusing = '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n';
    writeFileSync(join(programs, "unshare"), refusing, { mode: 0o755 });
    const environment = { ...options.environment, PATH: `${programs}:${process.env.PATH}` };
    const words = [
      "lab",
      "up",
      copy.hostFile("kernel-doc-guests"),
      "--mount",
      freshDirectory(options.directory, "sys"),
    ];
    const { code, stderr } = await apmatrix(words, { ...options, environment });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "apmatrix: mounting needs root, or a user namespace, which this machine does not let you make " +
        "(unshare: unshare failed: Operation not permitted); use sudo, or leave --mount out\n",
    );
  });
});
