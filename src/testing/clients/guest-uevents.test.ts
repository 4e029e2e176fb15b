// Uevents of guests: udevadm hears those of a guest in that guest, and nowhere else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { toolEnvironment } from "./guest-shell.ts";
import { LabProcess } from "./lab-process.ts";
import { canMount, fetchedTools, program, ROOT, unless } from "./tools.ts";
import { UeventMonitor } from "./uevent-monitor.ts";

const skip = unless(canMount, fetchedTools, program("udevadm", "udev"), program("perl", "perl-base"));
const END = "7a2c1d3e-ffff-4c58-9b1e-5f0c0a6d0001";
const MONITOR = ["stdbuf", "-oL", "udevadm", "monitor", "--kernel", "--property", "--subsystem-match=ap"];
/** The host, and its guests. */
const PLACES = [undefined, "g1", "other"] as const;

describe("udevadm monitor in lab exec --guest --net", { skip }, () => {
  let lab: LabProcess;
  const monitors: UeventMonitor[] = [];
  before(async () => {
    const host = join(ROOT, "src", "testing", "clients", "hosts", "guests.yaml");
    lab = await LabProcess.up(host, "--profile", "linux-6.12", "--guests", "--uevents");
    for (const guest of PLACES) {
      const options = guest === undefined ? [] : ["--guest", guest];
      const environment = { ...lab.environment, ...toolEnvironment() };
      monitors.push(await UeventMonitor.start(lab.inside(MONITOR, "--net", ...options), environment));
    }
  });
  after(async () => {
    for (const monitor of monitors) monitor.stop();
    await lab?.down();
  });

  /** Action and device of what each place has heard by now. */
  async function heard(): Promise<Record<string, readonly string[]>> {
    const all: Record<string, readonly string[]> = {};
    for (const [at, guest] of PLACES.entries()) {
      await lab.event(`echo change ${END} > /sys/bus/ap/devices/card0${guest === "other" ? 6 : 5}/uevent`, guest);
      const events = (await monitors[at]?.upTo(`SYNTH_UUID=${END}`)) ?? [];
      all[guest ?? "host"] = events.map((event) =>
        event.replace(/^ACTION=(\S+) DEVPATH=(\S+) .*/, (_, action, path) => `${action} ${path}`),
      );
    }
    return all;
  }

  it("hears what happens on the host there only", async () => {
    lab.write("devices/ap/card04/online", "0");
    lab.write("devices/ap/card04/online", "1");
    await lab.event("unbind 04.0047");
    assert.deepEqual(await heard(), {
      host: ["change /devices/ap/card04", "change /devices/ap/card04", "unbind /devices/ap/card04/04.0047"],
      g1: [],
      other: [],
    });
  });

  it("hears in a guest what its scan removes and adds, and in no other place", async () => {
    await lab.event("scan", "g1");
    const lost = await heard();
    assert.deepEqual(
      [...(lost.g1 ?? [])].filter((event) => event.startsWith("remove")).sort(),
      ["", "/04.0004", "/04.0047"].map((queue) => `remove /devices/ap/card04${queue}`),
    );
    assert.deepEqual([lost.host, lost.other], [[], []]);
    await lab.event("bind 04.0047");
    await lab.event("scan", "g1");
    const back = await heard();
    assert.deepEqual(back.host, ["bind /devices/ap/card04/04.0047"]);
    assert.deepEqual(back.other, []);
    assert.ok(back.g1?.includes("add /devices/ap/card04/04.0047"), back.g1?.join("\n"));
  });
});
