// Bad input to apmatrix lab: one line that says what is wrong and what helps, exit code 1, and nothing left behind.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { mountAt } from "../lab/fuse/mount.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { NOBODY, nobodySkip, type ProgramForAll, programForAll } from "../testing/support/other-user.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, mountSmallDisk, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const HOST = hostFile("kernel-doc-guests");
const SCENARIOS = fileURLToPath(new URL("../../scenarios/rules/", import.meta.url));
/** What is refused needs no process of its own. */
const common = (): CommandOptions => ({ run: freshDirectory(parent, "run"), ownProcess: false });

/** The one line on stderr, without "apmatrix: ". */
async function refusal(words: readonly string[], options: CommandOptions = common()): Promise<string> {
  const { code, stdout, stderr } = await apmatrix(["lab", ...words], options);
  assert.deepEqual([code, stdout], [1, ""], stderr);
  assert.match(stderr, /^apmatrix: [^\n]+\n$/);
  return stderr.slice("apmatrix: ".length, -1);
}

after(killLabs);

describe("lab up without a mount", () => {
  it("needs to know a host, and only one", async () => {
    assert.match(
      await refusal(["up"]),
      /^name a host description, such as hosts\/kernel-doc\.yaml, or --replay TRACE$/,
    );
    const trace = fileURLToPath(new URL("../../conformance/traces/mix-4-2-seed1-first300.jsonl", import.meta.url));
    assert.match(await refusal(["up", HOST, "--replay", trace]), /: brings its own host; name .* not both$/);
    assert.match(await refusal(["up", "nowhere.yaml"]), /^nowhere\.yaml: no such file or directory$/);
  });

  it("says where a host or a trace cannot be understood", async () => {
    const directory = freshDirectory(parent);
    const write = (name: string, text: string) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    assert.match(await refusal(["up", write("a.yaml", "cards: 7\n")]), /a\.yaml:1:\d+: /);
    const torn = write("torn.jsonl", '{"trace":"t","format":1}\n{"op":"init"}\n{"op":"sc');
    assert.match(await refusal(["up", "--replay", torn]), /torn\.jsonl:3:\d+: expected a JSON object on one line$/);
    const empty = write("empty.jsonl", '{"trace":"t","format":1}\n');
    assert.match(await refusal(["up", "--replay", empty]), /empty\.jsonl: has no operation; it must begin with init$/);
    const late = write("late.jsonl", '{"trace":"t","format":1}\n{"op":"scan"}\n');
    assert.match(await refusal(["up", "--replay", late]), /late\.jsonl:2:\d+: expected the operation "init" first/);
    const scenario = join(SCENARIOS, readdirSync(SCENARIOS).find((name) => name.endsWith(".scenario")) as string);
    assert.match(
      await refusal(["up", "--replay", scenario]),
      /\.scenario: a trace is needed to replay, not a scenario$/,
    );
  });

  it("knows its words", async () => {
    assert.match(await refusal(["up", HOST, "--name", "../x"]), /^"\.\.\/x" is not a name for a lab: letters, digits/);
    assert.match(await refusal(["up", HOST, "--profile", "linux-1.0"]), /^unknown profile "linux-1\.0"; known: /);
    assert.match(
      await refusal(["up", HOST, "--transport", "pigeon"]),
      /^unknown format "pigeon"; known: epoll, relay$/,
    );
  });

  it("needs a directory for running labs, and a short name for it", async () => {
    const file = join(freshDirectory(parent), "file");
    writeFileSync(file, "");
    assert.match(
      await refusal(["list"], { ...common(), run: join(file, "run") }),
      /^the directory for running labs, .*file\/run, cannot be used: ENOTDIR; set APMATRIX_RUN to another$/,
    );
    const long = join(freshDirectory(parent), "x".repeat(100));
    assert.match(
      await refusal(["up", HOST], { ...common(), run: long }),
      /is too long for a socket; set APMATRIX_RUN to a directory with a shorter name$/,
    );
  });

  it("has no journal of another lab, host or profile", async () => {
    const journal = freshDirectory(parent, "journal");
    const lab = await labUp([HOST, "--journal", journal], common());
    const inUse = await refusal(["up", HOST, "--journal", journal]);
    assert.equal(inUse, `journal ${journal} is in use by process ${lab.pid}; stop that lab, or use another directory`);
    await lab.stop();
    const other = hostFile("kernel-doc");
    assert.match(
      await refusal(["up", other, "--journal", journal]),
      /journal\.jsonl is of another host; name that one, or another directory$/,
    );
    const older = ["--profile", "linux-6.12"];
    assert.match(
      await refusal(["up", HOST, ...older, "--journal", journal]),
      /is of profile linux-7\.3, not linux-6\.12; use --profile linux-7\.3, or another directory$/,
    );
  });
});

