// udev on a lab: udevadm hears the kernel's uevents of what comes and goes, and udevd boots the masks by the rule that chzdev writes.
// All of it in namespaces of the lab's own, so that the machine's udev hears and does nothing.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LabProcess } from "./lab-process.ts";
import { settingsOf, zdev } from "./s390-tools.ts";
import { canMount, fetchedTools, program, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";
import { UdevdSession } from "./udevd-session.ts";
import { UeventMonitor } from "./uevent-monitor.ts";

const skip = unless(canMount, fetchedTools, program("udevadm", "udev"), program("perl", "perl-base"));
const HOSTS = join(ROOT, "src", "testing", "clients", "hosts");
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const END = "7a2c1d3e-ffff-4c58-9b1e-5f0c0a6d0001";

describe("udevadm monitor in lab exec --net", { skip }, () => {
  let lab: LabProcess;
  let monitor: UeventMonitor;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "one-of-each.yaml"), "--uevents");
    // The kernel sends events of the machine's own devices there, too.
    const subsystems = ["ap", "mdev", "matrix", "bus", "drivers", "module"].map((name) => `--subsystem-match=${name}`);
    // Into a pipe it would keep its lines back otherwise.
    const command = ["stdbuf", "-oL", "udevadm", "monitor", "--kernel", "--property", ...subsystems];
    monitor = await UeventMonitor.start(lab.inside(command, "--net"), lab.environment);
  });
  after(async () => {
    monitor?.stop();
    await lab.down();
  });

  it("hears add, remove, bind, unbind and change, with the kernel's variables in the kernel's order", async () => {
    const transcript = new Transcript(lab.mount);
    const heard = async (title: string, ...steps: readonly (string | (() => void))[]) => {
      transcript.say(title);
      for (const step of steps) {
        if (typeof step === "string") await lab.event(step);
        else step();
      }
      lab.write("bus/mdev/uevent", `change ${END}`);
      transcript.lines(await monitor.upTo(`SYNTH_UUID=${END}`));
    };
    await heard("a domain is unplugged", "machine loses domain 0047", "scan");
    await heard("a card and a domain are plugged", "machine gains adapter 2a domain 0047", "scan");
    await heard("a card goes to standby, and comes back", "card 2a standby", "scan", "card 2a configured", "scan");
    await heard("a card breaks: nothing is said", "card 2a checkstopped", "scan");
    await heard("a card is unplugged", "machine loses adapter 2a", "scan");
    await heard(
      "by hand: a queue loses its driver and gets it back",
      "unbind cex4queue 00.0006",
      "bind cex4queue 00.0006",
    );
    await heard("by hand: a card is switched off and on", () => {
      lab.write("devices/ap/card00/online", "0");
      lab.write("devices/ap/card00/online", "1");
    });
    await heard("an adapter is left to guests", () => lab.write("bus/ap/apmask", "-2"));
    await heard(
      "an mdev comes and goes",
      () => lab.write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID),
      () => lab.write(`bus/mdev/devices/${UUID}/remove`, "1"),
    );
    await heard("asked for, as udevadm trigger does", () => {
      lab.write("devices/ap/card02/uevent", "add");
      lab.write("devices/ap/card02/02.0006/uevent", `change ${UUID} FROM=test NUMBER=2`);
      lab.write("devices/ap/uevent", "change");
      lab.write("devices/vfio_ap/matrix/uevent", "change");
      lab.write("bus/ap/uevent", "add");
      lab.write("bus/ap/drivers/vfio_ap/uevent", "add");
      lab.write("module/vfio_ap/uevent", "add");
    });
    transcript.check("udevadm-monitor.txt");
  });

  it("is told of a card that was asked to be removed, while the card stays", async () => {
    lab.write("devices/ap/card00/uevent", "remove");
    lab.write("bus/mdev/uevent", `change ${END}`);
    assert.equal((await monitor.upTo(`SYNTH_UUID=${END}`)).length, 1);
    assert.equal(lab.read("devices/ap/card00/type"), "CEX8A\n");
  });
});

describe("udevd in a lab", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(ROOT, "hosts", "kernel-doc.yaml"), "--uevents");
  });
  after(() => lab.down());
  const masks = () => [lab.read("bus/ap/apmask"), lab.read("bus/ap/aqmask")].map((text) => text.trim());
  const giveBack = () => {
    lab.write("bus/ap/apmask", `0x${"f".repeat(64)}`);
    lab.write("bus/ap/aqmask", `0x${"f".repeat(64)}`);
  };
  const persistent = [`0xf9${"f".repeat(62)}`, `0xf7${"f".repeat(15)}e${"f".repeat(46)}`];

  it("boots the masks by the rule that chzdev has written", async () => {
    const { code, stderr } = await zdev(lab, "chzdev", "-t", "ap", "-p", "apmask=-5,-6", "aqmask=-4,-0x47");
    assert.equal(code, 0, stderr);
    assert.deepEqual(masks(), Array(2).fill(`0x${"f".repeat(64)}`), "not before the next boot");
    await UdevdSession.during(lab, async (udevd) => {
      await udevd.bindingsComplete();
      assert.deepEqual(masks(), persistent);
      assert.match(await udevd.info("devices/ap/card05/05.0004"), /^E: DRIVER=vfio_ap$/m);
    });
  });

  it("boots them by the rule of newer versions, which looks at what happened before udevd came", async () => {
    giveBack();
    const rules = join(settingsOf(lab), "udev", "rules.d");
    mkdirSync(rules, { recursive: true });
    writeFileSync(
      join(rules, "41-ap.rules"),
      [
        'ACTION=="add", DEVPATH=="/bus/ap", ATTR{bindings_complete_count}!="0", GOTO="cfg_ap"',
        'GOTO="end_ap"',
        'LABEL="cfg_ap"',
        ...["apmask", "aqmask"].map((name, at) => `ATTR{../../bus/ap/${name}}="${persistent[at]}"`),
        'LABEL="end_ap"\n',
      ].join("\n"),
    );
    await UdevdSession.during(lab, async (udevd) => {
      await udevd.coldplug();
      assert.deepEqual(masks(), persistent);
    });
  });
});
