// The file layer of a host's /sys: which paths there are, where links lead, and what it answers before an attribute is asked.
// docs/kernel/bus.md §1, §6; docs/kernel/device.md §1, §2, §4. That all of it hangs together is tree.test.ts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asApid, asApqi, asControlDomain } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { DEFAULT_FACTS } from "../machine/facts.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { DEFAULT_PROFILE, PROFILES } from "../vfio-ap/profiles.ts";
import { hostSysfs, type Sysfs } from "./sysfs.ts";

const MDEV = "62177883-f1bb-47f0-914d-32a22e3a8804";
const MATRIX = "devices/vfio_ap/matrix";
const TYPE = `${MATRIX}/mdev_supported_types/vfio_ap-passthrough`;

/** Cards 04 (CEX6C) and 05 (CEX6A) with domains 0004 and 0047; nothing is written yet. */
function boot(profile: Profile = DEFAULT_PROFILE): { host: Host; sysfs: Sysfs } {
  const host = bootHost({
    facts: { ...DEFAULT_FACTS, serials: new Map([[4, "93AABEPM"]]) },
    hardware: {
      apm: maskOf([4, 5].map(asApid)),
      aqm: maskOf([0x04, 0x47].map(asApqi)),
      adm: maskOf([0x04].map(asControlDomain)),
      typeOf: () => 12,
      modeOf: (adapter) => (adapter === 5 ? "accel" : "cca"),
    },
    profile,
  });
  return { host, sysfs: hostSysfs(host) };
}

/** The same with the queues of domain 0047 given to vfio_ap, and an mdev with 04.0047. */
function bootWithMdev(profile?: Profile): { host: Host; sysfs: Sysfs } {
  const booted = boot(profile);
  write(booted.sysfs, "bus/ap/aqmask", "-0x47");
  write(booted.sysfs, `${TYPE}/create`, MDEV);
  write(booted.sysfs, `${MATRIX}/${MDEV}/assign_adapter`, "4");
  write(booted.sysfs, `${MATRIX}/${MDEV}/assign_domain`, "0x47");
  return booted;
}

/** What a write comes to: the bytes taken, or an error's name. */
function write(sysfs: Sysfs, path: string, bytes: string): number | string {
  const written = sysfs.write(path, bytes);
  return written.ok ? written.value.bytes : written.errno;
}

function read(sysfs: Sysfs, path: string): string {
  const text = sysfs.read(path);
  return text.ok ? text.value : text.errno;
}

const errnoOf = (result: { readonly ok: boolean; readonly errno?: string }): string => result.errno ?? "no error";

