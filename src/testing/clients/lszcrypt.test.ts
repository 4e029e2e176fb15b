// lszcrypt and chzcrypt of Debian for s390x on a lab: what they print and what they change, as on a real machine.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LabProcess } from "./lab-process.ts";
import { chzcrypt, lszcrypt } from "./s390-tools.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

const skip = unless(canMount, fetchedTools);
const HOSTS = join(ROOT, "src", "testing", "clients", "hosts");

/** The commands that look at every state of a machine. */
const OPTIONS = [
  "",
  "-V",
  "-VV",
  "-b",
  "-d",
  "-s",
  "-c 0",
  "-c 1",
  "-c 2",
  "-c 01.0006",
  "-c 02.0006",
  "--accelonly",
  "--ccaonly",
  "--ep11only",
  "-V 02",
  "-V .0010",
  "-V 01.0006 0a",
  "-V 05",
  "-c 5",
];

async function look(transcript: Transcript, lab: LabProcess, ...options: readonly string[]): Promise<void> {
  for (const option of options) {
    const args = option.split(" ").filter((arg) => arg !== "");
    transcript.add(["lszcrypt", ...args].join(" "), await lszcrypt(lab, ...args));
  }
}

describe("lszcrypt on a lab", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "every-state.yaml"));
  });
  after(() => lab.down());

  it("prints a queue in each state, with all its options", async () => {
    const transcript = new Transcript(lab.mount);
    await look(transcript, lab, ...OPTIONS);
    transcript.check("lszcrypt.txt");
  });

  it("prints what was plugged and unplugged, and what went to standby and broke", async () => {
    const transcript = new Transcript(lab.mount);
    const happens = async (...events: readonly string[]) => {
      transcript.say(events.join("; "));
      for (const event of [...events, "scan"]) assert.equal((await lab.event(event)).r, 0, event);
      await look(transcript, lab, "-V");
    };
    await happens("machine loses adapter 01 domain 0010");
    await happens("machine gains adapter 01 2a domain 0050");
    await happens("card 00 standby", "card 02 standby");
    await happens("card 00 configured", "card 02 configured", "card 03 configured", "card 04 repaired");
    await happens("card 02 checkstopped");
    await happens("card 02 repaired", "card 0a type 13");
    transcript.check("lszcrypt-hotplug.txt");
  });

  it("prints nothing but an error on a machine that has lost its last card", async () => {
    const transcript = new Transcript(lab.mount);
    await lab.event("machine loses adapter 00 01 02 03 04 0a 2a");
    await lab.event("scan");
    await look(transcript, lab, "", "-V", "-d");
    transcript.check("lszcrypt-empty.txt");
  });
});

describe("lszcrypt on the lab of a published listing", { skip }, () => {
  it("prints that listing", async () => {
    // bootc-dev/bootc issue 1542: five queues of a CEX8C in use by guests, under a kernel that shows the depth less one.
    const lab = await LabProcess.up(join(ROOT, "hosts", "bootc-1542.yaml"), "--profile", "linux-6.8");
    try {
      lab.write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID);
      lab.write(`devices/vfio_ap/matrix/${UUID}/assign_adapter`, "0");
      for (const domain of [0x35, 0x36, 0x37, 0x38, 0x39]) {
        lab.write(`devices/vfio_ap/matrix/${UUID}/assign_domain`, `${domain}`);
      }
      await lab.event(`start g ${UUID}`);
      const { stdout } = await lszcrypt(lab, "-V");
      const queues = stdout.split("\n").filter((line) => line.startsWith("00."));
      const listed = "CEX8C CCA-Coproc  in use            -        -     14     08 S--D--N-F- vfio_ap";
      assert.deepEqual(
        queues.map((line) => line.trimEnd()),
        ["00.0035", "00.0036", "00.0037", "00.0038", "00.0039"].map((queue) => `${queue}  ${listed}`),
      );
    } finally {
      await lab.down();
    }
  });
});

const UUID = "7a2c1d3e-0009-4c58-9b1e-5f0c0a6d0009";

