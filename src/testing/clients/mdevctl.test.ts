// mdevctl of Debian on a lab: the life of a mediated device from its definition to its end, and the errors of the kernel in its
// messages. Version 1.4 through a root of its own without any mount; version 1.2 inside lab exec.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LabProcess } from "./lab-process.ts";
import { mdevctl12 } from "./mdevctl-version.ts";
import type { Run } from "./run-tool.ts";
import { mdevctl14 } from "./s390-tools.ts";
import type { ShellSession } from "./shell-session.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

const HOST = join(ROOT, "src", "testing", "clients", "hosts", "two-adapters.yaml");
const [FIRST, SECOND] = ["7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001", "7a2c1d3e-0002-4c58-9b1e-5f0c0a6d0002"] as const;

type Mdevctl = (...args: readonly string[]) => Promise<Run>;

/** A definition as mdevctl keeps it in a file of its own. */
const definition = (attributes: readonly (readonly [string, string])[]): string =>
  JSON.stringify({
    mdev_type: "vfio_ap-passthrough",
    start: "manual",
    attrs: attributes.map(([name, value]) => ({ [name]: value })),
  });

const mdevs = (lab: LabProcess): readonly string[] => readdirSync(join(lab.mount, "bus", "mdev", "devices"));

/** All commands during the life of one mdev. */
async function live(lab: LabProcess, mdevctl: Mdevctl, transcript: Transcript): Promise<void> {
  const call = async (line: string) => transcript.add(`mdevctl ${line}`, await mdevctl(...line.split(" ")));
  const show = (path: string) => {
    transcript.add(`cat ${path}`, { code: 0, stdout: lab.read(path), stderr: "" });
  };
  const file = join(lab.work, "definition.json");

  transcript.say("what can be made");
  await call("types");
  transcript.say("from a definition to a device");
  await call(`define -u ${FIRST} -p matrix -t vfio_ap-passthrough`);
  await call(`modify -u ${FIRST} --addattr assign_adapter --value 0x05`);
  await call(`modify -u ${FIRST} --addattr assign_domain --value 4`);
  await call(`modify -u ${FIRST} --addattr assign_control_domain --value 0x04`);
  await call(`modify -u ${FIRST} --auto`);
  await call("list -d");
  await call("list -d --dumpjson");
  await call("list");
  await call(`start -u ${FIRST}`);
  await call("list");
  await call("list --dumpjson");
  await call("types");
  for (const name of ["matrix", "guest_matrix", "control_domains"]) show(`devices/vfio_ap/matrix/${FIRST}/${name}`);
  await call(`start -u ${FIRST}`);
  transcript.say("another domain: in the definition only, until it is started anew");
  await call(`modify -u ${FIRST} --addattr assign_domain --value 0x47`);
  show(`bus/mdev/devices/${FIRST}/matrix`);
  await call(`stop -u ${FIRST}`);
  await call("list -d");
  await call(`start -u ${FIRST}`);
  show(`bus/mdev/devices/${FIRST}/matrix`);
  transcript.say("a second one from a file, all that start by themselves, and the end");
  writeFileSync(
    file,
    definition([
      ["assign_adapter", "6"],
      ["assign_domain", "4"],
    ]),
  );
  transcript.add(
    `mdevctl define -u ${SECOND} -p matrix --jsonfile FILE`,
    await mdevctl("define", "-u", SECOND, "-p", "matrix", "--jsonfile", file),
  );
  await call(`start -u ${SECOND}`);
  await call("list");
  await call(`stop -u ${FIRST}`);
  await call(`stop -u ${FIRST}`);
  await call("start-parent-mdevs matrix");
  await call("list");
  for (const uuid of [FIRST, SECOND]) {
    await call(`stop -u ${uuid}`);
    await call(`undefine -u ${uuid}`);
  }
  await call("list");
  await call("list -d");
  assert.deepEqual(mdevs(lab), []);
}

interface Refusal {
  readonly attributes: readonly (readonly [string, string])[];
  readonly errno: string;
  readonly number: number;
}

/** What the kernel refuses while a device is being made; 05.0004 belongs to another one. */
const REFUSALS: readonly Refusal[] = [
  {
    attributes: [
      ["assign_adapter", "0x05"],
      ["assign_domain", "171"],
    ],
    errno: "Cannot assign requested address",
    number: 99,
  },
  {
    attributes: [
      ["assign_adapter", "0x05"],
      ["assign_domain", "0x0004"],
    ],
    errno: "Address already in use",
    number: 98,
  },
  { attributes: [["assign_domain", "256"]], errno: "No such device", number: 19 },
  {
    attributes: [
      ["assign_adapter", "05"],
      ["assign_domain", "0089"],
    ],
    errno: "Invalid argument",
    number: 22,
  },
  {
    attributes: [["assign_control_domain", "99999999999999999999"]],
    errno: "Numerical result out of range",
    number: 34,
  },
];

/** Each refusal arrives unchanged, and nothing is left of the device. */
async function refuse(lab: LabProcess, mdevctl: Mdevctl): Promise<void> {
  lab.write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", FIRST);
  lab.write(`devices/vfio_ap/matrix/${FIRST}/assign_adapter`, "5");
  lab.write(`devices/vfio_ap/matrix/${FIRST}/assign_domain`, "4");
  const file = join(lab.work, "refused.json");
  for (const { attributes, errno, number } of REFUSALS) {
    writeFileSync(file, definition(attributes));
    const { code, stderr } = await mdevctl("start", "-u", SECOND, "-p", "matrix", "--jsonfile", file);
    const [name, value] = attributes.at(-1) as readonly [string, string];
    assert.equal(code, 1, errno);
    assert.match(stderr, new RegExp(`Failed to write ${value} to attribute ${name}`));
    assert.match(stderr, new RegExp(`${errno} \\(os error ${number}\\)`));
    assert.deepEqual(mdevs(lab), [FIRST], `${errno}: nothing is left`);
  }
  lab.write(`devices/vfio_ap/matrix/${FIRST}/remove`, "1");
}

describe("mdevctl 1.4 on a lab", { skip: unless(canMount, fetchedTools) }, () => {
  let lab: LabProcess;
  const mdevctl: Mdevctl = (...args) => mdevctl14(lab, join(lab.work, "conf"), ...args);
  before(async () => {
    lab = await LabProcess.up(HOST);
  });
  after(() => lab.down());

  it("defines, starts, lists, modifies, stops and undefines", async () => {
    const transcript = new Transcript(lab.mount);
    await live(lab, mdevctl, transcript);
    transcript.check("mdevctl-1.4.txt");
  });

  it("passes on what the kernel refuses, and cleans up", () => refuse(lab, mdevctl));
});

describe("mdevctl 1.2 in lab exec", { skip: unless(canMount, mdevctl12) }, () => {
  let lab: LabProcess;
  let shell: ShellSession;
  const mdevctl: Mdevctl = (...args) => shell.run(["mdevctl", ...args].join(" "));
  before(async () => {
    lab = await LabProcess.up(HOST);
    shell = lab.shell();
  });
  after(async () => {
    await shell.close();
    await lab.down();
  });

  it("defines, starts, lists, modifies, stops and undefines", async () => {
    const before = readdirSync("/etc/mdevctl.d");
    const transcript = new Transcript(lab.mount);
    await live(lab, mdevctl, transcript);
    transcript.check("mdevctl-1.2.txt");
    assert.deepEqual(readdirSync("/etc/mdevctl.d"), before, "the machine's own definitions are not touched");
  });

  it("passes on what the kernel refuses, and cleans up", () => refuse(lab, mdevctl));
});
