// What tools look at besides the attributes of queues and mdevs: whether modules are loaded and devices there, and uevent files.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Player } from "../trace/player.ts";
import { parseTrace } from "../trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { hostSysfs } from "./sysfs.ts";

const UUID = "62177883-f1bb-47f0-914d-32a22e3a8804";

/** A host with one card, two queues, one of them with vfio_ap, and an mdev. */
function hostWithMdev() {
  const write = (path: string, value: string) => ({ op: "write", path, value });
  const operations = [
    { op: "init", aps: [4], doms: [4, 0x47], cds: [] },
    write("bus/ap/aqmask", "-0x47\n"),
    write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID),
  ];
  const lines = [{ trace: "t", format: 2 }, ...operations.map((operation, at) => ({ i: at + 1, ...operation }))];
  const trace = parseTrace(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  assert.ok(trace.ok);
  const player = new Player(DEFAULT_PROFILE);
  for (const { operation, i } of trace.value.lines) player.apply(operation, i);
  const sysfs = hostSysfs(player.host);
  return {
    sysfs,
    text: (path: string) => {
      const read = sysfs.read(path);
      return read.ok ? read.value : read.errno;
    },
    target: (path: string) => {
      const link = sysfs.readlink(path);
      return link.ok ? link.value : link.errno;
    },
  };
}

describe("what tools look for", () => {
  const { sysfs, text, target } = hostWithMdev();

  it("finds the modules loaded, with their drivers", () => {
    for (const name of ["vfio_ap", "zcrypt", "zcrypt_cex4"]) assert.equal(text(`module/${name}/initstate`), "live\n");
    assert.equal(text("module/ap/parameters/domain"), "4\n");
    assert.equal(text("module/ap/initstate"), "ENOENT", "part of the kernel");
    assert.equal(target("module/vfio_ap/drivers/ap:vfio_ap"), "../../../bus/ap/drivers/vfio_ap");
    assert.equal(target("bus/mdev/drivers/vfio_ap_mdev/module"), "../../../../module/vfio_ap");
  });

  it("finds the device of the crypto requests", () => {
    assert.equal(target("class/misc/z90crypt"), "../../devices/virtual/misc/z90crypt");
    assert.equal(text("class/misc/z90crypt/dev"), "10:54\n");
    assert.equal(target("class/misc/z90crypt/subsystem"), "../../../../class/misc");
  });

  it("reads in uevent what the kernel's uevents say", () => {
    const matrix = "devices/vfio_ap/matrix";
    assert.equal(text("devices/ap/uevent"), "");
    assert.equal(text("devices/vfio_ap/uevent"), "");
    assert.equal(text(`${matrix}/uevent`), "DRIVER=vfio_ap\n", "libvirt knows the matrix device by having no DEVTYPE");
    assert.equal(text(`${matrix}/${UUID}/uevent`), "DRIVER=vfio_ap_mdev\n");
    const card = ["DEVTYPE=ap_card", "DRIVER=cex4card", "DEV_TYPE=000C", "MODALIAS=ap:t0C", "MODE=cca"];
    assert.equal(text("devices/ap/card04/uevent"), `${card.join("\n")}\n`);
    assert.equal(text("devices/ap/card04/04.0047/uevent"), "DEVTYPE=ap_queue\nDRIVER=vfio_ap\nMODE=cca\n");
  });

  it("can write an action to every uevent file, and nothing else", () => {
    const devices = ["devices/ap", "devices/ap/card04", "devices/ap/card04/04.0047", "devices/vfio_ap/matrix"];
    const others = ["bus/ap", "bus/mdev/drivers/vfio_ap_mdev", "module/ap", "class/misc/z90crypt", "devices/vfio_ap"];
    for (const path of [...devices, ...others]) {
      const written = sysfs.write(`${path}/uevent`, "change\n");
      assert.deepEqual(written, { ok: true, value: { bytes: 7, outcome: "stored" } }, path);
      const refused = sysfs.write(`${path}/uevent`, "nonsense\n");
      assert.equal(refused.ok ? 0 : refused.errno, "EINVAL", path);
    }
  });
});
