// What is left of a host after its next boot, by its files.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { formatApqn } from "../../system/ap/apqn.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { readPersistentFiles } from "./persistent-files.ts";
import { type Rebooted, reboot } from "./reboot.ts";

const parent = temporaryDirectory();
const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";

const machine = parseHostDescription(
  `
cards: [{ id: 0x04, type: CEX8C, state: offline }, { id: 0x05, type: CEX8C, state: deconfig }]
domains: [0x04, 0x47]
masks: { apmask: "-5" }
unbound: ["05.0047"]
mdevs: [{ uuid: ${ONE}, adapters: [0x05], domains: [0x47], guest: g1 }]
`,
  "machine",
);
assert.ok(machine.ok);

type Files = Readonly<Record<string, string>>;

function rootWith(files: Files): string {
  const root = freshDirectory(parent);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const LOADED: Files = { "etc/modules-load.d/vfio_ap.conf": "vfio_ap\n" };
const after = (files: Files): Rebooted =>
  reboot(machine.value, DEFAULT_PROFILE, readPersistentFiles(rootWith({ ...LOADED, ...files })));
const seen = ({ host }: Rebooted) => observeHost(hostSysfs(host));
const drivers = (rebooted: Rebooted): string =>
  seen(rebooted)
    .queues.map(({ apqn, driver }) => `${formatApqn(apqn)} ${driver}`)
    .join(", ");
const matrices = (rebooted: Rebooted) =>
  seen(rebooted).mdevs.map(({ uuid, matrix }) => [uuid, matrix?.apm.ids(), matrix?.aqm.ids()]);

const DEFINITION = "etc/mdevctl.d/matrix";
const definition = (start: string, ...attrs: readonly (readonly [string, string])[]): string =>
  JSON.stringify({ mdev_type: "vfio_ap-passthrough", start, attrs: attrs.map(([name, value]) => ({ [name]: value })) });
const RULE = { "etc/udev/rules.d/41-ap.rules": 'ATTR{../../bus/ap/apmask}="-4"\n' };

describe("after a reboot", () => {
  it("a rule that changes masks changes those of the command line", () => {
    const rule = { "etc/udev/rules.d/41-ap.rules": 'ATTR{../../bus/ap/apmask}="-4", ATTR{../../bus/ap/apmask}="+7"\n' };
    const { apmask } = seen(after({ ...rule, "proc/cmdline": "ap.apmask=0x0f\n" }));
    assert.deepEqual(apmask?.ids(), [5, 6, 7]);
  });

  it("the command line counts as the kernel reads it, with quotes and up to --", () => {
    const { apmask, aqmask } = seen(
      after({ "proc/cmdline": 'root="a b" ap.apmask="0x0c" "ap.aqmask=0x08" quiet -- ap.apmask=0xff\n' }),
    );
    assert.deepEqual([apmask?.ids(), aqmask?.ids()], [[4, 5], [4]]);
  });

  it("what cannot be read is told once, and left out", () => {
    const root = rootWith({ [`etc/mdevctl.d/matrix/${ONE}/file`]: "" });
    const { mdevs, warnings } = readPersistentFiles(root);
    assert.deepEqual([mdevs.length, warnings.length], [0, 1]);
    assert.match(warnings[0] ?? "", / is a directory, not a regular file$/);
  });

  it("nothing is left of what the host was told, but its machine", () => {
    const rebooted = after({});
    const { cards, mdevs, apmask } = seen(rebooted);
    assert.deepEqual(
      cards.map(({ config, online }) => [config, online]),
      [
        [true, true],
        [false, false],
      ],
    );
    assert.deepEqual([mdevs, apmask?.isFull(), rebooted.refused], [[], true, []]);
    assert.equal(drivers(rebooted), "04.0004 cex4queue, 04.0047 cex4queue, 05.0004 cex4queue, 05.0047 cex4queue");
  });

  it("the rule's masks are set over those of the command line", () => {
    const proc = { "proc/cmdline": "ap.aqmask=0xff ap.aqmask=0x08 ap.apmask=0x0 quiet\n" };
    const rule = { "etc/udev/rules.d/41-ap.rules": `ATTR{../../bus/ap/apmask}="${"0xf7".padEnd(66, "f")}"\n` };
    const { apmask, aqmask } = seen(after({ ...proc, ...rule }));
    assert.deepEqual([apmask?.count(), apmask?.has(4 as never)], [255, false]);
    assert.equal(aqmask && formatMask(aqmask).slice(0, 6), "0x0800");
  });

  it("mdevs are there that start by themselves, and no others", () => {
    const rebooted = after({
      ...RULE,
      [`${DEFINITION}/${ONE}`]: definition("auto", ["assign_adapter", "4"], ["assign_domain", "0x47"]),
      [`${DEFINITION}/${TWO}`]: definition("manual", ["assign_adapter", "4"], ["assign_domain", "4"]),
    });
    assert.deepEqual(matrices(rebooted), [[ONE, [4], [0x47]]]);
    assert.deepEqual([rebooted.refused, rebooted.isByChance], [[], false]);
  });

  it("an mdev is not there if the kernel refuses one of its attributes, which is told", () => {
    const rebooted = after({
      [`${DEFINITION}/${ONE}`]: definition(
        "auto",
        ["assign_adapter", "4"],
        ["assign_domain", "0x47"],
        ["assign_domain", "4"],
      ),
    });
    assert.deepEqual(matrices(rebooted), []);
    const write = [`devices/vfio_ap/matrix/${ONE}/assign_domain`, "0x47"];
    assert.deepEqual(rebooted.refused, [{ write, errno: "EADDRNOTAVAIL", uuid: ONE, place: undefined }]);
  });

  it("it is chance which of two is there that want one queue", () => {
    const both = definition("auto", ["assign_adapter", "4"], ["assign_domain", "0x47"]);
    const rebooted = after({ ...RULE, [`${DEFINITION}/${ONE}`]: both, [`${DEFINITION}/${TWO}`]: both });
    assert.equal(rebooted.isByChance, true);
    assert.deepEqual(
      rebooted.refused.map(({ errno }) => errno),
      ["EADDRINUSE"],
    );
  });

  it("queues have the drivers that driverctl names, where masks are left alone", () => {
    const override = { "etc/driverctl.d/ap-04.0047": "vfio_ap\n", "etc/driverctl.d/ap-0a.0047": "vfio_ap\n" };
    assert.match(drivers(after(override)), /04\.0004 cex4queue, 04\.0047 vfio_ap/);
    // Whoever comes first is served: the masks are changed, or queues have overrides.
    const complete = 'SUBSYSTEM=="ap", ENV{BINDINGS}=="complete", ATTR{../../bus/ap/apmask}="-4"\n';
    const rebooted = after({ ...override, "etc/udev/rules.d/41-ap.rules": complete });
    assert.deepEqual(
      rebooted.refused.map(({ write: [path], errno, place }) => [path, errno, place?.replace(/^.*\//, "")]),
      [["bus/ap/apmask", "EINVAL", "41-ap.rules:1"]],
    );
    const early = after({ ...override, ...RULE });
    assert.deepEqual(
      early.refused.map(({ write: [path], errno }) => [path, errno]),
      [["devices/ap/card04/04.0047/driver_override", "EINVAL"]],
    );
  });

  it("a driver that driverctl cannot load is none", () => {
    assert.doesNotMatch(drivers(after({ "etc/driverctl.d/ap-04.0047": "cex4queue\n" })), /null/);
  });
});

describe("persistent files", () => {
  it("that cannot be understood are told with their place, and are left out", () => {
    const root = rootWith({
      [`${DEFINITION}/${ONE}`]: '{ "mdev_type": "vfio_ap-passthrough",\n  "start": "sometimes", "attrs": [] }',
      [`${DEFINITION}/README`]: "not a definition",
      "etc/udev/rules.d/41-ap.rules": 'ATTR{../../bus/ap/apmask}="-5"\napmask = \n',
    });
    const { mdevs, warnings } = readPersistentFiles(root);
    assert.deepEqual(mdevs, []);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? "", /41-ap\.rules:2:10: expected a value.*; udev leaves the line out$/);
    assert.match(warnings[1] ?? "", new RegExp(`${ONE}:2:12: expected "auto" or "manual", found "sometimes"`));
  });

  it("of another type of mdev are none of ours", () => {
    const gpu = JSON.stringify({ mdev_type: "i915-GVTg_V5_4", start: "auto", attrs: [] });
    assert.deepEqual(readPersistentFiles(rootWith({ [`${DEFINITION}/${ONE}`]: gpu })).mdevs, []);
  });
});
