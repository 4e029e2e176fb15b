// chzdev and lszdev of Debian for s390x on a lab: which queues the host keeps, now and after the next boot.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LabProcess } from "./lab-process.ts";
import { settingsOf, zdev } from "./s390-tools.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

const skip = unless(canMount, fetchedTools);

describe("chzdev on a lab", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(ROOT, "hosts", "kernel-doc.yaml"));
  });
  after(() => lab.down());

  it("sets the masks, reads them back and writes the rule for the next boot", async () => {
    const transcript = new Transcript(lab.mount);
    const call = async (tool: "chzdev" | "lszdev", line: string) => {
      transcript.add(`${tool} ${line}`, await zdev(lab, tool, ...line.split(" ")));
    };
    const show = (name: string, text: string) => transcript.add(`cat ${name}`, { code: 0, stdout: text, stderr: "" });
    const rule = () => readFileSync(join(settingsOf(lab), "udev", "rules.d", "41-ap.rules"), "utf8");

    transcript.say("two adapters and three domains for guests");
    await call("lszdev", "-t ap -i");
    await call("chzdev", "-t ap apmask=-5,-0x6 aqmask=-4,-0x47,-0xab");
    show("bus/ap/apmask", lab.read("bus/ap/apmask"));
    show("bus/ap/aqmask", lab.read("bus/ap/aqmask"));
    show("/etc/udev/rules.d/41-ap.rules", rule());
    await call("lszdev", "-t ap -i");
    assert.equal(lab.read("bus/ap/devices/05.0004/status"), "unassigned\n");

    transcript.say("only now, only after the next boot");
    await call("chzdev", "-t ap -a aqmask=+0xab,-0xff");
    await call("chzdev", "-t ap -p apmask=0-4,6-255");
    await call("lszdev", "-t ap -i");

    transcript.say("a queue of an mdev would go back to the host: chzdev looks first");
    lab.write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID);
    lab.write(`devices/vfio_ap/matrix/${UUID}/assign_adapter`, "5");
    lab.write(`devices/vfio_ap/matrix/${UUID}/assign_domain`, "4");
    await call("chzdev", "-t ap -a apmask=+5 aqmask=+4");
    show("bus/ap/apmask", lab.read("bus/ap/apmask"));

    transcript.say("all back to the host");
    lab.write(`devices/vfio_ap/matrix/${UUID}/remove`, "1");
    await call("chzdev", "-t ap apmask=0-255 aqmask=0-255");
    await call("lszdev", "-t ap -i");
    transcript.check("chzdev.txt");
    assert.equal(lab.read("bus/ap/bindings"), "8/8 (complete)\n");
  });
});

const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
