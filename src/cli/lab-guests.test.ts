// apmatrix lab with guests that have a Linux of their own: commands and events inside them, whatever they are called, while they run, when
// they stop, and after the lab was killed.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askedOf, LabClient, NAMESPACE } from "../lab/control.ts";
import { mountsBelow } from "../lab/fuse/mount.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const skip = await mountSkip();
const HOST = hostFile("kernel-doc-guests");
const MDEV = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const QUEUES = "05.0004\n05.00ab\n06.0004\n06.00ab\ncard05\ncard06\n";
const LIST = ["ls", "/sys/bus/ap/devices"];
after(killLabs);

interface Place {
  readonly options: CommandOptions;
  readonly sys: string;
  up(...words: readonly string[]): Promise<RunningLab>;
  exec(guest: string, ...words: readonly string[]): ReturnType<typeof apmatrix>;
  event(guest: string, ...words: readonly string[]): ReturnType<typeof apmatrix>;
}

/** Where one lab is mounted. */
function place(): Place {
  const options = { run: freshDirectory(parent, "run") };
  const sys = freshDirectory(parent, "sys");
  return {
    options,
    sys,
    up: (...words) => labUp([...words, "--no-timer", "--mount", sys], options),
    exec: (guest, ...words) => apmatrix(["lab", "exec", "--guest", guest, ...words], options),
    event: (guest, ...words) => apmatrix(["lab", "event", "--guest", guest, ...words], options),
  };
}

/** Names that are none of a file, or look like something else. */
const NAMES = [
  ...["my guest", "..", ".", "ä€", "a:b", "a%3ab", "%2e", " first", "last ", 'q"uote', "b\\s", "-x", "host"],
  "$(exit 9)",
] as const;

/** A host whose guests have these names; each has the queue of its number. */
function hostWith(names: readonly string[]): string {
  const file = join(freshDirectory(parent), "host.yaml");
  const mdevs = names.map((name, at) => {
    const uuid = `7a2c1d3e-0001-4c58-9b1e-5f0c0a6d${at.toString().padStart(4, "0")}`;
    return `  - { uuid: "${uuid}", adapters: [4], domains: [${at}], guest: ${JSON.stringify(name)} }\n`;
  });
  const domains = names.map((_, at) => at).join(", ");
  const head = `describes: names\ncards: [{ id: 4, type: CEX8A }]\ndomains: [${domains}]\nmasks: { apmask: "-4" }\n`;
  writeFileSync(file, `${head}mdevs:\n${mdevs.join("")}`);
  return file;
}

describe("names of guests", { skip }, () => {
  const { up, exec, event, sys } = place();
  const [SLASH, LONG, NONE] = ["a/b", "é".repeat(128), ""];
  let lab: RunningLab;
  before(async () => {
    lab = await up(hostWith([...NAMES, SLASH, LONG]), "--guests");
  });
  after(() => lab?.stop());

  for (const [at, name] of NAMES.entries())
    it(`${JSON.stringify(name)}: a command is inside this guest, and so is an event`, async () => {
      const { code, stdout, stderr } = await exec(name, "--", ...LIST);
      assert.deepEqual([code, stdout], [0, `04.${at.toString(16).padStart(4, "0")}\ncard04\n`], stderr);
      assert.equal((await event(name, "scan")).stdout, '{"r":0}\n');
    });

  it("each has a directory of its own; one with a slash or a name that is too long has none, and a sentence says so", async () => {
    assert.equal(readdirSync(join(sys, "guests")).length, NAMES.length);
    for (const [name, why] of [
      [SLASH, /guest "a\/b" cannot be reached, because of the slash in its name; start it under another\n$/],
      [LONG, / has no directory in the lab: its name is too long; start it under a shorter one\n$/],
      [NONE, /no guest "" runs; those that do: "my guest", /],
    ] as const) {
      const { code, stdout, stderr } = await exec(name, "--", "echo", "on the host");
      assert.deepEqual([code, stdout], [1, ""], name);
      assert.match(stderr, why);
      assert.match(stderr, /^[^\n]{1,900}\n$/);
    }
  });
});

