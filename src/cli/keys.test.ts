// Master keys in the commands: which queues can take each other's place, and a warning where one takes the place of another.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { openSource } from "../sources/open-source.ts";
import { copyToDirectory } from "../testing/support/copy-tree.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { plan } from "./plan-command.ts";
import { type ShowOptions, show } from "./show-command.ts";

const directory = temporaryDirectory();
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const WK = `0x${"ab".repeat(32)}`;
const HOST = `
cards: [{ id: 4, type: CEX8C }, { id: 5, type: CEX8C }, { id: 6, type: CEX8P }, { id: 7, type: CEX8A }]
domains: [4, 0x47]
masks: { apmask: "-4-5" }
mdevs: [{ uuid: ${UUID}, adapters: [4], domains: [4], guest: alpha }]
keys:
  - { queues: [04.0004, 05.0004], aes: { cur: 0x0123456789abcdef, old: 0x0000000000000001 } }
  - { queues: [05.0047], aes: { cur: 0x1123456789abcdef } }
  - { queues: [06.0004, 06.0047], wk: { cur: ${WK} } }
`;

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const host = file("host.yaml", HOST);
const OPTIONS: ShowOptions = { from: host, format: "table", colour: false, equivalent: true };
const NO_TERMINAL = { isTTY: false, env: {} };
const shown = async (more: Partial<ShowOptions> = {}, guests: readonly string[] = []): Promise<string> =>
  (await show({ ...OPTIONS, ...more }, NO_TERMINAL, guests)).text;

const warningsFor = async (matrix: string, from = host): Promise<readonly string[]> => {
  const wanted = file("wanted.yaml", `mdevs: [{ uuid: ${UUID}, ${matrix} }]\n`);
  const { warnings } = await plan(wanted, { from, format: "text", allowLoss: ["all"] });
  return warnings.filter((warning) => warning.includes("master key"));
};

describe("show --equivalent", () => {
  it("puts queues together that have one type, one mode and the same keys in use", async () => {
    assert.equal(
      await shown(),
      `CEX8C: AES 0x0123456789abcdef
  04.0004 05.0004
CEX8C: AES 0x1123456789abcdef
  05.0047
CEX8P: WK ${WK}
  06.0004 06.0047
CEX8A: an accelerator, without master keys
  07.0004 07.0047
master keys that nobody tells
  04.0047
`,
    );
  });

  it("is data, and of one guest, if that is asked for; there is no picture", async () => {
    assert.deepEqual(JSON.parse(await shown({ format: "json" }, ["alpha"])), {
      equivalent: [{ type: "CEX8C", mode: "cca", keys: "AES 0x0123456789abcdef", queues: ["04.0004", "05.0004"] }],
      unknown: [],
    });
    await assert.rejects(shown({ format: "svg" }), UserError);
  });

  it("tells of a copied /sys what cex4queue tells there, and nothing of queues that vfio_ap has", async () => {
    const source = await openSource(host);
    assert.ok(source.ok);
    const copy = freshDirectory(directory, "copy");
    copyToDirectory(source.value.sysfs, copy);
    const text = await shown({ from: copy });
    assert.match(text, /^CEX8P: WK 0xab/);
    assert.match(text, /nobody tells\n {2}04\.0004 04\.0047 05\.0004 05\.0047\n$/);
  });
});

describe("a plan", () => {
  it("warns if a guest's queue is replaced by one with other master keys", async () => {
    assert.deepEqual(await warningsFor("adapters: [5], domains: [0x47]"), [
      "alpha: 05.0047 (AES 0x1123456789abcdef) takes the place of 04.0004 (AES 0x0123456789abcdef): what was wrapped with other master keys cannot be used there",
    ]);
  });

  it("does not warn if the guest has the same keys afterwards, gets nothing instead, or nobody knows the keys", async () => {
    assert.deepEqual(await warningsFor("adapters: [5], domains: [4]"), []);
    assert.deepEqual(await warningsFor("adapters: [5], domains: [4, 0x47]"), []);
    assert.deepEqual(await warningsFor("adapters: [4], domains: [4, 0x47]"), []);
    assert.deepEqual(await warningsFor("adapters: [], domains: []"), []);
    assert.deepEqual(await warningsFor("adapters: [4], domains: [0x47]"), []);
    const plain = file("plain.yaml", HOST.slice(0, HOST.indexOf("keys:")));
    assert.deepEqual(await warningsFor("adapters: [5], domains: [0x47]", plain), []);
  });
});
