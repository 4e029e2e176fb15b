// XML of libvirt: what it prints stays byte for byte, what is not a device is refused with the place.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatInputError } from "../reading/input-error.ts";
import { formatHostdev, formatNodeDevice } from "./format-libvirt-xml.ts";
import { type LibvirtXml, type NodeDevice, nodeDeviceName, parseLibvirtXml } from "./libvirt-xml.ts";

function read(text: string): LibvirtXml {
  const parsed = parseLibvirtXml(text, "x.xml");
  assert.ok(parsed.ok, parsed.ok ? "" : formatInputError(parsed.error));
  return parsed.value;
}

const format = (xml: LibvirtXml): string =>
  xml.kind === "device" ? formatNodeDevice(xml) : xml.kind === "hostdev" ? formatHostdev(xml) : assert.fail();

const GOLDEN = ["libvirt-mdev.txt", "libvirt-list.txt"].map((name) =>
  readFileSync(new URL(`../../../src/testing/clients/golden/${name}`, import.meta.url), "utf8"),
);
const printed = GOLDEN.flatMap((text) => [...text.matchAll(/^<device>\n(?: .*\n)*<\/device>\n/gm)].map(([xml]) => xml));

const UUID = "62177883-f1bb-47f0-914d-32a22e3a8804";
const HOSTDEV = `<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-ap'>
  <source>
    <address uuid='${UUID}'/>
  </source>
</hostdev>
`;

