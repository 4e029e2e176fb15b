// Files as people have them, tried with the commands that take files: what each of them becomes, or which one line is said of it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorOf, file, shortened } from "../testing/support/named-files.ts";
import { type ImportOptions, importFiles } from "./import-command.ts";
import { plan } from "./plan-command.ts";

const imported = async (path: string, options: ImportOptions = {}) => {
  const { text, warnings } = await importFiles([path], options);
  return { text, warnings: warnings.map(shortened) };
};
const importError = (path: string, options: ImportOptions = {}) => errorOf(() => importFiles([path], options));

const UUID = "0b5d7c1e-4a2f-4f0e-9d39-6f6b1f3a0001";
const HOST = file(
  "host.yaml",
  'cards: [{ id: 0x0c, type: CEX8C }, { id: 0x0d, type: CEX8P }]\ndomains: [0x17, 0x18]\nmasks: { apmask: "-0x0d" }\n',
);

const BARE = file(
  "bare.yaml",
  "cards: [{ id: 0x0c, type: CEX8C }, { id: 0x0d, type: CEX8P }]\ndomains: [0x17, 0x18]\n",
);

describe("a file with a byte order mark", () => {
  const NODE = `<device><parent>ap_matrix</parent><capability type='mdev'><type id='vfio_ap-passthrough'/>
<uuid>${UUID}</uuid><attr name='assign_adapter' value='0x0d'/></capability></device>\n`;
  const texts: readonly (readonly [name: string, text: string, expected: RegExp])[] = [
    ["marked.yaml", "cards: [{ id: 3, type: CEX5A }]\ndomains: [1]\n", /id: 0x03/],
    [
      `marked/${UUID}`,
      '{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[{"assign_domain":"9"}]}',
      /\[0x0009\]/,
    ],
    ["marked.xml", NODE, /adapters: \[0x0d\]/],
    ["41-ap.rules", 'ATTR{../../bus/ap/apmask}="-3"\n', /free_by: masks/],
    ["marked.sh", "chzdev -t ap apmask=-3\n", /free_by: masks/],
  ];
  for (const [name, text, expected] of texts) {
    it(`is read as without it: ${name}`, async () => {
      assert.match((await imported(file(name, `\ufeff${text}`))).text, expected);
    });

    it(`is refused by name in UTF-16: ${name}`, async () => {
      const refused = await importError(file(`utf16/${name}`, Buffer.from(`\ufeff${text}`, "utf16le")));
      assert.match(refused, /is UTF-16 text, and UTF-8 is read: convert it with iconv -f UTF-16 -t UTF-8$/);
    });
  }
});

describe("the XML of an mdev without its uuid", () => {
  const node = (adapter: string) => `<device>
  <parent>ap_matrix</parent>
  <capability type='mdev'>
    <type id='vfio_ap-passthrough'/>
    <attr name='assign_adapter' value='${adapter}'/>
    <attr name='assign_domain' value='0x17'/>
  </capability>
</device>\n`;
  const one = file("new.xml", node("0x0d"));
  const ASKED = /^new.xml:1:1: expected <uuid> of the mdev, found none: name it with --uuid, or write it into the XML$/;

  it("is asked for it, by import and by plan", async () => {
    assert.match(await importError(one), ASKED);
    assert.match(await errorOf(() => plan(one, { from: HOST, format: "text" })), ASKED);
  });

  it("has the uuid that is given for it", async () => {
    const { text } = await imported(one, { uuid: UUID.toUpperCase() });
    assert.match(text, new RegExp(`uuid: "${UUID}"\n +adapters: \\[0x0d\\]\n +domains: \\[0x0017\\]`));
    const { lines } = await plan(one, { from: HOST, format: "json", uuid: UUID });
    const { mdevs } = JSON.parse(lines.join("")) as { mdevs: readonly { uuid: string; after: readonly string[] }[] };
    assert.deepEqual(
      mdevs.map(({ uuid, after }) => [uuid, after]),
      [[UUID, ["0d.0017"]]],
    );
  });

  it("cannot share it with a second one", async () => {
    const two = file("two.xml", node("0x0d") + node("0x0d"));
    assert.match(
      await importError(two, { uuid: UUID }),
      /^two.xml:9:1: expected one mdev that --uuid names, found a second/,
    );
    assert.match(await importError(one, { uuid: "7" }), /^--uuid 7: a uuid has 36 characters/);
  });
});

