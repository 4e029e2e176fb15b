// Uevents as the kernel words them: which subsystem, type and driver each names, and in which order.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Player } from "../system/trace/player.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { ueventLine } from "./uevent-sender.ts";

/** The uevents of what is done to a machine with one card and one queue. */
function ueventsOf(...operations: readonly object[]): string[] {
  const lines: string[] = [];
  const player = new Player(DEFAULT_PROFILE, (happening) => {
    if (happening.kind === "uevent" && isListening) lines.push(ueventLine(player.sysfs, happening));
  });
  let isListening = false;
  const init = { op: "init", aps: [4], doms: [0x47], cds: [0x47] };
  const text = [{ trace: "t", format: 2 }, ...[init, ...operations].map((line, at) => ({ i: at + 1, ...line }))];
  const trace = parseTrace(text.map((line) => `${JSON.stringify(line)}\n`).join(""));
  assert.ok(trace.ok);
  for (const { operation, i } of trace.value.lines) {
    player.apply(operation, i);
    isListening = true;
  }
  return lines.map((line) => line.trimEnd().replaceAll("\t", " "));
}

const write = (path: string, value: string) => ({ op: "write", path, value });
const QUEUE = "/devices/ap/card04/04.0047 SUBSYSTEM=ap DEVTYPE=ap_queue";

describe("a uevent", () => {
  it("names the driver while there is one: in bind, not in unbind", () => {
    assert.deepEqual(
      ueventsOf(
        write("bus/ap/drivers/cex4queue/unbind", "04.0047\n"),
        write("bus/ap/drivers/cex4queue/bind", "04.0047\n"),
      ),
      [`unbind ${QUEUE} MODE=cca`, `bind ${QUEUE} DRIVER=cex4queue MODE=cca`],
    );
  });

  it("of a new device has no driver yet, unless somebody asked for it later", () => {
    const card = "/devices/ap/card04 SUBSYSTEM=ap";
    const rest = "DEV_TYPE=000C MODALIAS=ap:t0C MODE=cca";
    const again = [{ op: "hw", rm_ap: [4] }, { op: "scan" }, { op: "hw", add_ap: [4] }, { op: "scan" }];
    const lines = ueventsOf(...again, write("devices/ap/card04/uevent", "add"));
    assert.equal(
      lines.find((line) => line.startsWith("add /devices/ap/card04 ")),
      `add ${card} DEVTYPE=ap_card ${rest}`,
    );
    assert.equal(lines.at(-1), `add ${card} SYNTH_UUID=0 DEVTYPE=ap_card DRIVER=cex4card ${rest}`);
  });

  it("of a mask ends the value with a newline", () => {
    const line = ueventsOf(write("bus/ap/aqmask", "-0\n")).at(-1);
    assert.equal(line, `change /devices/ap SUBSYSTEM=ap AQMASK=0x7${"f".repeat(63)}\\n`);
  });

  it("of buses, drivers and modules names their kind", () => {
    const files = ["bus/mdev", "bus/matrix/drivers/vfio_ap", "module/zcrypt_cex4", "devices/vfio_ap/matrix"];
    assert.deepEqual(ueventsOf(...files.map((path) => write(`${path}/uevent`, "change"))), [
      "change /bus/mdev SUBSYSTEM=bus SYNTH_UUID=0",
      "change /bus/matrix/drivers/vfio_ap SUBSYSTEM=drivers SYNTH_UUID=0",
      "change /module/zcrypt_cex4 SUBSYSTEM=module SYNTH_UUID=0",
      "change /devices/vfio_ap/matrix SUBSYSTEM=matrix SYNTH_UUID=0 DRIVER=vfio_ap",
    ]);
  });

  it("is not sent for what belongs to no bus", () => {
    assert.deepEqual(ueventsOf(write("devices/vfio_ap/uevent", "add"), write("class/misc/z90crypt/uevent", "add")), []);
  });
});