describe("XML of libvirt", () => {
  it("of node devices is written as virsh has printed it", () => {
    assert.ok(printed.length >= 5);
    for (const text of printed) assert.equal(format(read(text)), text);
    assert.equal(format(read(HOSTDEV)), HOSTDEV);
  });

  it("keeps the order of attributes, and their digits", () => {
    const device = read(printed[0] as string);
    assert.ok(device.kind === "device" && device.capability.kind === "mdev");
    assert.equal(device.capability.uuid, UUID);
    assert.equal(device.name, nodeDeviceName(UUID));
    assert.deepEqual(device.capability.attrs, [
      { name: "assign_adapter", value: "0x02" },
      { name: "assign_domain", value: "0x0047" },
      { name: "assign_control_domain", value: "0x0047" },
    ]);
    assert.deepEqual(device.capability.attrPlaces[1], { line: 10, column: 5 });
  });

  it("tells the uuid by the name where an older version says it nowhere else", () => {
    const older = (printed[0] as string).replace(/ *<uuid>.*\n/, "").replace("_matrix<", "<");
    const device = read(older);
    assert.ok(device.kind === "device" && device.capability.kind === "mdev");
    assert.equal(device.capability.uuid, UUID);
    assert.equal(format(device), older);
  });

  it("may leave the uuid to whoever defines the mdev", () => {
    const device = read((printed[0] as string).replace(/ *<uuid>.*\n/, "").replace(/mdev_\w+/, "x"));
    assert.ok(device.kind === "device" && device.capability.kind === "mdev");
    assert.equal(device.capability.uuid, undefined);
  });

  it("of a virtual machine names its mdevs, and no other devices", () => {
    const domain = read(`<?xml version="1.0"?>
<domain type='kvm'>
  <name>guest&amp;1</name>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='0x06'/></source></hostdev>
    ${HOSTDEV}
  </devices>
</domain>`);
    assert.ok(domain.kind === "domain");
    assert.deepEqual([domain.name, domain.hostdevs.map(({ uuid }) => uuid)], ["guest&1", [UUID]]);
  });

  it("is the same after it was written and read, whatever its texts hold", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((given) => given.trim() === given && !/[\p{Cc}\ufffe\uffff]/u.test(given));
    const device = fc.tuple(text, fc.array(fc.tuple(text, text), { maxLength: 4 })).map(
      ([word, attrs]): NodeDevice => ({
        kind: "device",
        name: word,
        path: undefined,
        parent: word,
        driver: word,
        capability: {
          kind: "mdev",
          type: word,
          uuid: UUID,
          saysUuid: true,
          parentAddress: undefined,
          iommuGroup: word,
          attrs: attrs.map(([name, value]) => ({ name, value })),
          attrPlaces: [],
        },
        place: { line: 1, column: 1 },
      }),
    );
    fc.assert(
      fc.property(device, (given) => {
        const back = read(formatNodeDevice(given));
        assert.ok(back.kind === "device" && back.capability.kind === "mdev");
        assert.deepEqual({ ...back, capability: { ...back.capability, attrPlaces: [] } }, given);
      }),
    );
  });

  it("keeps characters that only XML 1.1 takes for the end of a line", () => {
    const text = (printed[0] as string).replace("value='0x02'", "value='0\u2028x\u2029\u00852'");
    assert.equal(format(read(text)), text);
  });

  it("never throws, and knows a place in the text for every mistake", () => {
    const whole = printed[0] as string;
    const broken = fc
      .tuple(fc.nat(whole.length), fc.nat(4), fc.string({ maxLength: 3 }))
      .map(([at, cut, put]) => whole.slice(0, at) + put + whole.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string()), (given) => {
        const parsed = parseLibvirtXml(given, "x");
        if (parsed.ok) return;
        assert.match(formatInputError(parsed.error), /^x:\d+:\d+: expected .+$/);
        assert.ok(parsed.error.line <= given.split("\n").length);
      }),
      { numRuns: 500 },
    );
  });

  const refused: readonly (readonly [what: string, text: string, expected: RegExp])[] = [
    ["no XML", "uuid: x", /^x:1:\d+: expected XML: /],
    [
      "an element that is not closed",
      `${(printed[0] as string).replace("</capability>", "")}`,
      /^x:\d+:\d+: expected XML: /,
    ],
    ["another device", "<device>\n  <capability type='pci'/>\n</device>", /^x:2:3: .*found "pci"/],
    [
      "another document",
      "<network/>",
      /^x:1:1: expected the XML of a node device, a hostdev or a domain, found <network>/,
    ],
    ["no capability", "<device/>", /^x:1:1: expected <capability> in <device>, found none/],
    [
      "a second device of vfio-ap, which QEMU does not take",
      `<domain><name>g</name>\n<devices>${HOSTDEV}\n${HOSTDEV.replaceAll("0", "1")}</devices></domain>`,
      /^x:\d+:1: expected one hostdev of model vfio-ap in a virtual machine, found a second one, after line 2: /,
    ],
    [
      "the same device twice",
      `<domain><name>g</name><devices>\n${HOSTDEV}\n<!-- again -->${HOSTDEV}</devices></domain>`,
      /^x:\d+:15: expected one hostdev .* found a second one, after line 2: /,
    ],
    ["a uuid that is none", HOSTDEV.replace(UUID, "7"), /^x:3:5: expected a uuid of 36 characters, found "7"/],
    [
      "an attribute without a value",
      (printed[0] as string).replace(" value='0x02'", ""),
      /^x:9:5: expected value="..." in <attr>/,
    ],
    [
      "a hostdev of another kind",
      "<hostdev type='pci'/>",
      /^x:1:1: expected a hostdev of type "mdev" and model "vfio-ap"/,
    ],
  ];
  for (const [what, text, expected] of refused) {
    it(`is refused for ${what}`, () => {
      const parsed = parseLibvirtXml(text, "x");
      assert.ok(!parsed.ok);
      assert.match(formatInputError(parsed.error), expected);
    });
  }
});

describe("XML of other versions of libvirt, and of its tools", () => {
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../../src/formats/tools/fixtures/libvirt-${name}.xml`, import.meta.url), "utf8");

  for (const name of ["card", "queue", "matrix", "mdev-7"]) {
    it(`libvirt-${name}.xml: the same bytes`, () => assert.equal(format(read(fixture(name))), fixture(name)));
  }

  it("libvirt-hostdev-quoted.xml: the same, but for its quotes", () => {
    const text = fixture("hostdev-quoted");
    const hostdev = read(text);
    assert.ok(hostdev.kind === "hostdev");
    assert.equal(formatHostdev(hostdev, "    "), text.replaceAll('"', "'"));
  });
});
