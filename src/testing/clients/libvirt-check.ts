// npm run test:libvirt: the node device driver of libvirt on a lab, with udevd and mdevctl in a root file system of their own: lists,
// descriptions, the life of a mediated device, and events when the machine changes. Not part of npm test, as the root is large.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { exportMdev } from "../../formats/tools/export-host.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { LabProcess } from "./lab-process.ts";
import { ownRoot } from "./own-root.ts";
import { DIES_WITH_SHELL, ShellSession } from "./shell-session.ts";
import { canMount, fetchedTools, type Need, ROOT, TESTING, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

/** What testing/libvirt/fetch-root.sh has made. */
const LIBVIRT_ROOT = join(ROOT, ".cache", "libvirt");
const libvirtRoot: Need = () =>
  existsSync(join(LIBVIRT_ROOT, "complete"))
    ? undefined
    : "the root with libvirt is missing: testing/libvirt/fetch-root.sh makes it";

const UUID = "62177883-f1bb-47f0-914d-32a22e3a8804";
const DEVICE = `mdev_${UUID.replaceAll("-", "_")}_matrix`;

/** As export writes it. */
const definition = (adapter: string): string => {
  const mdev = {
    uuid: UUID,
    name: undefined,
    adapters: [asApid(Number(adapter))],
    domains: [asApqi(0x47)],
    controlDomains: [asControlDomain(0x47)],
    guest: undefined,
  };
  return exportMdev(mdev, "libvirt", { profile: DEFAULT_PROFILE, auto: false, relative: false }).text;
};

/** Milliseconds. */
const PATIENCE = 15000;

/** An empty list. */
const NOTHING = /^\n*$/;

/** A shell beside libvirtd and udevd, in the lab's namespaces. The lab's work directory is /mnt there. */
function libvirtShell(lab: LabProcess): ShellSession {
  const root = {
    root: join(LIBVIRT_ROOT, "root"),
    directory: mkdtempSync(join(lab.work, "root-")),
    sys: "/sys",
    binds: { [lab.work]: "/mnt", [join(TESTING, "libvirt")]: "/opt" },
  };
  // mdevctl is in a root of its own.
  const command = [...DIES_WITH_SHELL, "env", "-u", "MDEVCTL_ENV_ROOT", ...ownRoot(root, ["sh", "/opt/start.sh"])];
  return new ShellSession(lab.inside(command, "--net"), { here: lab.work, there: "/mnt" }, lab.environment);
}

describe("libvirt's node devices on a lab", { skip: unless(canMount, fetchedTools, libvirtRoot) }, () => {
  let lab: LabProcess;
  let shell: ShellSession;
  before(async () => {
    lab = await LabProcess.up(join(ROOT, "src", "testing", "clients", "hosts", "one-of-each.yaml"), "--uevents");
    shell = libvirtShell(lab);
  });
  after(async () => {
    // libvirtd sometimes takes half a minute to end by itself.
    await shell?.kill();
    await lab.down();
  });

  const virsh = async (transcript: Transcript, ...lines: readonly string[]) => {
    for (const line of lines) transcript.add(`virsh ${line}`, await shell.run(`virsh ${line}`));
  };
  /** Ask until the answer fits: libvirt hears of everything through udevd, a little later. */
  const eventually = async (line: string, expected: RegExp): Promise<void> => {
    let last = "";
    for (const begin = Date.now(); Date.now() - begin < PATIENCE; ) {
      const { stdout, stderr } = await shell.run(line);
      if (expected.test(stdout)) return;
      last = stdout + stderr;
      await pause(50);
    }
    assert.fail(`${line}: never ${expected}, but\n${last}`);
  };

  it("lists cards, queues and the matrix, and describes them", async () => {
    const transcript = new Transcript(lab.mount);
    await eventually("virsh nodedev-list", /ap_02_0047/);
    await virsh(
      transcript,
      ...["ap_card", "ap_queue", "ap_matrix", "mdev_types", "mdev"].map((cap) => `nodedev-list --cap ${cap}`),
    );
    await virsh(transcript, "nodedev-list --tree");
    await virsh(transcript, ...["ap_card01", "ap_01_0006", "ap_matrix"].map((name) => `nodedev-dumpxml ${name}`));
    transcript.check("libvirt-list.txt");
  });

  it("defines, starts, destroys and undefines a mediated device", async () => {
    const transcript = new Transcript(lab.mount);
    lab.write("bus/ap/apmask", "-2");
    await eventually("virsh nodedev-dumpxml ap_02_0047", /vfio_ap/);
    writeFileSync(join(lab.work, "mdev.xml"), definition("0x02"));
    await virsh(
      transcript,
      "nodedev-define /mnt/mdev.xml",
      "nodedev-list --cap mdev",
      "nodedev-list --cap mdev --inactive",
    );
    // A moment after a definition has changed libvirt lists all of them anew, and can lose sight of a device that starts meanwhile.
    await pause(500);
    await virsh(transcript, `nodedev-dumpxml ${DEVICE}`, `nodedev-start ${DEVICE}`);
    await eventually("virsh nodedev-list --cap mdev", /mdev_/);
    await virsh(transcript, "nodedev-list --cap mdev", `nodedev-dumpxml ${DEVICE}`, "nodedev-dumpxml ap_matrix");
    assert.equal(lab.read(`bus/mdev/devices/${UUID}/matrix`), "02.0047\n");
    assert.equal(lab.read(`bus/mdev/devices/${UUID}/control_domains`), "0047\n");
    await virsh(transcript, `nodedev-autostart ${DEVICE}`, `nodedev-info ${DEVICE}`, `nodedev-destroy ${DEVICE}`);
    await eventually("virsh nodedev-list --cap mdev", NOTHING);
    await virsh(transcript, "nodedev-list --cap mdev --inactive", `nodedev-undefine ${DEVICE}`);
    await eventually("virsh nodedev-list --cap mdev --all", NOTHING);
    transcript.check("libvirt-mdev.txt");
  });

  it("passes on what the kernel refuses", async () => {
    writeFileSync(join(lab.work, "refused.xml"), definition("0x01"));
    const { code, stderr } = await shell.run("virsh nodedev-create /mnt/refused.xml");
    assert.equal(code, 1);
    assert.match(stderr, /Failed to write 0x0047 to attribute assign_domain/);
    assert.match(stderr, /Cannot assign requested address \(os error 99\)/);
    await eventually("virsh nodedev-list --cap mdev", NOTHING);
  });

  it("hears what is plugged and unplugged", async () => {
    await shell.run("virsh nodedev-event --event lifecycle --loop >>/mnt/events 2>&1 &");
    // It does not say when it listens, so something happens until it is heard: slowly, because libvirt waits for a moment without a
    // change of definitions before it lists them, and then tells only what it finds.
    await eventually(
      `virsh nodedev-define /mnt/mdev.xml; sleep 0.5; virsh nodedev-undefine ${DEVICE}; sleep 0.5; cat /mnt/events`,
      /Defined/,
    );
    const events = async (words: string, expected: readonly string[]) => {
      await shell.run("true >/mnt/events");
      await lab.event(words);
      await lab.event("scan");
      for (const event of expected) await eventually("cat /mnt/events", new RegExp(event));
      const { stdout } = await shell.run("cat /mnt/events");
      const found = [...stdout.matchAll(/node device ap_\w+: \w+/g)].map(([text]) => text);
      // udevd works on devices that have nothing to do with one another in no fixed order.
      assert.deepEqual(found.sort(), expected);
    };
    const gone = ["00", "01", "02"].map((id) => `node device ap_${id}_0047: Deleted`);
    await events("machine loses domain 0047", gone);
    await events("machine gains adapter 2a", ["node device ap_2a_0006: Created", "node device ap_card2a: Created"]);
    await events("machine loses adapter 2a", ["node device ap_2a_0006: Deleted", "node device ap_card2a: Deleted"]);
  });
});
