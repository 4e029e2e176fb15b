// apmatrix lab as a user has it: up, list, event, exec, down, after a crash as well.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LabClient } from "../lab/control.ts";
import { mountAt } from "../lab/fuse/mount.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { Client } from "../testing/support/client.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, mountSmallDisk, temporaryDirectory } from "../testing/support/temporary.ts";

const skip = await mountSkip();
const parent = temporaryDirectory();
const HOST = hostFile("kernel-doc-guests");
const CREATE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";

/** A directory for running labs of each test's own. */
const place = (): { readonly options: CommandOptions; readonly mount: string } => ({
  options: { run: freshDirectory(parent, "run") },
  mount: freshDirectory(parent, "sys"),
});

const client = new Client();
after(() => {
  client.stop();
  killLabs();
});

describe("a lab", { skip }, () => {
  it("is ready when it says so, is listed, and is gone when it is told to go", async () => {
    const { options, mount } = place();
    const lab = await labUp([HOST, "--mount", mount], options);
    assert.equal(lab.output.stdout, `lab lab ready: ${mount}\n`);
    const names = await client.value<string[]>({ kind: "list", path: mount });
    assert.ok(names.includes("bus"));
    const list = await apmatrix(["lab", "list"], options);
    assert.equal(list.stdout, `lab  ${mount}  ${DEFAULT_PROFILE.name}  process ${lab.pid}\n`);
    assert.equal((await apmatrix(["lab", "down"], options)).code, 0);
    assert.equal((await lab.ended).code, 0);
    assert.equal(mountAt(mount), undefined);
    assert.deepEqual(
      readdirSync(options.run).filter((name) => name !== "lab"),
      [],
    );
    assert.equal((await apmatrix(["lab", "list"], options)).stdout, "");
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`unmounts and ends with 0 at ${signal}, even if somebody uses it`, async () => {
      const { options, mount } = place();
      const lab = await labUp([HOST, "--mount", mount], options);
      const other = new Client();
      await other.value<number>({ kind: "open", path: `${mount}/bus/ap/apmask`, flags: "r" });
      assert.deepEqual((await lab.stop(signal)).code, 0);
      assert.equal(mountAt(mount), undefined);
      other.stop();
    });
  }

  it("ends with 0 when somebody unmounts it", async () => {
    const { options, mount } = place();
    const lab = await labUp([HOST, "--mount", mount], options);
    assert.equal(spawnSync("umount", [mount], { timeout: 10_000 }).status, 0);
    assert.equal((await lab.ended).code, 0);
  });

  it("has others beside it, which have nothing to do with it", async () => {
    const { options, mount } = place();
    const second = freshDirectory(parent, "sys");
    const one = await labUp([HOST, "--mount", mount, "--name", "one"], options);
    const two = await labUp([HOST, "--mount", second, "--name", "two"], options);
    const uuid = "6d646576-0000-4000-8000-000000000001";
    await client.value({ kind: "write", path: `${mount}/${CREATE}`, value: uuid });
    const isIn = async (sys: string) =>
      (await client.value<string[]>({ kind: "list", path: `${sys}/bus/mdev/devices` })).includes(uuid);
    assert.deepEqual([await isIn(mount), await isIn(second)], [true, false]);
    const { code, stderr } = await apmatrix(["lab", "event", "scan"], options);
    assert.deepEqual([code, stderr], [1, "apmatrix: several labs are running (one, two); choose one with --name\n"]);
    const event = await apmatrix(["lab", "event", "--name", "two", "card 06 standby"], options);
    assert.deepEqual([event.code, event.stdout], [0, '{"r":0}\n']);
    await Promise.all([one.stop(), two.stop()]);
  });

  it("is driven by words, by one JSON operation, and by lines of them", async () => {
    const { options, mount } = place();
    const lab = await labUp([HOST, "--mount", mount], options);
    const event = (...words: string[]) => apmatrix(["lab", "event", ...words], options);
    assert.equal((await event("card 06 standby")).stdout, '{"r":0}\n');
    const scan = await event('{"op":"scan"}');
    assert.equal(scan.code, 0);
    assert.ok(Array.isArray(JSON.parse(scan.stdout).uev), scan.stdout);
    assert.deepEqual(await client.call({ kind: "read", path: `${mount}/devices/ap/card06/config` }), { value: "0\n" });
    const lines =
      '{"op":"read","path":"bus/ap/config_time"}\n\n{"op":"scan"}\n{"op":"scan"\n{"op":"fly"}\n{"op":"init"}\n{"op":"scan"}';
    const replies = await apmatrix(["lab", "event", "-"], { ...options, stdin: lines });
    assert.deepEqual(replies.stdout.trimEnd().split("\n"), [
      '{"r":3,"t":"30\\n"}',
      '{"r":0}',
      '{"error":"column 13: expected a JSON object on one line"}',
      replies.stdout.split("\n")[3],
      '{"error":"a running lab has booted already"}',
      '{"r":0}',
    ]);
    assert.match(replies.stdout.split("\n")[3] ?? "", /^\{"error":"column \d+: expected .*"\}$/);
    assert.equal(replies.code, 1, "lines that could not be taken");
    const unknown = await event("card 06 asleep");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^apmatrix: "card 06 asleep": column \d+: expected .*\n$/);
    await lab.stop();
  });

  it("begins with the operations of a trace", async () => {
    const { options, mount } = place();
    const file = join(freshDirectory(parent), "trace.jsonl");
    const write = `{"op":"write","path":"bus/ap/config_time","value":"77"}`;
    writeFileSync(file, `{"trace":"t","format":1}\n{"op":"init","aps":[1],"doms":[2]}\n${write}\n`);
    const lab = await labUp(["--replay", file, "--mount", mount], options);
    assert.deepEqual(await client.call({ kind: "read", path: `${mount}/bus/ap/config_time` }), { value: "77\n" });
    await lab.stop();
  });

  it("shows itself to a command as /sys, and nothing of it to the machine", async () => {
    const { options, mount } = place();
    const lab = await labUp([HOST, "--mount", mount], options);
    const machine = readdirSync("/sys").sort();
    const lines = [
      'cat /sys/bus/ap/config_time; echo 55 > /sys/bus/ap/config_time; echo "$SYSFS_ROOT"',
      // A lock of the lab is none of the machine's.
      "[ ! -d /run/lock ] || : > /run/lock/apmatrix-test.lock",
      "exit 7",
    ];
    const script = lines.join("\n");
    const { code, stdout } = await apmatrix(["lab", "exec", "--", "sh", "-c", script], options);
    assert.deepEqual([code, stdout], [7, "30\n/sys\n"]);
    assert.deepEqual(await client.call({ kind: "read", path: `${mount}/bus/ap/config_time` }), { value: "55\n" });
    assert.deepEqual(readdirSync("/sys").sort(), machine);
    assert.equal(existsSync("/run/lock/apmatrix-test.lock"), false);
    await lab.stop();
  });
});