describe("reading", () => {
  const ONES = `0x${"f".repeat(64)}\n`;
  const texts: readonly (readonly [string, string])[] = [
    ["bus/ap/apmask", ONES],
    ["bus/ap/aqmask", `0x${"f".repeat(17)}e${"f".repeat(46)}\n`],
    ["bus/ap/ap_adapter_mask", `0x0c${"0".repeat(62)}\n`],
    ["bus/ap/ap_usage_domain_mask", `0x0800000000000000${"01"}${"0".repeat(46)}\n`],
    ["bus/ap/ap_control_domain_mask", `0x08${"0".repeat(62)}\n`],
    ["bus/ap/ap_max_adapter_id", "255\n"],
    ["bus/ap/ap_max_domain_id", "255\n"],
    ["bus/ap/ap_domain", "4\n"],
    ["bus/ap/ap_interrupts", "0\n"],
    ["bus/ap/config_time", "30\n"],
    ["bus/ap/poll_thread", "0\n"],
    ["bus/ap/poll_timeout", "250000\n"],
    ["bus/ap/scans", "1\n"],
    ["bus/ap/bindings", "4/4 (complete)\n"],
    ["bus/ap/features", "APSC APXA\n"],
    ["bus/ap/drivers_autoprobe", "1\n"],
    ["devices/ap/card04/hwtype", "12\n"],
    ["devices/ap/card04/raw_hwtype", "12\n"],
    ["devices/ap/card04/type", "CEX6C\n"],
    ["devices/ap/card05/type", "CEX6A\n"],
    ["devices/ap/card04/ap_functions", "0x92800000\n"],
    ["devices/ap/card04/modalias", "ap:t0C\n"],
    ["devices/ap/card04/serialnr", "93AABEPM\n"],
    ["devices/ap/card05/serialnr", "ENOENT"],
    ["devices/ap/card04/config", "1\n"],
    ["devices/ap/card04/chkstop", "0\n"],
    ["devices/ap/card04/online", "1\n"],
    ["devices/ap/card04/04.0004/online", "1\n"],
    ["devices/ap/card04/04.0004/config", "1\n"],
    ["devices/ap/card04/04.0004/interrupt", "Interrupts disabled.\n"],
    ["devices/ap/card04/04.0004/status", "ENOENT"],
    ["devices/ap/card04/04.0047/status", "assigned\n"],
    ["devices/ap/card04/04.0047/online", "ENOENT"],
    ["devices/ap/card05/05.0047/status", "unassigned\n"],
    [`${MATRIX}/features`, "guest_matrix hotplug ap_config\n"],
    [`${TYPE}/name`, "VFIO AP Passthrough Device\n"],
    [`${TYPE}/device_api`, "vfio-ap\n"],
    [`${TYPE}/available_instances`, "65535\n"],
    [`${MATRIX}/${MDEV}/matrix`, "04.0047\n"],
    [`${MATRIX}/${MDEV}/guest_matrix`, "04.0047\n"],
    [`${MATRIX}/${MDEV}/control_domains`, ""],
  ];
  const { sysfs } = bootWithMdev();
  for (const [path, text] of texts) {
    it(`${path} gives ${text.length > 40 ? "the mask" : JSON.stringify(text)}`, () =>
      assert.equal(read(sysfs, path), text));
  }

  it("gives the same through the links of the buses", () => {
    for (const [through, path] of [
      ["bus/ap/devices/card04/type", "devices/ap/card04/type"],
      ["bus/ap/devices/04.0047/status", "devices/ap/card04/04.0047/status"],
      ["bus/ap/drivers/vfio_ap/04.0047/status", "devices/ap/card04/04.0047/status"],
      ["bus/ap/drivers/cex4card/card04/04.0047/status", "devices/ap/card04/04.0047/status"],
      [`bus/mdev/devices/${MDEV}/matrix`, `${MATRIX}/${MDEV}/matrix`],
      [`bus/mdev/drivers/vfio_ap_mdev/${MDEV}/matrix`, `${MATRIX}/${MDEV}/matrix`],
      [`${TYPE}/devices/${MDEV}/matrix`, `${MATRIX}/${MDEV}/matrix`],
      [`class/mdev_bus/matrix/${MDEV}/matrix`, `${MATRIX}/${MDEV}/matrix`],
      ["bus/matrix/devices/matrix/features", `${MATRIX}/features`],
      [`${MATRIX}/${MDEV}/mdev_type/device_api`, `${TYPE}/device_api`],
      ["devices/ap/card04/04.0004/driver/../vfio_ap/04.0047/status", "devices/ap/card04/04.0047/status"],
      ["/bus//ap/./devices/../apmask", "bus/ap/apmask"],
    ] as const) {
      assert.equal(read(sysfs, through), read(sysfs, path), through);
      assert.notEqual(read(sysfs, path), "ENOENT", path);
    }
  });

  it("gives no more than 4095 bytes", () => {
    const { sysfs } = boot();
    assert.equal(write(sysfs, "bus/ap/apmask", "-0-255"), 6);
    assert.equal(write(sysfs, `${TYPE}/create`, MDEV), 36);
    const masks = `0xffffffff${"0".repeat(56)}`;
    assert.equal(write(sysfs, `${MATRIX}/${MDEV}/ap_config`, `${masks},${masks},0x`), 136);
    const text = read(sysfs, `${MATRIX}/${MDEV}/matrix`);
    assert.equal(text.length, 4095);
    assert.match(text, /^00\.0000\n00\.0001\n/);
    assert.match(text, /\n0f\.001e\n0f\.001f$/, "511 whole lines and one without its newline");
  });

  it("shows control domains line by line, and one part of a matrix alone", () => {
    const { sysfs } = bootWithMdev();
    write(sysfs, `${MATRIX}/${MDEV}/assign_control_domain`, "0xff");
    write(sysfs, `${MATRIX}/${MDEV}/assign_control_domain`, "4");
    assert.equal(read(sysfs, `${MATRIX}/${MDEV}/control_domains`), "0004\n00ff\n");
    write(sysfs, `${MATRIX}/${MDEV}/unassign_domain`, "0x47");
    assert.equal(read(sysfs, `${MATRIX}/${MDEV}/matrix`), "04.\n");
    write(sysfs, `${MATRIX}/${MDEV}/unassign_adapter`, "4");
    assert.equal(read(sysfs, `${MATRIX}/${MDEV}/matrix`), "");
    write(sysfs, `${MATRIX}/${MDEV}/assign_domain`, "0x47");
    assert.equal(read(sysfs, `${MATRIX}/${MDEV}/matrix`), ".0047\n");
  });
});

