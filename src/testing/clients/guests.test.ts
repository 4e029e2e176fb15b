// lszcrypt and chzcrypt inside guests: before and after a queue is unplugged beneath them, in guests of guests, and in guests for Secure
// Execution.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { guestShell } from "./guest-shell.ts";
import { LabProcess } from "./lab-process.ts";
import type { ShellSession } from "./shell-session.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";
import { Transcript } from "./transcript.ts";

const skip = unless(canMount, fetchedTools);
const HOSTS = join(ROOT, "src", "testing", "clients", "hosts");
const INNER = "7a2c1d3e-00aa-4c58-9b1e-5f0c0a6d00aa";

/** Command lines in guests, with what they print. */
class Guests {
  readonly transcript: Transcript;
  readonly #lab: LabProcess;
  readonly #shells = new Map<string, ShellSession>();

  constructor(lab: LabProcess) {
    this.#lab = lab;
    this.transcript = new Transcript(lab.mount);
  }

  async run(guest: string, ...lines: readonly string[]): Promise<void> {
    let shell = this.#shells.get(guest);
    if (!shell) {
      shell = guestShell(this.#lab, guest);
      this.#shells.set(guest, shell);
    }
    for (const line of lines) this.transcript.add(`[${guest}] ${line}`, await shell.run(line));
  }

  async close(): Promise<void> {
    for (const shell of this.#shells.values()) await shell.close();
  }
}

/** A lab for one test, with shells in its guests. */
async function within(args: readonly string[], test: (lab: LabProcess, guests: Guests) => Promise<void>) {
  const lab = await LabProcess.up(...args, "--guests");
  const guests = new Guests(lab);
  try {
    await test(lab, guests);
  } finally {
    await guests.close();
    await lab.down();
  }
}

describe("lszcrypt and chzcrypt in a guest", { skip }, () => {
  it("show what it was given; what was unplugged is listed until the guest scans", async () => {
    await within([join(HOSTS, "guests.yaml"), "--profile", "linux-6.12"], async (lab, guests) => {
      const { transcript } = guests;
      transcript.say("what the guest was given");
      await guests.run("g1", "lszcrypt", "lszcrypt -V", "lszcrypt -d", "lszcrypt -b");
      await guests.run("other", "lszcrypt -V");
      transcript.say("04.0047 is unbound on the host: the guest loses card 04, and does not know yet");
      lab.write("bus/ap/drivers/vfio_ap/unbind", "04.0047");
      await guests.run("g1", "lszcrypt -V", "chzcrypt -V -d 04");
      transcript.say("the guest scans");
      await guests.run("g1", "echo 1 >/sys/bus/ap/scans", "lszcrypt -V", "chzcrypt -V -d 04", "chzcrypt -V -d 05.0004");
      await guests.run(
        "g1",
        "lszcrypt -V",
        "chzcrypt -V -e 05.0004",
        "chzcrypt -V --config-off 05",
        "chzcrypt -V -c 5",
      );
      await guests.run("other", "lszcrypt -V");
      transcript.say("it is bound again");
      lab.write("bus/ap/drivers/vfio_ap/bind", "04.0047");
      await guests.run("g1", "lszcrypt", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
      transcript.check("guest-lszcrypt.txt");
    });
  });

  it("show a queue gone at once in a guest that is told", async () => {
    await within([join(HOSTS, "guests.yaml")], async (lab, guests) => {
      lab.write("bus/ap/drivers/vfio_ap/unbind", "04.0047");
      await guests.run("g1", "lszcrypt -V");
      lab.write("bus/ap/drivers/vfio_ap/bind", "04.0047");
      await guests.run("g1", "lszcrypt -V");
      guests.transcript.check("guest-lszcrypt-told.txt");
    });
  });

  it("show in a guest of a guest what both of its hosts leave it", async () => {
    await within([join(HOSTS, "guests.yaml"), "--profile", "linux-6.12"], async (lab, guests) => {
      const { transcript } = guests;
      const mdev = `/sys/devices/vfio_ap/matrix/${INNER}`;
      const assign = ["adapter 4", "adapter 5", "domain 4"].map((text) => text.split(" "));
      transcript.say("the guest gives one domain to a guest of its own");
      await guests.run(
        "g1",
        "echo -4 >/sys/bus/ap/aqmask",
        `echo ${INNER} >/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create`,
        ...assign.map(([kind, id]) => `echo ${id} >${mdev}/assign_${kind}`),
      );
      assert.equal((await lab.event(`start g2 ${INNER}`, "g1")).r, 0);
      await guests.run("g1", "lszcrypt -V");
      await guests.run("g1/g2", "lszcrypt -V");
      transcript.say("the host takes 05.0004");
      lab.write("bus/ap/drivers/vfio_ap/unbind", "05.0004");
      await guests.run("g1/g2", "lszcrypt -V", "chzcrypt -V -d 05.0004");
      transcript.say("the inner guest scans: card 05 does not answer any more, although its host has not noticed");
      await guests.run("g1/g2", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
      transcript.say("its host scans, then it does again");
      await guests.run("g1", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
      await guests.run("g1/g2", "echo 1 >/sys/bus/ap/scans", "lszcrypt");
      transcript.check("guest-nested.txt");
    });
  });
});

describe("lszcrypt and chzcrypt in a guest for Secure Execution", { skip }, () => {
  let lab: LabProcess;
  let guests: Guests;
  before(async () => {
    lab = await LabProcess.up(join(HOSTS, "secure-guests.yaml"));
    guests = new Guests(lab);
  });
  after(async () => {
    await guests.close();
    await lab.down();
  });

  it("show which queue is bound, until the host resets it", async () => {
    const { transcript } = guests;
    transcript.say("what the guest was given: nothing is bound yet");
    await guests.run("g1", "cat /sys/firmware/uv/prot_virt_guest", "lszcrypt", "lszcrypt -V");
    transcript.say("a queue of each kind is bound");
    await guests.run("g1", "chzcrypt -V --se-bind 04.0006", "chzcrypt -V --se-bind 05.0006", "lszcrypt -V");
    await guests.run("g1", "chzcrypt -V --se-associate 7 05.0006", "lszcrypt -V");
    transcript.say("the host takes card 05 from the guest and gives it back, which zeroizes its queues");
    lab.write("bus/ap/drivers/vfio_ap/unbind", "05.0007");
    await guests.run("g1", "lszcrypt -V", "echo 1 >/sys/bus/ap/scans", "lszcrypt -V");
    lab.write("bus/ap/drivers/vfio_ap/bind", "05.0007");
    await guests.run("g1", "echo 1 >/sys/bus/ap/scans", "lszcrypt -V");
    transcript.check("guest-secure.txt");
  });
});