describe("a lab that was killed", { skip }, () => {
  for (const transport of ["epoll", "relay"]) {
    it(`leaves a mount that the next one takes away, and a journal that it goes on with, by ${transport}`, async () => {
      const { options, mount } = place();
      const journal = freshDirectory(parent, "journal");
      const words = [HOST, "--mount", mount, "--journal", journal, "--transport", transport];
      const first = await labUp(words, options);
      await client.value({ kind: "write", path: `${mount}/bus/ap/config_time`, value: "99" });
      const { code } = await first.stop("SIGKILL");
      assert.equal(code, null);
      assert.match(JSON.stringify(await client.call({ kind: "list", path: mount })), /ENOTCONN|ECONNABORTED/);
      const second = await labUp(words, options);
      assert.match(second.output.stderr, /^apmatrix: unmounting what a lab that died has left at .*\n$/);
      assert.match(second.output.stdout, /^lab lab goes on after \d+ operations of its journal\nlab lab ready: /);
      assert.deepEqual(await client.call({ kind: "read", path: `${mount}/bus/ap/config_time` }), { value: "99\n" });
      assert.equal((await second.stop()).code, 0);
      assert.equal(mountAt(mount), undefined);
      const played = await apmatrix(["play", join(journal, "journal.jsonl")], options);
      assert.match(played.stdout, /0 differences/);
    });
  }

  it("can be followed at once where nobody has looked at the dead mount yet, by relay", async () => {
    const { options, mount } = place();
    const words = [HOST, "--mount", mount, "--transport", "relay"];
    await (await labUp(words, options)).stop("SIGKILL");
    const next = await labUp(words, options);
    assert.equal((await next.stop()).code, 0);
  });

  it("leaves no name taken and no socket in the way, even if it was killed while it came up", async () => {
    const { options, mount } = place();
    const first = await labUp([HOST, "--mount", mount], options);
    await first.stop("SIGKILL");
    // As if it had died before it was written down.
    const [description] = readdirSync(options.run).filter((name) => name.endsWith(".json"));
    spawnSync("rm", [join(options.run, description as string)]);
    assert.ok(existsSync(join(options.run, "lab.sock")));
    const next = await labUp([HOST, "--mount", mount], options);
    assert.equal((await next.stop()).code, 0);
  });
});

describe("a lab whose journal cannot be written", { skip }, () => {
  it("says so once, answers EIO, and ends with 1", async () => {
    const { options, mount } = place();
    const disk = freshDirectory(parent, "disk");
    mountSmallDisk(disk, 16384);
    const lab = await labUp([HOST, "--mount", mount, "--journal", join(disk, "journal")], options);
    const uuid = (n: number) => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
    let answer = {};
    for (let n = 1; n < 500 && !("errno" in answer); n++) {
      answer = await client.call({ kind: "write", path: `${mount}/${CREATE}`, value: uuid(n) });
    }
    assert.deepEqual(answer, { errno: "EIO" });
    const { code, stderr } = await lab.ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^apmatrix: journal .*journal\.jsonl cannot be written: ENOSPC; the lab ends where it stands\n$/,
    );
  });
});

describe("the socket of a lab", () => {
  it("answers several clients, each in its order", async () => {
    const { options } = place();
    const lab = await labUp([HOST], options);
    assert.equal(lab.output.stdout, "lab lab ready: not mounted\n");
    const clients = await Promise.all([1, 2, 3].map(() => LabClient.connect(join(options.run, "lab.sock"))));
    const replies = await Promise.all(
      clients.flatMap((one) => ['{"op":"scan"}', '{"op":"ls","path":"bus/ap/devices"}'].map((line) => one.ask(line))),
    );
    assert.equal(replies.filter((reply) => reply.startsWith('{"r":0')).length, 3);
    assert.equal(replies.filter((reply) => reply.includes("card05")).length, 3);
    for (const one of clients) one.close();
    await lab.stop();
  });

  it("holds no lab that is to end, even with a client that takes no answer", async () => {
    const { options } = place();
    const lab = await labUp([HOST], options);
    const idle = await LabClient.connect(join(options.run, "lab.sock"));
    const deaf = connect(join(options.run, "lab.sock")).pause();
    deaf.on("error", () => undefined);
    deaf.write('{"op":"ls","path":"bus/ap/devices"}\n'.repeat(5000));
    await idle.ask('{"op":"scan"}');
    assert.equal((await lab.stop()).code, 0);
    idle.close();
    deaf.destroy();
  });
});
