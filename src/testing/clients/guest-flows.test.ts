// What programs inside guests do, step by step, on labs: the agent of Kata Containers, end-to-end tests that list queues, and mdevctl
// that makes mdevs for guests of the guest. And tp-libvirt, which takes a queue from a guest while a guest of that guest has it.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLongForm } from "../support/long-form.ts";
import { PROGRAM } from "../support/program.ts";
import { guestShell, toolEnvironment } from "./guest-shell.ts";
import { LabProcess } from "./lab-process.ts";
import { type Run, run } from "./run-tool.ts";
import type { ShellSession } from "./shell-session.ts";
import { canMount, fetchedTools, program, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

const skip = unless(canMount, fetchedTools, program("udevadm", "udev"), program("perl", "perl-base"));
const HOSTS = join(ROOT, "src", "testing", "clients", "hosts");
const MDEV = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";

/** A command in a guest, to its end. */
const inGuest = (lab: LabProcess, guest: string, command: readonly string[], environment = {}): Promise<Run> =>
  run(lab.inside(command, "--guest", guest, "--net"), {
    environment: { ...lab.environment, ...toolEnvironment(), ...environment },
  });

/** What covers a file of the guest's /sys, for one command: a directory that is empty, or a file that takes everything and does nothing. */
const without = (path: string, command: readonly string[]): readonly string[] => {
  const cover = `if [ -d "$0" ]; then mount -t tmpfs none "$0"; else mount --bind /dev/null "$0"; fi && exec "$@"`;
  return ["sh", "-c", cover, path, ...command];
};

describe("the agent of Kata Containers in a guest for Secure Execution", { skip }, () => {
  const QUEUE = "05.0007";
  let lab: LabProcess;
  /** The queue has left the guest, and comes back when the agent lets its bus scan. */
  async function unplugged(): Promise<void> {
    lab.write(`devices/vfio_ap/matrix/${MDEV}/unassign_domain`, "7");
    await lab.event("scan", "g1");
    lab.write(`devices/vfio_ap/matrix/${MDEV}/assign_domain`, "7");
  }
  const agent = (...args: readonly string[]) => ["kata-agent.sh", QUEUE, ...args];
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "secure-guests.yaml"), "--uevents");
  });
  after(() => lab?.down());

  it("lets the bus scan, hears of the queue, binds and associates it", async () => {
    await unplugged();
    assert.deepEqual(await inGuest(lab, "g1", agent("7")), { code: 0, stdout: `${QUEUE} online bound\n`, stderr: "" });
    const shown = await inGuest(lab, "g1", ["lszcrypt", "-V", QUEUE]);
    assert.match(shown.stdout, /^05\.0007 .* online .* usable\s*$/m);
  });

  for (const [file, error] of [
    ["/sys/bus/ap/scans", /uevent add of \/devices\/ap\/card05\/05\.0007: not within 1 s/],
    ["/sys/firmware/uv", /05\.0007 is not bound/],
  ] as const)
    it(`fails without ${file}`, async () => {
      await unplugged();
      const { code, stderr } = await inGuest(lab, "g1", without(file, agent("7")), { LIMIT: "1" });
      assert.equal(code, 1, stderr);
      assert.match(stderr, error);
    });

  it("fails where the queue cannot be bound or associated", async () => {
    for (const what of ["bind", "associate"]) {
      await unplugged();
      assert.equal((await lab.event(`fault ${QUEUE} ${what} 10`)).r, 0);
      const { code, stderr } = await inGuest(lab, "g1", agent("7"), { LIMIT: "1" });
      assert.notEqual(code, 0, what);
      assert.match(stderr, new RegExp(`se_${what}|I/O error`));
      assert.equal((await lab.event(`fault ${QUEUE} ${what} ok`)).r, 0);
    }
  });

  it("fails where its host gives the queue to nobody", async () => {
    lab.write(`devices/vfio_ap/matrix/${MDEV}/unassign_domain`, "7");
    await lab.event("scan", "g1");
    const { code, stderr } = await inGuest(lab, "g1", agent("7"), { LIMIT: "1" });
    assert.equal(code, 1);
    assert.match(stderr, /not within 1 s/);
  });
});

describe("flows of other projects in guests", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "guests.yaml"), "--profile", "linux-6.12", "--guests", "--uevents");
  });
  after(() => lab?.down());

  it("Kata Containers: in a usual guest nothing is bound", async () => {
    lab.write(`devices/vfio_ap/matrix/${MDEV}/unassign_domain`, "0x47");
    await lab.event("scan", "g1");
    lab.write(`devices/vfio_ap/matrix/${MDEV}/assign_domain`, "0x47");
    const { code, stdout, stderr } = await inGuest(lab, "g1", ["kata-agent.sh", "04.0047"]);
    assert.deepEqual([code, stdout], [0, "04.0047 online\n"], stderr);
  });

  it("end-to-end tests: queues are listed by their names", async () => {
    const all = ["04.0004", "04.0047", "05.0004", "05.0047"];
    const listed = (...queues: readonly string[]) => inGuest(lab, "g1", ["guest-devices.sh", ...queues]);
    assert.equal((await listed(...all)).code, 0);
    assert.equal((await inGuest(lab, "other", ["guest-devices.sh", "06.0004"])).code, 0);
    assert.match((await listed(...all, "05.0054")).stderr, /expected .* 05\.0054 , found .* 05\.0047 $/m);
    lab.write("bus/ap/drivers/vfio_ap/unbind", "05.0004");
    await lab.event("scan", "g1");
    assert.equal((await listed("04.0004", "04.0047")).code, 0);
    assert.equal((await listed(...all)).code, 1);
    lab.write("bus/ap/drivers/vfio_ap/bind", "05.0004");
    await lab.event("scan", "g1");
    const covered = without("/sys/bus/ap/devices", ["guest-devices.sh", ...all]);
    assert.match((await inGuest(lab, "g1", covered)).stderr, /expected 04\.0004 .*, found none/);
  });
});