describe("what is not there, or not so", () => {
  const { sysfs } = bootWithMdev();
  const asked: readonly (readonly [string, string, string, string, string])[] = [
    // path, read, write, list, readlink
    ["bus/ap/nothing", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["nothing/at/all", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["devices/ap/card06", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["devices/ap/card04/05.0004", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["devices/ap/card04/04.0005/status", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["devices/ap/CARD04", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["bus/ap/drivers/vfio_ap/04.0004", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    [`${MATRIX}/${MDEV.toUpperCase()}`, "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["bus/ap/toString", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["bus/ap/__proto__", "ENOENT", "ENOENT", "ENOENT", "ENOENT"],
    ["bus/ap/apmask/deeper", "ENOTDIR", "ENOTDIR", "ENOTDIR", "ENOTDIR"],
    ["bus/ap/apmask/..", "ENOTDIR", "ENOTDIR", "ENOTDIR", "ENOTDIR"],
    ["bus/ap/apmask/", "ENOTDIR", "ENOTDIR", "ENOTDIR", "ENOTDIR"],
    ["bus/ap/apmask/.", "ENOTDIR", "ENOTDIR", "ENOTDIR", "ENOTDIR"],
    ["bus/ap", "EISDIR", "EISDIR", "no error", "EINVAL"],
    ["bus/ap/", "EISDIR", "EISDIR", "no error", "EINVAL"],
    ["", "EISDIR", "EISDIR", "no error", "EINVAL"],
    ["../../..", "EISDIR", "EISDIR", "no error", "EINVAL"],
    ["devices/ap/card04/driver", "EISDIR", "EISDIR", "no error", "no error"],
    ["bus/ap/devices/04.0047", "EISDIR", "EISDIR", "no error", "no error"],
    ["bus/ap/devices/04.0047/", "EISDIR", "EISDIR", "no error", "EINVAL"],
    ["bus/ap/devices/04.0047/driver", "EISDIR", "EISDIR", "no error", "no error"],
    ["bus/ap/scans", "no error", "no error", "ENOTDIR", "EINVAL"],
    ["bus/ap/bindings", "no error", "EACCES", "ENOTDIR", "EINVAL"],
    ["devices/ap/card04/hwtype", "no error", "EACCES", "ENOTDIR", "EINVAL"],
    [`${MATRIX}/${MDEV}/matrix`, "no error", "EACCES", "ENOTDIR", "EINVAL"],
    [`${MATRIX}/${MDEV}/assign_adapter`, "EACCES", "EINVAL", "ENOTDIR", "EINVAL"],
    [`${TYPE}/create`, "EACCES", "EINVAL", "ENOTDIR", "EINVAL"],
    ["bus/ap/drivers/vfio_ap/bind", "EACCES", "ENODEV", "ENOTDIR", "EINVAL"],
  ];
  for (const [path, reading, writing, listing, following] of asked) {
    it(`${path === "" ? "the root" : path} answers ${[...new Set([reading, writing, listing, following])].join(", ")}`, () => {
      assert.equal(errnoOf(sysfs.read(path)), reading, "read");
      assert.equal(errnoOf(sysfs.write(path, "zz")), writing, "write");
      assert.equal(errnoOf(sysfs.list(path)), listing, "list");
      assert.equal(errnoOf(sysfs.readlink(path)), following, "readlink");
    });
  }

  it("is refused to an empty write as well, before anything else is looked at", () => {
    assert.equal(write(sysfs, "bus/ap/nothing", ""), "ENOENT");
    assert.equal(write(sysfs, "bus/ap/apmask/deeper", ""), "ENOTDIR");
    assert.equal(write(sysfs, "bus/ap", ""), "EISDIR");
    assert.equal(write(sysfs, "bus/ap/bindings", ""), "EACCES");
  });

  it("is what a driver's attributes are when another driver has the device, and an mdev's when it is removed", () => {
    const { sysfs } = bootWithMdev();
    assert.equal(write(sysfs, "devices/ap/card04/04.0047/online", "1"), "ENOENT");
    assert.equal(write(sysfs, `${MATRIX}/${MDEV}/remove`, "1\n"), 2);
    for (const name of ["matrix", "remove", "assign_adapter"]) {
      assert.equal(write(sysfs, `${MATRIX}/${MDEV}/${name}`, ""), "ENOENT", name);
    }
  });
});

describe("one write", () => {
  it("of no bytes has no effect", () => {
    const { host, sysfs } = bootWithMdev();
    const before = host.state.words.slice();
    for (const path of [
      "bus/ap/apmask",
      "bus/ap/scans",
      "bus/ap/config_time",
      "bus/ap/drivers/vfio_ap/bind",
      "devices/ap/card04/config",
      `${TYPE}/create`,
      `${MATRIX}/${MDEV}/assign_adapter`,
      `${MATRIX}/${MDEV}/ap_config`,
      `${MATRIX}/${MDEV}/remove`,
    ]) {
      assert.equal(write(sysfs, path, ""), 0, path);
    }
    assert.deepEqual(host.state.words, before);
  });

  it("takes 4096 bytes and no more, and says so", () => {
    const { sysfs } = boot();
    assert.equal(write(sysfs, "bus/ap/scans", "x".repeat(4096)), 4096);
    assert.equal(write(sysfs, "bus/ap/scans", "x".repeat(5000)), 4096);
    // Newlines separate terms, so what counts of this is its first 4096 bytes: "-5".
    assert.equal(write(sysfs, "bus/ap/apmask", `-5${"\n".repeat(4094)}`), 4096);
    assert.equal(write(sysfs, "bus/ap/apmask", `-6${"\n".repeat(4094)}zz`), 4096);
    assert.equal(read(sysfs, "bus/ap/apmask"), `0xf9${"f".repeat(62)}\n`);
    assert.equal(write(sysfs, "bus/ap/apmask", `+6${"\n".repeat(4093)}zz`), "EINVAL");
    assert.equal(write(sysfs, `${TYPE}/create`, MDEV + " ".repeat(5000)), "EINVAL");
  });

  it("ends at a NUL for what reads it, but counts whole", () => {
    const { sysfs } = bootWithMdev();
    const mdev = `${MATRIX}/${MDEV}`;
    assert.equal(write(sysfs, `${mdev}/assign_adapter`, "5\0garbage"), 9);
    assert.equal(write(sysfs, `${mdev}/assign_control_domain`, "\0 5"), "EINVAL");
    assert.equal(read(sysfs, `${mdev}/matrix`), "04.0047\n05.0047\n");
    assert.equal(write(sysfs, `${mdev}/ap_config`, "8,8\0,8"), "EINVAL");
    assert.equal(write(sysfs, `${mdev}/ap_config`, ",,\0,"), 4);
    assert.equal(read(sysfs, `${mdev}/matrix`), "");
    assert.equal(write(sysfs, "bus/ap/apmask", "\0rest"), 5);
    assert.equal(read(sysfs, "bus/ap/apmask"), `0x${"0".repeat(64)}\n`);
  });

  const OTHER = "99999999-aaaa-4bbb-8ccc-dddddddddddd";
  const creations: readonly (readonly [string, string, number | string])[] = [
    ["a UUID", OTHER, 36],
    ["a UUID and a newline", `${OTHER}\n`, 37],
    ["a UUID and any other byte", `${OTHER}z`, 37],
    ["a UUID and a NUL", `${OTHER}\0`, 37],
    ["a UUID in upper case", OTHER.toUpperCase(), 36],
    ["a UUID and two more bytes", `${OTHER}\n\n`, "EINVAL"],
    ["a UUID, a NUL and more", `${OTHER}\0\n`, "EINVAL"],
    ["one digit too few", OTHER.slice(1), "EINVAL"],
    ["a NUL inside", `${OTHER.slice(0, 20)}\0${OTHER.slice(21)}`, "EINVAL"],
    ["no dashes", OTHER.replaceAll("-", "0"), "EINVAL"],
    ["a digit that is none", `g${OTHER.slice(1)}`, "EINVAL"],
    ["braces", `{${OTHER}`, "EINVAL"],
    ["a UUID that is taken", MDEV, "EEXIST"],
    ["a UUID that is taken, in upper case", MDEV.toUpperCase(), "EEXIST"],
  ];
  for (const [what, bytes, answer] of creations) {
    it(`of ${what} to create answers ${answer}`, () => {
      const { sysfs } = bootWithMdev();
      assert.equal(write(sysfs, `${TYPE}/create`, bytes), answer);
      const there = sysfs.list("bus/mdev/devices");
      assert.deepEqual(there.ok && there.value, typeof answer === "number" ? [MDEV, OTHER] : [MDEV]);
    });
  }
});

describe("the tree of a host", () => {
  it("holds exactly these directories of devices and drivers", () => {
    const { sysfs } = bootWithMdev();
    const listed = (path: string) => {
      const names = sysfs.list(path);
      return names.ok ? names.value : names.errno;
    };
    const queues = ["04.0004", "04.0047", "05.0004", "05.0047"];
    assert.deepEqual(listed(""), ["bus", "class", "devices", "kernel", "module"]);
    assert.deepEqual(listed("bus"), ["ap", "matrix", "mdev"]);
    assert.deepEqual(listed("bus/ap/devices"), [...queues, "card04", "card05"]);
    assert.deepEqual(listed("bus/ap/drivers"), ["cex4card", "cex4queue", "vfio_ap"]);
    assert.deepEqual(listed("bus/ap/drivers/cex4queue"), ["04.0004", "05.0004", "bind", "module", "uevent", "unbind"]);
    assert.deepEqual(listed("bus/ap/drivers/vfio_ap"), ["04.0047", "05.0047", "bind", "module", "uevent", "unbind"]);
    assert.deepEqual(listed("bus/mdev/devices"), [MDEV]);
    assert.deepEqual(listed(`${TYPE}/devices`), [MDEV]);
    assert.deepEqual(listed("devices/ap"), ["card04", "card05", "uevent"]);
  });

  it("points to devices and drivers as the kernel does", () => {
    const { sysfs } = bootWithMdev();
    for (const [path, target] of [
      ["bus/ap/devices/card04", "../../../devices/ap/card04"],
      ["bus/ap/devices/04.0047", "../../../devices/ap/card04/04.0047"],
      ["devices/ap/card04/driver", "../../../bus/ap/drivers/cex4card"],
      ["devices/ap/card04/subsystem", "../../../bus/ap"],
      ["devices/ap/card04/04.0047/driver", "../../../../bus/ap/drivers/vfio_ap"],
      ["devices/ap/card04/04.0004/driver", "../../../../bus/ap/drivers/cex4queue"],
      ["bus/ap/drivers/vfio_ap/04.0047", "../../../../devices/ap/card04/04.0047"],
      [`bus/mdev/devices/${MDEV}`, `../../../devices/vfio_ap/matrix/${MDEV}`],
      [`${MATRIX}/${MDEV}/mdev_type`, "../mdev_supported_types/vfio_ap-passthrough"],
      [`${MATRIX}/${MDEV}/driver`, "../../../../bus/mdev/drivers/vfio_ap_mdev"],
      [`${MATRIX}/${MDEV}/iommu_group`, "../../../../kernel/iommu_groups/0"],
      ["class/mdev_bus/matrix", "../../devices/vfio_ap/matrix"],
    ] as const) {
      const link = sysfs.readlink(path);
      assert.equal(link.ok ? link.value : link.errno, target, path);
    }
  });

  it("has the attributes of each kernel", () => {
    const has = (profile: Profile, path: string) => read(bootWithMdev(profile).sysfs, path) !== "ENOENT";
    for (const [path, names] of [
      ["bus/ap/bindings_complete_count", ["linux-7.3"]],
      ["devices/ap/card04/04.0004/driver_override", ["linux-7.3"]],
      [`${MATRIX}/features`, ["linux-7.3", "linux-6.12"]],
    ] as const) {
      assert.deepEqual(
        PROFILES.filter((profile) => has(profile, path)).map(({ name }) => name),
        names,
        path,
      );
    }
  });
});
