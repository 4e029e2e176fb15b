// Files as people have them, tried with the commands that take files: what each of them becomes, or which one line is said of it.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";
import { type ImportOptions, importFiles } from "./import-command.ts";
import { plan } from "./plan-command.ts";

const directory = temporaryDirectory();

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

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
const imported = async (path: string, options: ImportOptions = {}) => {
  const { text, warnings } = await importFiles([path], options);
  return { text, warnings: warnings.map((warning) => warning.replaceAll(`${directory}/`, "")) };
};
const importError = (path: string, options: ImportOptions = {}) => errorOf(() => importFiles([path], options));

const UUID = "0b5d7c1e-4a2f-4f0e-9d39-6f6b1f3a0001";
const HOST = file(
  "host.yaml",
  'cards: [{ id: 0x0c, type: CEX8C }, { id: 0x0d, type: CEX8P }]\ndomains: [0x17, 0x18]\nmasks: { apmask: "-0x0d" }\n',
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