describe("a guest that cannot be reached", { skip }, () => {
  async function refused(words: readonly string[], options: CommandOptions, why: string): Promise<void> {
    const { code, stdout, stderr } = await apmatrix(["lab", ...words], options);
    assert.deepEqual([code, stdout, stderr], [1, "", `apmatrix: ${why}\n`], words.join(" "));
  }

  it("does not run: those that do are named", async () => {
    const { options, up } = place();
    const lab = await up(HOST, "--guests");
    for (const name of ["nobody", "Guest1/nobody", "Guest1/", "/Guest1", "guest1", "Guest1 "]) {
      const why = `no guest "${name}" runs; those that do: "Guest1", "Guest2", "Guest3"`;
      await refused(["exec", "--guest", name, "--", "true"], options, `lab "lab": ${why}`);
      await refused(["event", "--guest", name, "scan"], options, why);
    }
    await lab.stop();
  });

  it("has no Linux, or the lab no mount", async () => {
    const { options, up } = place();
    const exec = ["exec", "--guest", "Guest1", "--", "true"];
    const without = await up(HOST);
    const why =
      "guests of this lab have no Linux of their own; bring it up with --guests, or with guests in its description";
    await refused(exec, options, `lab "lab": ${why}`);
    await refused(["event", "--guest", "Guest1", "scan"], options, why);
    await without.stop();
    const unmounted = await labUp([HOST, "--guests"], options);
    await refused(exec, options, 'lab "lab" is not mounted; bring it up with --mount DIR');
    const { stdout } = await apmatrix(["lab", "event", "--guest", "Guest1", "scan"], options);
    assert.equal(stdout, '{"r":0}\n');
    await unmounted.stop();
  });
});

describe("a command in a guest that is stopped", { skip }, () => {
  const { up, exec, options, sys } = place();
  let lab: RunningLab;
  before(async () => {
    lab = await up(HOST, "--guests");
  });
  after(() => lab?.stop());

  it("finds ENODEV in files that it has open, and nothing else, also when the guest runs again", async () => {
    const marks = freshDirectory(parent, "marks");
    const script = [
      `exec 3</sys/bus/ap/apmask; cd /sys/bus/ap; touch ${marks}/ready`,
      `until [ -e ${marks}/stopped ]; do sleep 0.05; done`,
      "cat <&3; ls; ls /sys; cat /sys/bus/ap/config_time",
      `touch ${marks}/looked; until [ -e ${marks}/again ]; do sleep 0.05; done`,
      "ls /sys/bus/ap/devices; exit 7",
    ].join("\n");
    const mark = async (name: string): Promise<void> => {
      for (let n = 0; !existsSync(join(marks, name)); n++) {
        assert.ok(n < 600, `not ${name}`);
        await pause(20);
      }
    };
    const ended = exec("Guest1", "--timeout", "60", "--", "sh", "-c", script);
    await mark("ready");
    // The first operation of this lab: what ran before it is known, too.
    assert.equal((await apmatrix(["lab", "event", "stop", "Guest1", MDEV], options)).code, 0);
    writeFileSync(join(marks, "stopped"), "");
    await mark("looked");
    assert.deepEqual(readdirSync(join(sys, "guests")), ["Guest2", "Guest3"]);
    assert.equal((await apmatrix(["lab", "event", "start", "Guest1", MDEV], options)).code, 0);
    writeFileSync(join(marks, "again"), "");
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stdout], [7, ""], stderr);
    assert.deepEqual(
      stderr.split("\n").map((line) => line.replace(/^.*: /, "")),
      ["No such device", "No such file or directory", "No such file or directory", ""],
      stderr,
    );
    assert.equal((await exec("Guest1", "--", ...LIST)).stdout, QUEUES, "a new command is in the guest that runs now");
  });

  it("has lost with a reboot what commands had written below /etc", async () => {
    assert.equal((await exec("Guest1", "--", "sh", "-c", "echo 1 >/etc/written; cat /etc/written")).stdout, "1\n");
    assert.equal((await exec("Guest2", "--", "cat", "/etc/written")).code, 1);
    assert.equal((await apmatrix(["lab", "event", "reset", "Guest1", MDEV], options)).code, 0);
    assert.equal((await exec("Guest1", "--", "cat", "/etc/written")).code, 1);
    assert.equal(existsSync("/etc/written"), false);
  });

  it("is reached again as soon as it has booted, with files of its own, boot after boot", async () => {
    const client = await LabClient.connect(join(options.run, "lab.sock"));
    const reset = JSON.stringify({ op: "reset", guest: "Guest1", mdev: MDEV });
    const files = join(options.run, "lab", "guests", "Guest1");
    for (let boot = 0; boot < 8; boot++) {
      const entered = JSON.parse(await client.ask(askedOf("Guest1", NAMESPACE))) as { readonly pid: number };
      assert.ok(entered.pid > 0, JSON.stringify(entered));
      const written = join("/proc", `${entered.pid}`, "root", "etc", "written");
      assert.equal(existsSync(written), false, "the boot before has left nothing");
      writeFileSync(written, "1");
      // While nobody has waited for its end.
      assert.equal(JSON.parse(await client.ask(reset)).r, 0);
    }
    await client.ask(askedOf("Guest1", NAMESPACE));
    assert.ok(existsSync(join(files, "root", "sys")), "its files are there");
    client.close();
  });
});