describe("a lab that is not there", () => {
  it("is not found by its name, and neither is the only one if there is none", async () => {
    for (const words of [["down"], ["event", "scan"], ["exec", "--", "true"]]) {
      const [word, ...rest] = words as [string];
      assert.equal(await refusal(words), 'no lab is running; "apmatrix lab up HOST --mount DIR" starts one');
      assert.equal(
        await refusal([word, "--name", "nobody", ...rest]),
        'no lab "nobody" is running; "apmatrix lab list" shows those that are',
      );
    }
  });

  it("is not mistaken for another process that has its number now", async () => {
    const options = common();
    const description = { name: "lab", pid: process.pid, profile: "linux-7.3", started: "1", isPrivate: false };
    writeFileSync(join(options.run, "lab.json"), JSON.stringify(description));
    assert.match(await refusal(["down"], options), /^no lab is running/);
    assert.deepEqual(readdirSync(options.run), []);
  });
});

describe("a running lab", () => {
  const options = common();
  let lab: RunningLab;
  before(async () => {
    lab = await labUp([HOST], options);
  });
  after(() => lab.stop());

  it("has its name for itself", async () => {
    const why = await refusal(["up", HOST], options);
    assert.equal(
      why,
      `a lab "lab" is running already (process ${lab.pid}); choose another --name, or "apmatrix lab down --name lab"`,
    );
  });

  it("takes no unknown event, in words or as JSON, and no JSON that is torn", async () => {
    assert.match(await refusal(["event", "the cat sat"], options), /^"the cat sat": column 1: expected /);
    for (const [json, error] of [
      ['{"op":"scan"', /^\{"error":"column \d+: expected a JSON object on one line"\}\n$/],
      ['{"op":"fly"}', /^\{"error":"column \d+: expected .*"\}\n$/],
      ['{"op":"card","id":256}', /^\{"error":"column \d+: expected .*"\}\n$/],
      ['{"op":"init"}', /^\{"error":"a running lab has booted already"\}\n$/],
    ] as const) {
      const { code, stdout } = await apmatrix(["lab", "event", json], options);
      assert.equal(code, 1, json);
      assert.match(stdout, error);
    }
  });

  it("answers what its host refuses with the error's name, which is not an error of the command", async () => {
    const { code, stdout } = await apmatrix(["lab", "event", '{"op":"close","guest":"nobody","mdev":"x"}'], options);
    assert.deepEqual([code, stdout], [0, '{"r":"EBADF"}\n']);
  });

  it("has no /sys for commands if it is not mounted, and no network if it sends no uevents", async () => {
    assert.equal(
      await refusal(["exec", "--", "true"], options),
      'lab "lab" is not mounted; bring it up with --mount DIR',
    );
  });
});

const skip = await mountSkip();

