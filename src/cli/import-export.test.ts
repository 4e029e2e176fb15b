// apmatrix import and export as their users meet them: what comes out of which files, and one line with its place for everything that
// is wrong.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { parseDesired } from "../formats/desired/desired-file.ts";
import type { ExportFormat } from "../formats/tools/export-host.ts";
import { UserError } from "../guards/user-error.ts";
import { type ExportCommandOptions, exportFiles } from "./export-command.ts";
import { type ImportOptions, importFiles } from "./import-command.ts";
import { plan } from "./plan-command.ts";

const directory = mkdtempSync(join(tmpdir(), "apmatrix-exchange-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";

function file(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const HOST = file(
  "host.yaml",
  `cards: [{ id: 4, type: CEX5C }, { id: 5, type: CEX5C }]
domains: [4, 0x47]
masks: { apmask: "-5" }
mdevs: [{ uuid: ${ONE}, name: first, adapters: [5], domains: [4], guest: g1 }]
`,
);

const definition = (...attrs: readonly (readonly [string, string])[]): string =>
  JSON.stringify({
    mdev_type: "vfio_ap-passthrough",
    start: "auto",
    attrs: attrs.map(([name, value]) => ({ [name]: value })),
  });
const definitions = join(directory, "mdevctl.d");
file(`mdevctl.d/matrix/${ONE}`, definition(["assign_adapter", "5"], ["assign_domain", "0x47"]));
file(
  `mdevctl.d/matrix/${TWO}`,
  definition(["assign_adapter", "4"], ["assign_domain", "71"], ["assign_control_domain", "4"]),
);
file("mdevctl.d/scripts.d/callouts/ap-check", "#!/bin/sh\n");

const DOMAIN = file(
  "guest.xml",
  `<domain type='kvm'><name>guest two</name><devices>
  <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-ap'><source><address uuid='${TWO}'/></source></hostdev>
</devices></domain>`,
);

async function errorOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message.replaceAll(`${directory}/`, "");
  }
  return assert.fail("nothing was wrong");
}
const importError = (files: readonly string[], options: ImportOptions = {}) =>
  errorOf(() => importFiles(files, options));

describe("apmatrix import", () => {
  it("makes a desired state of definitions, with the names of the virtual machines that have them", async () => {
    const { text, warnings } = await importFiles([definitions, DOMAIN], {});
    assert.deepEqual(warnings, []);
    const read = parseDesired(text, "desired.yaml");
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.desired.mdevs.map(({ uuid, name, apm, aqm, adm }) => [uuid, name, apm?.ids(), aqm?.ids(), adm?.ids()]),
      [
        [ONE, undefined, [5], [0x47], []],
        [TWO, "guest two", [4], [0x47], [4]],
      ],
    );
    assert.equal(read.value.desired.freeBy, "nothing");
  });

  it("puts masks and definitions into a host, and keeps what it knows of the mdevs that are there", async () => {
    const rule = file("41-ap.rules", 'ATTR{../../bus/ap/apmask}="-4,-5"\n');
    const { text } = await importFiles([definitions, rule], { into: HOST });
    const read = parseHostDescription(text, "host.yaml");
    assert.ok(read.ok);
    assert.deepEqual(read.value.masks, { apmask: "-4-5", aqmask: undefined });
    assert.deepEqual(
      read.value.mdevs.map(({ uuid, name, domains, guest }) => [uuid, name, domains, guest]),
      [
        [ONE, "first", [0x47], "g1"],
        [TWO, undefined, [0x47], undefined],
      ],
    );
    const asDesired = await importFiles([definitions, rule], { into: HOST, as: ["desired"] });
    assert.match(asDesired.text, /free_by: masks/);
    assert.match(asDesired.warnings.join(), /a desired state has no masks/);
  });

  it("takes the masks from lines of chzdev, one after the other", async () => {
    const lines = file("free.sh", "set -e\nchzdev -t ap apmask=0-3,6-255\nchzdev -t ap -p apmask=+5\n");
    const bare = file("bare.yaml", 'cards: []\ndomains: []\nmasks: { aqmask: "-7" }\n');
    assert.match((await importFiles([lines], { into: bare })).text, /apmask: "-4"\n +aqmask: "-7"\n/);
    assert.match(
      await importError([lines], { into: HOST }),
      /^free.sh:3:1: with this the host is none .*found 05.0004/,
    );
  });

  it("warns of numbers that the kernel reads as octal, and of devices of other types", async () => {
    const octal = file(`octal/${ONE}`, definition(["assign_domain", "0047"]));
    const gpu = file(`gpu/${TWO}`, definition().replace("vfio_ap-passthrough", "mtty-2"));
    const { warnings } = await importFiles([octal, gpu], {});
    assert.match(warnings[0] as string, /octal\/.*:1:\d+: assign_domain 0047 is octal, 0x27: write 0x47 or 47/);
    assert.match(warnings[1] as string, /gpu\/.*:1:1: left out: its type is mtty-2$/);
  });

  it("searches a directory without following links, which may lead in circles or nowhere", async () => {
    file(`linked/matrix/${ONE}`, definition(["assign_adapter", "5"]));
    symlinkSync("..", join(directory, "linked", "matrix", "up"));
    symlinkSync("nothing", join(directory, "linked", "matrix", TWO));
    const { text } = await importFiles([join(directory, "linked")], {});
    assert.equal(text.match(/uuid/g)?.length, 1);
  });

  it("takes what export prints of several mdevs, one XML after the other", async () => {
    const guests = fileURLToPath(new URL("../../hosts/kernel-doc-guests.yaml", import.meta.url));
    const exported = await exportFiles("libvirt", { from: guests, mdev: [] });
    const several = file("several.xml", exported.files[0]?.text ?? "");
    const { text } = await importFiles([several], {});
    const { text: fromList } = await importFiles(
      [file("list.json", (await exportFiles("mdevctl", { from: guests, mdev: [] })).files[0]?.text ?? "")],
      {},
    );
    assert.equal(text, fromList);
    assert.equal(text.match(/uuid/g)?.length, 3);
    const wrong = `${exported.files[0]?.text}<device>\n  <name/>\n</device>\n`;
    const { length } = (exported.files[0]?.text ?? "").split("\n");
    assert.match(await importError([file("wrong.xml", wrong)]), new RegExp(`^wrong.xml:${length}:1: expected <capab`));
  });

  it("takes a prompt in brackets at the top of a listing for no JSON", async () => {
    const listing = file(
      "prompt.txt",
      "[root@host ~]# lszcrypt -V\nCARD.DOM TYPE  MODE        STATUS     REQUESTS\n----------\n04       CEX8C CCA-Coproc  online            0\n04.0004  CEX8C CCA-Coproc  online            0\n",
    );
    const { text } = await importFiles([listing], {});
    assert.match(text, /\{ id: 0x04, type: CEX8C \}\ndomains: \[0x0004\]/);
  });

  it("says in one line, with the place, what is wrong", async () => {
    const again = file(`again/${ONE}`, definition(["assign_adapter", "6"]));
    assert.match(
      await importError([definitions, again]),
      /^again\/.*:1:1: expected each uuid once, found 62177883.*04 a second time and otherwise, after mdevctl.d\/matrix\/.*:1:1: import one of them$/,
    );
    const shared = file(
      `shared/${ONE.replace("4", "5")}`,
      definition(["assign_adapter", "4"], ["assign_domain", "71"]),
    );
    assert.match(
      await importError([definitions, shared]),
      /^shared\/.*: expected each queue in one mdev, found 04.0047, which .*05 \(mdevctl.d.*\) has as well/,
    );
    assert.match(
      await importError([definitions], { into: HOST }),
      /: expected queues that the masks leave to vfio_ap, found 04.0047: import the host's 41-ap.rules or a chzdev line/,
    );
    const refused = file(
      `refused/${ONE}`,
      `{"mdev_type": "vfio_ap-passthrough", "start": "auto",\n "attrs": [{"assign_adapter": "256"}]}`,
    );
    assert.equal(
      await importError([refused]),
      `refused/${ONE}:2:13: expected an attribute that the kernel takes, found assign_adapter "256", which it refuses with ENODEV`,
    );
    const cut = file(`cut/${ONE}`, definition(["assign_adapter", "5"]).slice(0, 60));
    assert.match(await importError([cut]), new RegExp(`^cut/${ONE}:1:61: expected .*, found the end$`));
    assert.match(
      await importError([file("list.txt", `# mdevctl list -dv\n${ONE} matrix vfio_ap-passthrough manual\n`)]),
      /^list.txt:2:1: expected JSON, found the list that mdevctl prints for people: import what "mdevctl list -d --dumpjson"/,
    );
    assert.match(
      await importError([file("notes.txt", "call the operator\n")]),
      /^notes.txt: not understood: none of a .*or a listing of lszcrypt -V, a definition of mdevctl .*, cex_resources.json$/,
    );
    assert.match(await importError([file("x.xml", "<device>\n<name>")]), /^x.xml:\d+:\d+: expected XML: /);
    assert.match(await importError([file("name.json", definition())]), /^name.json:1:1: .*name it with --uuid/);
    assert.match(await importError([definitions], { as: ["host"] }), /^the files name no machine: .*--into$/);
    assert.match(
      await importError([HOST], { into: HOST }),
      /^host.yaml: a host of its own, and so is host.yaml: import one of them$/,
    );
    assert.match(
      await importError([definitions], { as: ["hosts"] }),
      /^unknown format "hosts"; known: host, desired, cmdline$/,
    );
    assert.match(await importError([join(directory, "nothing")]), /no such file or directory/);
    assert.match(await importError(["lab:nothing-of-this-name"]), /lab "nothing-of-this-name"|no lab/);
    mkdirSync(join(directory, "empty"));
    assert.match(
      await importError([join(directory, "empty")]),
      /^.*empty: no \/sys directory, and it has no definition/,
    );
    assert.match(await importError([HOST], { uuid: "1" }), /^--uuid 1: a uuid has 36 characters/);
  });

  it("has a way out for a definition whose file is not named after it", async () => {
    const { text } = await importFiles([file("named.json", definition(["assign_adapter", "5"]))], {
      uuid: TWO.toUpperCase(),
    });
    assert.match(text, new RegExp(`uuid: "${TWO}"\n +adapters: \\[0x05\\]`));
  });
});