describe("a command in a guest whose lab exec is killed", { skip }, () => {
  it("ends, and others in the same guest go on", async () => {
    const { up, exec, options } = place();
    const lab = await up(HOST, "--guests");
    const marks = freshDirectory(parent, "marks");
    /** A command that says its number, and goes on until it is told to stop. */
    const begin = (name: string, started?: (child: ChildProcess) => void) => {
      const script = `echo $$ >${marks}/${name}; until [ -e ${marks}/stop ]; do sleep 0.05; done; ls /sys/bus/ap/devices`;
      const words = ["lab", "exec", "--guest", "Guest1", "--", "sh", "-c", script];
      return apmatrix(words, { ...options, ...(started && { started }) });
    };
    let child: ChildProcess | undefined;
    const other = begin("other");
    const killed = begin("killed", (process) => {
      child = process;
    });
    const numberOf = async (name: string): Promise<string> => {
      for (let n = 0; ; n++) {
        const text = existsSync(join(marks, name)) ? readFileSync(join(marks, name), "utf8").trim() : "";
        if (text !== "") return text;
        assert.ok(n < 500, `${name} does not begin`);
        await pause(20);
      }
    };
    await numberOf("other");
    const pid = await numberOf("killed");
    child?.kill("SIGKILL");
    for (let n = 0; namespaceOf(pid, "mnt") !== undefined; n++) {
      assert.ok(n < 500, "it goes on");
      await pause(20);
    }
    assert.equal((await killed).code, null);
    writeFileSync(join(marks, "stop"), "");
    const { code, stdout } = await other;
    assert.deepEqual([code, stdout], [0, QUEUES]);
    assert.equal((await exec("Guest1", "--", ...LIST)).stdout, QUEUES);
    await lab.stop();
  });
});