describe("chzcrypt on a lab", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "every-state.yaml"));
  });
  after(() => lab.down());

  it("changes cards, queues and the bus, and finds what it wrote", async () => {
    const transcript = new Transcript(lab.mount);
    const change = async (line: string, ...files: readonly string[]) => {
      transcript.add(`chzcrypt ${line}`, await chzcrypt(lab, ...line.split(" ")));
      for (const file of files) transcript.add(`cat ${file}`, { code: 0, stdout: lab.read(file), stderr: "" });
    };
    transcript.say("a card and its queues");
    const [card, queue] = ["devices/ap/card01", "devices/ap/card01/01.0006"];
    await change("-V -d 01", `${card}/online`, `${queue}/online`);
    await change("-V -e 01", `${card}/online`, `${queue}/online`);
    await change("-V -d 01.0006", `${card}/online`, `${queue}/online`);
    await change("-V -e 01.0006", `${queue}/online`);
    await change("-V --config-off 01", `${card}/config`, `${card}/online`);
    await change("-V --config-off 01");
    await change("-V -e 01");
    await change("-V --config-on 01", `${card}/config`, `${card}/online`);
    await change("-V -d -a", `${card}/online`, "devices/ap/card00/online");
    await change("-V -e -a", `${card}/online`, "devices/ap/card00/online");
    transcript.say("what cannot be switched");
    await change("-V -e 02.0006");
    await change("-V -e 04");
    await change("-V -e 05");
    await change("-V --config-on 05");
    transcript.say("the bus");
    await change("-V -q 0x10", "bus/ap/ap_domain");
    await change("-V -q 85", "bus/ap/ap_domain");
    await change("-V -p", "bus/ap/poll_thread");
    await change("-V -n", "bus/ap/poll_thread");
    await change("-V -c 10", "bus/ap/config_time");
    await change("-V -c 121", "bus/ap/config_time");
    await change("-V -t 1000000", "bus/ap/poll_timeout");
    await change("-V -t 120000000001", "bus/ap/poll_timeout");
    transcript.say("bound to a guest that is protected, which this machine does not know");
    await change("-V --se-bind 01.0006");
    transcript.check("chzcrypt.txt");
  });
});

describe("lszcrypt and chzcrypt in a Secure Execution guest", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "secure-guest.yaml"));
  });
  after(() => lab.down());

  it("show which queues are of use, bind and associate them, and take that back", async () => {
    const transcript = new Transcript(lab.mount);
    const change = async (line: string, queue: string) => {
      transcript.add(`chzcrypt ${line}`, await chzcrypt(lab, ...line.split(" ")));
      for (const file of ["se_bind", "se_associate"].map(
        (name) => `devices/ap/card${queue.slice(0, 2)}/${queue}/${name}`,
      ))
        transcript.add(`cat ${file}`, { code: 0, stdout: lab.read(file), stderr: "" });
      await look(transcript, lab, "-V");
    };
    await look(transcript, lab, "", "-V", "-b", "-V 05.0006");
    transcript.say("an accelerator is bound");
    await change("-V --se-bind 04.0006", "04.0006");
    transcript.say("an EP11 queue is bound, then associated");
    await change("-V --se-associate 7 05.0006", "05.0006");
    await change("-V --se-bind 05.0006", "05.0006");
    await change("-V --se-bind 05.0006", "05.0006");
    await change("-V --se-associate 7 05.0006", "05.0006");
    transcript.say("a reset undoes both, and so does unbinding");
    assert.equal((await lab.event("card 05 standby")).r, 0);
    assert.equal((await lab.event("card 05 configured")).r, 0);
    await look(transcript, lab, "-V");
    await change("-V --se-unbind 04.0006", "04.0006");
    transcript.say("a card in CCA mode");
    transcript.add("chzcrypt -V --se-bind 06.0006", await chzcrypt(lab, "-V", "--se-bind", "06.0006"));
    transcript.check("secure-guest.txt");
  });
});