const exported = (format: ExportFormat, more: Partial<ExportCommandOptions> = {}) =>
  exportFiles(format, { from: HOST, mdev: [], ...more });
const exportError = (format: ExportFormat, more: Partial<ExportCommandOptions>) =>
  errorOf(() => exported(format, more));

describe("apmatrix export", () => {
  it("gives every mdev a file of the name that the tool would give it", async () => {
    const out = `${join(directory, "out")}/`;
    const paths = async (format: ExportFormat) =>
      (await exported(format, { out })).files.map(({ path }) => path?.slice(out.length));
    assert.deepEqual(await paths("mdevctl"), [ONE]);
    assert.deepEqual(await paths("libvirt"), ["mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix.xml"]);
    assert.deepEqual(await paths("hostdev"), [`${ONE}.hostdev.xml`]);
  });

  it("finds an mdev by its uuid, its name and its guest", async () => {
    const texts = await Promise.all(
      [ONE, "first", "g1"].map((name) => exported("mdevctl", { mdev: [name], auto: true })),
    );
    for (const { files } of texts) assert.deepEqual(JSON.parse(files[0]?.text as string).start, "auto");
    assert.match(
      await exportError("mdevctl", { mdev: ["g2"] }),
      /^no guest or mdev "g2": did you mean "g1"\? there are first, g1, /,
    );
  });

  it("makes a script of the steps of a trace: expected errors do not end it, and what is not a write is a comment", async () => {
    const trace = file(
      "plan.jsonl",
      [
        { trace: "plan\nrm -rf", format: 1 },
        { i: 1, op: "write", path: "bus/ap/apmask", value: "-5\n", x: { r: 3 } },
        { i: 2, op: "write", path: "bus/ap/aqmask", value: "it's", x: { r: "EINVAL" } },
        { i: 3, op: "scan" },
        { i: 4, op: "write", path: "bus/ap/x y", value: "-n" },
      ]
        .map((line) => JSON.stringify(line))
        .join("\n"),
    );
    const { files } = await exported("shell", { steps: trace });
    assert.equal(
      files[0]?.text,
      `#!/bin/sh
# Written by apmatrix: the steps of plan rm -rf
set -e
echo -5 > /sys/bus/ap/apmask
! printf '%s\\n' 'it'\\''s' > /sys/bus/ap/aqmask  # EINVAL
# scan
printf '%s\\n' -n > '/sys/bus/ap/x y'
`,
    );
    assert.match(await exportError("shell", { steps: HOST }), /^host.yaml:1:\d+: expected a JSON object/);
    assert.match(await exportError("trace", { steps: trace }), /^--steps makes a shell script, not trace/);
  });

  it("makes no script of a trace that writes to anything but attributes of the AP bus and vfio_ap", async () => {
    for (const path of [
      "bus/ap/../../../etc/passwd",
      "../etc/passwd",
      "/etc/passwd",
      "bus/ap/./apmask",
      "bus/ap//apmask",
      "bus/ap/drivers/..",
      "devices/system/cpu/cpu0/online",
      "kernel/uevent_helper",
    ]) {
      const lines = [
        { trace: "other", format: 1 },
        { i: 1, op: "write", path, value: "x" },
      ];
      const trace = file("strange.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
      const message = await exportError("shell", { steps: trace });
      assert.match(message, /^strange.jsonl:2:\d+: expected the path of an attribute of the AP bus or vfio_ap/, path);
    }
  });

  it("says what masks cannot say, and that there is nothing to say", async () => {
    const overrides = file(
      "overrides.yaml",
      "cards: [{ id: 4, type: CEX5C }]\ndomains: [4]\noverrides: { 04.0004: vfio_ap }\n",
    );
    assert.match(
      (await exported("udev", { from: overrides })).warnings.join(),
      /freed by overrides, which masks cannot say/,
    );
    const { files, warnings } = await exported("mdevctl", { from: overrides });
    assert.deepEqual([files[0]?.text, warnings], ["[]\n", ["there are no mdevs"]]);
    const relative = await exported("chzdev", { from: overrides, relative: true });
    assert.match(relative.files[0]?.text as string, /^# chzdev: nothing to do/);
  });

  it("wants a directory where there are several files", async () => {
    const two = file("two.yaml", `cards: []\ndomains: []\nmdevs: [{ uuid: ${ONE} }, { uuid: ${TWO} }]\n`);
    const out = join(directory, "one.xml");
    assert.match(
      await exportError("libvirt", { from: two, out }),
      /^one.xml: libvirt has a file for each mdev, and there are 2: name a directory/,
    );
  });
});

describe("apmatrix plan with definitions of other tools", () => {
  const planned = (path: string, from: string) => plan(path, { from, format: "json" });

  it("plans what they define, with a warning where a number is hardly meant", async () => {
    const free = file("free.yaml", 'cards: [{ id: 5, type: CEX5C }]\ndomains: [0x27]\nmasks: { apmask: "-5" }\n');
    const wanted = file(`plan/${ONE}`, definition(["assign_adapter", "5"], ["assign_domain", "0047"]));
    const { lines, warnings } = await planned(wanted, free);
    const { mdevs } = JSON.parse(lines.join("\n")) as { mdevs: readonly { after: readonly string[] }[] };
    assert.deepEqual(mdevs[0]?.after, ["05.0027"]);
    assert.match(warnings[0] as string, /assign_domain 0047 is octal/);
  });

  it("says where the definition stands that cannot be carried out", async () => {
    assert.match(
      await errorOf(() => planned(definitions, HOST)),
      new RegExp(`^mdevctl.d/matrix/${TWO}:1:1: the host owns 04.0047: `),
    );
    const rule = file("rules/41-ap.rules", 'ATTR{../../bus/ap/apmask}="-5"\n');
    assert.match(await errorOf(() => planned(rule, HOST)), /^rules\/41-ap.rules: it defines no mdev/);
  });
});

describe("a desired state that is exported", () => {
  it("names guests, and is what the host is: nothing is to be done, there and in a round more", async () => {
    const host = file(
      "named.yaml",
      `cards: [{ id: 0x15, type: CEX8C }]
domains: [7, 8, 9]
masks: { apmask: "-0x15" }
mdevs:
  - { uuid: ${NAMED[0]}, name: pay, adapters: [0x15], domains: [7] }
  - { uuid: ${NAMED[1]}, adapters: [0x15], domains: [8], control_domains: [9], guest: web }
  - { uuid: ${NAMED[2]} }
`,
    );
    const [desired] = (await exportFiles("desired", { from: host, mdev: [] })).files;
    assert.match(desired?.text ?? "", /name: pay\n[\s\S]*name: web\n[\s\S]*control_domains: \[0x0009\]/);
    assert.match(desired?.text ?? "", /free_by: masks\n$/);
    const { changes } = await plan(file("named-desired.yaml", desired?.text ?? ""), { from: host, format: "text" });
    assert.equal(changes, false);
    const again = await importFiles([host], { as: ["desired"] });
    assert.match(again.text, /name: pay\n[\s\S]*name: web\n/);
  });
});

const NAMED = [1, 2, 3].map((n) => `3e1f0a2b-0000-4000-9000-00000000000${n}`);