/** A namespace of a process. */
function namespaceOf(pid: string, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

describe("a lab with guests that was killed", { skip }, () => {
  it("leaves no helper of a guest, and comes up again in the same place", async () => {
    const { up, exec, sys, options } = place();
    const lab = await up(HOST, "--guests", "--uevents");
    const inode = (await exec("Guest1", "--net", "--", "readlink", "/proc/self/ns/net")).stdout;
    const network = inode.trim();
    const holders = () =>
      readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && namespaceOf(pid, "net") === network);
    assert.ok(holders().length > 0);
    await lab.stop("SIGKILL");
    for (let n = 0; holders().length > 0; n++) {
      assert.ok(n < 500, `left: ${holders().join(" ")}`);
      await pause(10);
    }
    const again = await up(HOST, "--guests");
    assert.equal((await exec("Guest1", "--", ...LIST)).stdout, QUEUES);
    assert.equal((await again.stop()).code, 0);
    assert.deepEqual(mountsBelow(sys), []);
    assert.deepEqual(
      readdirSync(options.run).filter((name) => !name.endsWith(".lock")),
      [],
    );
  });

  it("has with a journal the guests of guests, and what was written in each", async () => {
    const { up, exec, event } = place();
    const words = [HOST, "--guests", "--journal", join(freshDirectory(parent), "journal")];
    const lab = await up(...words);
    const type = "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough";
    assert.equal((await exec("Guest1", "--", "sh", "-c", `echo ${MDEV} >${type}/create`)).code, 0);
    assert.equal((await event("Guest1", "start", "inner", MDEV)).code, 0);
    for (const guest of ["Guest1", "Guest1/inner"])
      assert.equal((await exec(guest, "--", "sh", "-c", `echo ${guest} >/etc/written`)).code, 0);
    await lab.stop("SIGKILL");
    const again = await up(...words);
    for (const guest of ["Guest1", "Guest1/inner"])
      assert.equal((await exec(guest, "--", "cat", "/etc/written")).stdout, `${guest}\n`);
    await again.stop();
    const refused = await apmatrix(["lab", "up", ...words.filter((word) => word !== "--guests")], place().options);
    assert.match(refused.stderr, /^apmatrix: journal \S+ is of a lab with --guests; say --guests, or name another /);
  });
});

describe("other commands about guests of a lab", { skip }, () => {
  it("lab run has a guest, or the host of guests", async () => {
    const { options } = place();
    const run = (...words: readonly string[]) => apmatrix(["lab", "run", ...words], options);
    assert.deepEqual(
      { ...(await run("--guest", "Guest1", HOST, "--", ...LIST)) },
      { code: 0, stdout: QUEUES, stderr: "" },
    );
    const host = await run("--guests", HOST, "--", "ls", "/sys/bus/mdev/devices");
    assert.match(host.stdout, new RegExp(`^${MDEV}$`, "m"));
    const nobody = await run("--guest", "nobody", HOST, "--", "true");
    assert.deepEqual([nobody.code, nobody.stdout], [1, ""]);
    assert.match(nobody.stderr, /: no guest "nobody" runs; those that do: "Guest1", /);
  });

  it("explain --from lab:NAME knows what the bus of a guest has not noticed", async () => {
    const { up, sys, options } = place();
    const lab = await up(HOST, "--guests", "--profile", "linux-6.12");
    writeFileSync(join(sys, "host/bus/ap/drivers/vfio_ap/unbind"), "05.0004");
    const { stdout } = await apmatrix(["explain", "--from", "lab:lab", "--guest", "Guest1", "05.0004"], options);
    assert.match(stdout, /^05\.0004 {2}Guest1 cannot use it/);
    assert.match(stdout, /scan/);
    await lab.stop();
  });

  it("lab event takes JSON, lines and words for a guest", async () => {
    const { up, event, exec, options } = place();
    const lab = await up(HOST, "--guests");
    assert.equal((await event("Guest1", '{"op":"read","path":"bus/ap/config_time"}')).stdout, '{"r":3,"t":"30\\n"}\n');
    const lines = '{"op":"write","path":"bus/ap/config_time","value":"7"}\nnonsense\n{"op":"scan"}\n';
    const passed = await apmatrix(["lab", "event", "--guest", "Guest1", "-"], { ...options, stdin: lines });
    assert.equal(passed.code, 1);
    assert.deepEqual(
      passed.stdout.split("\n").map((line) => line.slice(0, 8)),
      ['{"r":1}', '{"error"', '{"r":0}', ""],
    );
    assert.equal((await exec("Guest1", "--", "cat", "/sys/bus/ap/config_time")).stdout, "7\n");
    assert.equal((await exec("Guest2", "--", "cat", "/sys/bus/ap/config_time")).stdout, "30\n");
    await lab.stop();
  });
});
