// mdevctl of Debian with our call-out on a lab: what the kernel would refuse is refused before anything is written, with the queue and
// its owner; live attributes are told, and in version 1.4 a matrix changes while its device is there.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isLongForm } from "../support/long-form.ts";
import { LabProcess } from "./lab-process.ts";
import { mdevctl12 } from "./mdevctl-version.ts";
import type { Run } from "./run-tool.ts";
import { mdevctl14 } from "./s390-tools.ts";
import type { ShellSession } from "./shell-session.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";

const HOST = join(ROOT, "src", "testing", "clients", "hosts", "two-adapters.yaml");
const uuid = (n: number): string => `7a2c1d3e-000${n}-4c58-9b1e-5f0c0a6d000${n}`;

type Mdevctl = (...args: readonly string[]) => Promise<Run>;

/** The link that an administrator would make. */
function install(directory: string): void {
  mkdirSync(directory, { recursive: true });
  symlinkSync(join(ROOT, "scripts", "mdevctl-callout"), join(directory, "apmatrix"));
}

const mdevs = (lab: LabProcess): readonly string[] => readdirSync(join(lab.mount, "bus", "mdev", "devices"));

/** Attributes such as `adapter 5`, with `start` in front. */
function definition(lab: LabProcess, start: string, ...words: readonly string[]): string {
  const attrs = words.map((word) => {
    const [name, value] = word.split(" ") as [string, string];
    return { [`assign_${name}`]: value };
  });
  const file = join(lab.work, "definition.json");
  writeFileSync(file, JSON.stringify({ mdev_type: "vfio_ap-passthrough", start, attrs }));
  return file;
}

/** @param all what is started and modified, too, and not only what is defined */
async function works(lab: LabProcess, mdevctl: Mdevctl, all: boolean): Promise<void> {
  const define = (n: number, start: string, ...words: readonly string[]) =>
    mdevctl("define", "-u", uuid(n), "-p", "matrix", "--jsonfile", definition(lab, start, ...words));
  const accepted = ({ code, stderr }: Run) => assert.equal(code, 0, stderr);
  const refused = ({ code, stderr }: Run, message: string) => {
    assert.equal(code, 1, stderr);
    assert.equal(stderr.split("\n")[0], `apmatrix: ${message}`);
  };

  accepted(await define(1, "auto", "adapter 5", "domain 4"));
  refused(
    await define(2, "auto", "adapter 5", "adapter 6", "domain 0x4"),
    `assign_domain 0x4: queue 05.0004 belongs to mdev ${uuid(1)}, which is defined to start by itself (EADDRINUSE)`,
  );
  refused(
    await define(2, "manual", "adapter 5", "domain 171"),
    "assign_domain 171 (0xab): queue 05.00ab belongs to the host by apmask and aqmask (EADDRNOTAVAIL)",
  );
  refused(await define(2, "manual", "domain 0089"), "assign_domain 0089: this is not a number (EINVAL)");
  accepted(await define(2, "manual", "adapter 6", "domain 4"));
  const clear = async () => {
    for (const n of [1, 2]) accepted(await mdevctl("undefine", "-u", uuid(n)));
    assert.deepEqual(mdevs(lab), []);
  };
  if (!all) return await clear();

  accepted(await mdevctl("start", "-u", uuid(1)));
  refused(
    await mdevctl(
      "start",
      "-u",
      uuid(3),
      "-p",
      "matrix",
      "--jsonfile",
      definition(lab, "manual", "domain 4", "adapter 5"),
    ),
    `assign_adapter 5: queue 05.0004 belongs to mdev ${uuid(1)} (EADDRINUSE)`,
  );
  assert.deepEqual(mdevs(lab), [uuid(1)], "nothing was made");
  refused(
    await mdevctl("modify", "-u", uuid(2), "--addattr", "assign_adapter", "--value", "0x05"),
    `assign_adapter 0x05: queue 05.0004 belongs to mdev ${uuid(1)}, which is defined to start by itself (EADDRINUSE)`,
  );
  accepted(await mdevctl("start", "-u", uuid(2)));
  const { stdout } = await mdevctl("list", "-u", uuid(2), "--dumpjson");
  assert.match(
    stdout.replace(/\s+/g, ""),
    /"attrs":\[\{"assign_adapter":"(?:6|0x06)"\},\{"assign_domain":"(?:4|0x0004)"\}\]/,
  );
  for (const n of [1, 2]) accepted(await mdevctl("stop", "-u", uuid(n)));
  await clear();
}

describe("mdevctl 1.4 with our call-out", { skip: unless(canMount, fetchedTools) }, () => {
  let lab: LabProcess;
  const mdevctl: Mdevctl = (...args) => mdevctl14(lab, join(lab.work, "conf"), ...args);
  before(async () => {
    lab = await LabProcess.up(HOST);
    install(join(lab.work, "conf", "scripts.d", "callouts"));
  });
  after(() => lab.down());

  it("refuses what the kernel would refuse, before anything is written", () => works(lab, mdevctl, isLongForm));

  it("changes the matrix of a device that is there, all at once", async () => {
    const [own, other] = [uuid(4), uuid(5)];
    const start = async (of: string, ...words: readonly string[]) => {
      const { code, stderr } = await mdevctl(
        "start",
        "-u",
        of,
        "-p",
        "matrix",
        "--jsonfile",
        definition(lab, "manual", ...words),
      );
      assert.equal(code, 0, stderr);
    };
    await start(own, "adapter 5", "domain 4");
    await start(other, "adapter 6", "domain 4");
    const live = (...words: readonly string[]) =>
      mdevctl("modify", "-u", own, "-p", "matrix", "--live", "--jsonfile", definition(lab, "manual", ...words));
    const changed = await live("adapter 5", "domain 0x47", "control_domain 0x47");
    assert.equal(changed.code, 0, changed.stderr);
    assert.equal(lab.read(`devices/vfio_ap/matrix/${own}/matrix`), "05.0047\n");
    assert.equal(lab.read(`devices/vfio_ap/matrix/${own}/control_domains`), "0047\n");
    const refused = await live("adapter 6", "domain 4");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      new RegExp(`^apmatrix: ap_config: queue 06.0004 belongs to mdev ${other} \\(EADDRINUSE\\)`),
    );
    assert.equal(lab.read(`devices/vfio_ap/matrix/${own}/matrix`), "05.0047\n");
    for (const of of [own, other]) lab.write(`devices/vfio_ap/matrix/${of}/remove`, "1");
  });
});

describe("mdevctl 1.2 with our call-out, in lab exec", { skip: unless(canMount, mdevctl12) }, () => {
  let lab: LabProcess;
  let shell: ShellSession;
  before(async () => {
    lab = await LabProcess.up(HOST);
    shell = lab.shell();
    const directory = "/etc/mdevctl.d/scripts.d/callouts";
    const link = `ln -s '${join(ROOT, "scripts", "mdevctl-callout")}' ${directory}/apmatrix`;
    assert.equal((await shell.run(`mkdir -p ${directory} && ${link}`)).code, 0);
  });
  after(async () => {
    await shell.close();
    await lab.down();
  });

  it("refuses what the kernel would refuse, before anything is written, and leaves no lock behind", async () => {
    await works(lab, (...args) => shell.run(["mdevctl", ...args].join(" ")), true);
    const { stdout } = await shell.run('ls -d "$MDEVCTL_ENV_ROOT/run/lock" && ls "$MDEVCTL_ENV_ROOT/run/lock"');
    assert.match(stdout, /^\S+\/run\/lock\n$/);
  });
});