describe("control domains without a domain", () => {
  const WARNED = new RegExp(
    `:\\d+:\\d+: mdev ${UUID} has control domains and no domain: .*ap-check .*give it a domain$`,
  );
  const attrs = (...names: readonly string[]) =>
    JSON.stringify({
      mdev_type: "vfio_ap-passthrough",
      start: "auto",
      attrs: names.map((name) => ({ [name]: name === "assign_adapter" ? "13" : "0x17" })),
    });

  it("of a definition are taken, with a warning, by import and by plan", async () => {
    const path = file(`alone/${UUID}`, attrs("assign_adapter", "assign_control_domain"));
    const { text, warnings } = await imported(path);
    assert.match(text, /domains: \[\]\n +control_domains: \[0x0017\]/);
    assert.match(warnings.join(), WARNED);
    assert.match((await plan(path, { from: HOST, format: "text" })).warnings.join(), WARNED);
  });

  it("of a desired state are taken, with a warning", async () => {
    const mdev = `uuid: ${UUID}, adapters: [13], control_domains: [0x18]`;
    const path = file("alone.yaml", `mdevs:\n  - { ${mdev}, domains: [] }\n`);
    assert.match((await plan(path, { from: HOST, format: "text" })).warnings.join(), WARNED);
    const kept = file("kept.yaml", `mdevs: [{ ${mdev} }]\n`);
    assert.deepEqual(
      (await plan(kept, { from: HOST, format: "text" })).warnings,
      [],
      "the domains may be there already",
    );
  });

  it("are not warned of beside a domain, and there is no warning of an adapter alone", async () => {
    for (const names of [["assign_domain", "assign_control_domain"], ["assign_adapter"]])
      assert.deepEqual((await imported(file(`beside/${UUID}`, attrs(...names)))).warnings, []);
  });
});

describe("queues that are no product", () => {
  it("are refused with all queues that the mdev would have as well", async () => {
    const path = file("claim.yaml", `mdevs:\n  - uuid: ${UUID}\n    queues: [0c.0017, 0d.0018]\n`);
    assert.match(
      await errorOf(() => plan(path, { from: HOST, format: "text" })),
      /^claim.yaml:3:13: expected all adapters with all domains, found no 0c.0018 0d.0017: an mdev of the others would have/,
    );
    const many = file("many.yaml", `mdevs: [{ uuid: ${UUID}, queues: [00.0000, 01.0001, 02.0002, 03.0003] }]\n`);
    assert.match(await errorOf(() => plan(many, { from: HOST, format: "text" })), /00.0001 .* and 4 more: an mdev/);
  });
});