describe("mdevctl in a guest", { skip }, () => {
  const INNER = "7a2c1d3e-00aa-4c58-9b1e-5f0c0a6d00aa";
  let lab: LabProcess;
  const shells: ShellSession[] = [];
  const shellIn = (guest: string): ShellSession => {
    const shell = guestShell(lab, guest);
    shells.push(shell);
    return shell;
  };
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "guests.yaml"), "--profile", "linux-6.12", "--guests");
  });
  after(async () => {
    for (const shell of shells) await shell.close();
    await lab?.down();
  });

  it("makes an mdev for a guest of the guest, and shows what is assigned when the outer host takes a queue", async () => {
    const transcript = new Transcript(lab.mount);
    const outer = shellIn("g1");
    const call = async (shell: ShellSession, where: string, ...lines: readonly string[]) => {
      for (const line of lines) transcript.add(`[${where}] ${line}`, await shell.run(line));
    };
    const matrices = ["matrix", "guest_matrix"].map((name) => `cat /sys/bus/mdev/devices/${INNER}/${name}`);
    await call(
      outer,
      "g1",
      "echo -4 >/sys/bus/ap/apmask",
      "mdevctl types",
      `mdevctl define -u ${INNER} -p matrix -t vfio_ap-passthrough`,
      `mdevctl modify -u ${INNER} --addattr assign_adapter --value 0x04`,
      `mdevctl modify -u ${INNER} --addattr assign_domain --value 0x04`,
      `mdevctl modify -u ${INNER} --addattr assign_domain --value 0x47`,
      `mdevctl start -u ${INNER}`,
      "mdevctl list",
      "mdevctl list -d",
      "lszcrypt -V",
    );
    transcript.say("a guest of the guest opens it");
    assert.equal((await lab.event(`start g2 ${INNER}`, "g1")).r, 0);
    const inner = shellIn("g1/g2");
    await call(inner, "g1/g2", "lszcrypt -V", "mdevctl list");
    transcript.say("the host unbinds 04.0047");
    lab.write("bus/ap/drivers/vfio_ap/unbind", "04.0047");
    await call(outer, "g1", ...matrices);
    transcript.say("the guest scans, then its guest");
    await call(outer, "g1", "echo 1 >/sys/bus/ap/scans", "lszcrypt -V", "mdevctl list", ...matrices);
    await call(inner, "g1/g2", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
    transcript.say("it is bound again, and all scan");
    lab.write("bus/ap/drivers/vfio_ap/bind", "04.0047");
    await call(outer, "g1", "echo 1 >/sys/bus/ap/scans", ...matrices);
    await call(inner, "g1/g2", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
    transcript.say("definitions in the guest are the guest's");
    await call(shellIn("other"), "other", "mdevctl list -d");
    transcript.check("guest-mdevctl.txt");
    assert.deepEqual(readdirSync(join(lab.mount, "bus/mdev/devices")).includes(INNER), false);
  });

  it("waits with the end of an mdev until the guest of the guest lets go", async () => {
    let isDone = false;
    const stopped = shellIn("g1")
      .run(`mdevctl stop -u ${INNER}`)
      .finally(() => {
        isDone = true;
      });
    await pause(400);
    assert.equal(isDone, false, "the guest still has it");
    assert.equal((await lab.event(`stop g2 ${INNER}`, "g1")).done?.length, 1);
    const { code, stderr } = await stopped;
    assert.equal(code, 0, stderr);
  });
});

describe("tp-libvirt with a guest of a guest", { skip }, () => {
  it("gives a queue to a guest that runs and takes it back, and its own mdev follows", async () => {
    const lab = await LabProcess.withTimer(join(HOSTS, "guests.yaml"), "--profile", "linux-6.12", "--guests");
    try {
      // There the guest begins with an mdev that is empty.
      for (const ids of [
        ["domain", "4", "0x47"],
        ["adapter", "4", "5"],
      ])
        for (const id of ids.slice(1)) lab.write(`devices/vfio_ap/matrix/${MDEV}/unassign_${ids[0]}`, id);
      await lab.event("scan", "g1");
      const flow = ["sh", join(ROOT, "testing", "clients", "tp-libvirt-nested.sh"), "lab", "g1", MDEV, "05.0054"];
      const { code, stdout, stderr } = await run(flow, {
        environment: {
          ...lab.environment,
          ...toolEnvironment(),
          APMATRIX: PROGRAM,
          // Twice five seconds, if it is to wait for the guest.
          REFRESH: isLongForm ? "5" : "0",
        },
      });
      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(stdout.match(/^guest_matrix .*$/gm), [
        "guest_matrix ''",
        "guest_matrix '05.0054'",
        "guest_matrix ''",
      ]);
    } finally {
      await lab.down();
    }
  });
});