describe("a mount point", { skip }, () => {
  const upAt = (mount: string, options?: CommandOptions) => refusal(["up", HOST, "--mount", mount], options);

  it("has to be there, a directory, and empty", async () => {
    const directory = freshDirectory(parent);
    const missing = join(directory, "missing");
    assert.equal(await upAt(missing), `mount point ${missing} is not there; "mkdir -p ${missing}" makes it`);
    assert.match(await upAt(join(missing, "below")), /is not there; "mkdir -p /);
    const file = join(directory, "file");
    writeFileSync(file, "");
    assert.equal(await upAt(file), `mount point ${file} is not a directory`);
    assert.equal(await upAt(directory), `mount point ${directory} is not empty; choose an empty directory`);
    const circle = join(directory, "circle");
    symlinkSync(circle, circle);
    assert.match(await upAt(circle), /circle cannot be used: ELOOP$/);
  });

  it("may not be another file system's, such as the machine's own /sys", async () => {
    const disk = freshDirectory(parent, "disk");
    mountSmallDisk(disk, 4096);
    assert.equal(await upAt(disk), `tmpfs is mounted at ${disk}; choose another directory`);
    assert.equal(await upAt("/sys"), "sysfs is mounted at /sys; choose another directory");
  });

  it("may not be another lab's, however it is called", async () => {
    const options = common();
    const mount = join(freshDirectory(parent), "a b\\c");
    mkdirSync(mount);
    const lab = await labUp([HOST, "--mount", mount], options);
    assert.equal(mountAt(mount)?.type, "fuse.sysfs");
    const taken = `lab "lab" is mounted at ${mount}; "apmatrix lab down --name lab" stops it`;
    assert.equal(await refusal(["up", HOST, "--name", "other", "--mount", mount], options), taken);
    const link = join(freshDirectory(parent), "link");
    symlinkSync(mount, link);
    assert.equal(await refusal(["up", HOST, "--name", "other", "--mount", link], options), taken);
    // Somebody else's lab is not among ours, and alive all the same.
    assert.equal(
      await upAt(mount),
      `somebody else's lab (process ${lab.pid}) is mounted at ${mount}; choose another directory`,
    );
    assert.equal((await lab.stop()).code, 0);
    assert.equal(mountAt(mount), undefined);
  });

  it("gives way to no lab that could not be brought up", async () => {
    const mount = freshDirectory(parent, "sys");
    const journal = join(mount, "..", "no-journal");
    writeFileSync(journal, "");
    assert.match(
      await refusal(["up", HOST, "--mount", mount, "--journal", journal]),
      /cannot be used: is a file, not a directory$/,
    );
    assert.equal(mountAt(mount), undefined);
  });
});

/** In a mount namespace of its own, with another /dev. */
const inDevice = (script: string): readonly string[] => [
  ...["unshare", "--mount", "sh", "-ec"],
  `mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3; ${script}; exec "$@"`,
  "sh",
];

/** Root of a user namespace makes no devices. */
function deviceSkip(): string | false {
  const [program, ...args] = [...inDevice("true"), "true"];
  const { status, stderr } = spawnSync(program as string, args, { encoding: "utf8" });
  return status === 0 ? false : `no device can be made here: ${stderr.trim()}`;
}

describe("/dev/fuse", { skip: skip || deviceSkip() }, () => {
  let copy: ProgramForAll;
  before(() => {
    copy = programForAll(parent);
  });
  const up = (prefix: readonly string[]): Promise<string> => {
    const directory = freshDirectory(parent, "home");
    chmodSync(directory, 0o1777);
    const mount = freshDirectory(directory, "sys");
    const { program, hostFile } = copy;
    return refusal(["up", hostFile("kernel-doc-guests"), "--mount", mount], {
      run: join(directory, "run"),
      prefix,
      program,
    });
  };

  it("has to be there", async () => {
    const why = await up(inDevice("true"));
    assert.equal(why, "/dev/fuse is not there (ENOENT): load the fuse module, or give the container the device");
  });

  it("has to have a driver behind it", async () => {
    const why = await up(inDevice("mknod /dev/fuse c 10 253"));
    assert.match(why, /^\/dev\/fuse is not there \((ENODEV|ENXIO)\): load the fuse module/);
  });

  it("has to let its user in", { skip: nobodySkip() }, async () => {
    const why = await up(inDevice(`mknod -m 600 /dev/fuse c 10 229; set -- ${NOBODY.join(" ")} "$@"`));
    assert.equal(why, "/dev/fuse may not be opened: be root, or make it readable and writable for all (chmod 666)");
  });
});