describe("sets of queues for containers", () => {
  const sets = (...queues: readonly (readonly [adapter: number, domain: number, machine?: string])[]) =>
    JSON.stringify({
      cryptoconfigsets: [
        {
          setname: "keys",
          project: "bank",
          cexmode: "cca",
          overcommit: 2,
          apqns: queues.map(([adapter, domain, machineid = ""]) => ({ adapter, domain, machineid })),
        },
      ],
    });
  const map = (json: string) =>
    `apiVersion: v1\nkind: ConfigMap\ndata:\n  cex_resources.json: |\n    ${json}\nmetadata:\n  name: x\n`;

  for (const [what, wrap] of [
    ["a file", (json: string) => json],
    ["a ConfigMap", map],
  ] as const) {
    it(`are looked for on the host: ${what}`, async () => {
      const { text, warnings } = await imported(file("cex", wrap(sets([12, 23], [13, 24], [12, 25], [9, 23]))), {
        into: HOST,
      });
      assert.match(text, /apmask: "-0x0d"/);
      assert.deepEqual(warnings, [
        "cex: 0d.0018: containers cannot have what is with vfio_ap",
        "cex: 0c.0019 09.0017: this host has no such queue",
      ]);
    });
  }

  it("are told of a mode that their card has not", async () => {
    const { warnings } = await imported(file("cex", sets([13, 23])), { into: BARE });
    assert.deepEqual(warnings, ["cex: 0d.0017: the set is for cca, the card is in mode ep11"]);
  });

  it("say nothing of mdevs, and share no queue with one", async () => {
    const cex = file("cex", sets([13, 23], [12, 23]));
    const alone = await imported(cex);
    assert.match(alone.text, /mdevs: \[\]/);
    assert.match(alone.warnings.join(), /^cex: containers use 2 queues, which stay with the host: --into HOST/);
    const mdev = file(
      `cex.d/${UUID}`,
      '{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[{"assign_adapter":"13"},{"assign_domain":"23"}]}',
    );
    const both = await errorOf(() => importFiles([cex, mdev], {}));
    assert.match(
      both,
      /^cex.d\/.*:1:1: expected queues that no container uses, found 0d.0017 of mdev .*which set "keys" has$/,
    );
    assert.match(await errorOf(() => plan(cex, { from: HOST, format: "text" })), /^cex: it defines no mdev/);
  });

  const refused: readonly (readonly [text: string, expected: RegExp])[] = [
    [sets([12, 256]), /^cex:1:\d+: expected domain as a number 0..255 without quotes, found 256/],
    [
      sets([12, 23], [12, 23, "IBM-1"]),
      /^cex:1:\d+: expected each queue once, found 0c.0017 again, which set "keys" has/,
    ],
    [sets([12, 23]).replace('"cca"', '"ccca"'), /^cex:1:\d+: expected a mode \(cca, ep11, accel\), found "ccca"/],
    [map(sets([12, 23])).replace('[{"adapter', '[...,{"adapter'), /^cex:5:\d+: expected a JSON value, found "\.\.\./],
    [sets([12, 23]).replace("12", '"0x0c"'), /expected adapter as a number 0..255 without quotes, found "0x0c"/],
  ];
  for (const [text, expected] of refused)
    it(`are refused: ${expected.source.slice(0, 60)}`, async () => {
      assert.match(await importError(file("cex", text)), expected);
    });

  it("may be of two machines", async () => {
    const { warnings } = await imported(file("cex", sets([12, 23, "IBM-1"], [12, 23, "IBM-2"])), { into: BARE });
    assert.deepEqual(warnings, []);
  });
});

describe("a file that is not understood", () => {
  const cases: readonly (readonly [name: string, text: string, look: string])[] = [
    [
      "slice.yaml",
      "apiVersion: resource.k8s.io/v1\nkind: ResourceSlice\nspec:\n  devices: []\n",
      "a ResourceSlice of Kubernetes",
    ],
    ["claim.json", '{ "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim" }', "a ResourceClaim of Kubernetes"],
    [
      "hmc.yaml",
      "- name: x\n  crypto_configuration:\n    crypto_adapter_names: [a]\n",
      "a crypto configuration of the HMC",
    ],
    [
      "zipl.conf",
      '[defaultboot]\nprompt=1\n[linux]\n\tparameters="ap.apmask=+0-7"\n',
      "zipl.conf; the text of its parameters",
    ],
    ["cmdline", "root=UUID=1 rd.zfcp=0.0.1900 ap.aqmask=0xff quiet\n", "a kernel command line (--as cmdline)"],
    ["entry.conf", "title Linux\nlinux /vmlinuz\noptions root=/dev/dasda1\n", "a boot entry; the text of its options"],
    ["grub", 'GRUB_TIMEOUT=1\nGRUB_CMDLINE_LINUX="quiet"\n', "the settings of GRUB"],
    ["free.sh", "#!/usr/bin/env bash\necho -12 > /sys/bus/ap/apmask\n", "a shell script"],
    ["session", "# echo 0x0c > /sys/devices/vfio_ap/matrix/1/assign_adapter\n", "commands of a shell"],
    ["remote", "ssh kvm3 chzdev -t ap apmask=-12\n", "chzdev inside of another command"],
    ["bus.txt", "ap_domain=0x11\nap_max_domain_id=0xff\n", "what lszcrypt -b or -d prints"],
    ["overrides", "0c.0017 vfio_ap\n", "overrides of driverctl"],
    ["want.yaml", "mdevs: []\n", "a desired state, which plan takes"],
    ["other.json", '{ "a": [1] }', ""],
    ["other.yaml", "servers:\n  - a\n", "YAML of another kind"],
    ["empty", " \n", "an empty file"],
    ["binary", "a\0b", "a file that is not text"],
  ];
  for (const [name, text, look] of cases) {
    it(`is named by its look, beside a machine and alone: ${name}`, async () => {
      for (const options of [{ into: HOST }, {}]) {
        const said = await importError(file(`unknown/${name}`, text), options);
        if (look === "") assert.match(said, /^unknown\/other.json:1:3: expected one of the members mdev_type/);
        else {
          assert.ok(said.startsWith(`unknown/${name}: not understood: none of a /sys directory`), said);
          assert.ok(said.includes(`; it looks like ${look}`), said);
        }
      }
    });
  }

  it("is a host of its own where lszcrypt found no card", async () => {
    const none = file("none.txt", "lszcrypt: No crypto card devices found.\n");
    assert.match((await imported(none)).text, /cards: \[\]/);
    assert.match(
      await importError(none, { into: HOST }),
      /^none.txt: a host of its own, and so is host.yaml: import one/,
    );
  });
});
