// What the repository holds beside the code agrees with it: the JSON Schema and the hosts that come with it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { hostJsonSchema } from "../formats/description/host-json-schema.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { formatApqn } from "../system/ap/apqn.ts";
import { Player } from "../system/trace/player.ts";
import { DEFAULT_PROFILE, PROFILES } from "../system/vfio-ap/profiles.ts";
import { staticTree } from "./static-tree.ts";
import { tarOf } from "./tar-writer.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const HOSTS = new URL("hosts/", REPOSITORY);
const TREES = new URL("trees/", REPOSITORY);

function readHost(name: string): HostDescription {
  const result = parseHostDescription(readFileSync(new URL(name, HOSTS), "utf8"), name);
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return result.value;
}

describe("the committed JSON Schema", () => {
  it("is what scripts/write-schema.mjs would write", () => {
    assert.equal(readFileSync(new URL("schema/host.schema.json", REPOSITORY), "utf8"), hostJsonSchema());
  });
});

describe("the committed trees", () => {
  const names = readdirSync(HOSTS).map((name) => name.replace(".yaml", ""));

  it("are those of all hosts", () => {
    assert.deepEqual(readdirSync(TREES).sort(), names.map((name) => `${name}.tar.gz`).sort());
  });

  for (const name of names) {
    it(`are what scripts/write-trees.mjs would write: ${name}`, () => {
      const player = new Player(DEFAULT_PROFILE);
      for (const [i, operation] of hostOperations(readHost(`${name}.yaml`)).entries()) player.apply(operation, i);
      const { entries, warnings } = staticTree(player.sysfs);
      assert.deepEqual(warnings, []);
      // What packs differs from one Node to another.
      const packed = readFileSync(new URL(`${name}.tar.gz`, TREES));
      assert.ok(gunzipSync(packed).equals(tarOf(entries, "sys")), "write them anew: node scripts/write-trees.mjs");
      assert.ok(packed.length < 300_000, `${packed.length} bytes`);
    });
  }
});

describe("the example of docs/host-description.md", () => {
  it("is a host description, and so is the one with master keys", () => {
    const page = readFileSync(new URL("docs/host-description.md", REPOSITORY), "utf8");
    const examples = [...page.matchAll(/```yaml\n([^`]*)```/g)];
    assert.equal(examples.length, 2);
    for (const [, example = ""] of examples) {
      const result = parseHostDescription(example, "example");
      assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
    }
  });

  it("is one in docs/guests.md, too, whose guest in a guest comes up under the kernels that it names", () => {
    const page = readFileSync(new URL("docs/guests.md", REPOSITORY), "utf8");
    const [, example = ""] = /```yaml\n([^`]*)```/.exec(page) ?? [];
    const result = parseHostDescription(example, "example", DEFAULT_PROFILE);
    assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
    const player = new Player(DEFAULT_PROFILE);
    for (const [i, operation] of hostOperations(result.value).entries())
      assert.equal(typeof player.apply(operation, i).r, "number", JSON.stringify(operation));
    assert.deepEqual(player.guestPaths(), ["g1", "g1/g2"]);
    assert.equal(player.guestPlayer("g1")?.profile.name, "linux-6.12");
    assert.deepEqual(player.guestPlayer("g1/g2")?.sysfs.list("bus/ap/devices"), {
      ok: true,
      value: ["06.0004", "card06"],
    });
  });

  it("shows the message of a leading zero as it is", () => {
    const page = readFileSync(new URL("docs/host-description.md", REPOSITORY), "utf8").replace(/\s+/g, " ");
    const result = parseHostDescription("cards: []\ndomains: [0047]\n", "host.yaml");
    assert.ok(!result.ok);
    assert.ok(page.includes(formatInputError(result.error)));
  });
});

describe("the hosts that come with it", () => {
  for (const name of readdirSync(HOSTS).filter((file) => file.endsWith(".yaml"))) {
    it(`${name} says which machine it is and survives being written`, () => {
      const host = readHost(name);
      assert.ok(host.describes);
      const again = parseHostDescription(formatHostDescription(host), name);
      assert.ok(again.ok);
      assert.deepEqual(again.value, host);
    });
  }

  it("come up under every profile that knows them, without a refusal", () => {
    for (const name of readdirSync(HOSTS).filter((file) => file.endsWith(".yaml"))) {
      for (const profile of PROFILES) {
        const player = new Player(profile);
        for (const [i, operation] of hostOperations(readHost(name)).entries()) {
          const { r } = player.apply(operation, i);
          assert.equal(typeof r, "number", `${name}, ${profile.name}: ${JSON.stringify(operation)} answered ${r}`);
        }
      }
    }
  });

  it("give the manual's guests what the manual says", () => {
    const player = new Player(DEFAULT_PROFILE);
    const host = readHost("kernel-doc-guests.yaml");
    for (const [i, operation] of hostOperations(host).entries()) player.apply(operation, i);
    const matrices = host.mdevs.map(({ uuid }) => player.sysfs.read(`devices/vfio_ap/matrix/${uuid}/guest_matrix`));
    assert.deepEqual(
      matrices.map((matrix) => (matrix.ok ? matrix.value : matrix.errno)),
      ["05.0004\n05.00ab\n06.0004\n06.00ab\n", "05.0047\n05.00ff\n", "06.0047\n06.00ff\n"],
    );
  });

  it("hold the numbers of their sources", () => {
    const facts = (name: string) => {
      const { cards, domains } = readHost(name);
      return [cards.map(({ id, type, mode }) => [id, type, mode]), domains];
    };
    const manual = [
      [
        [5, 11, "cca"],
        [6, 11, "accel"],
      ],
      [0x04, 0x47, 0xab, 0xff],
    ];
    assert.deepEqual(facts("kernel-doc.yaml"), manual);
    assert.deepEqual(facts("kernel-doc-guests.yaml"), manual);
    assert.deepEqual(facts("bootc-1542.yaml"), [[[0, 14, "cca"]], [0x35, 0x36, 0x37, 0x38, 0x39]]);
    assert.deepEqual(facts("ibm-docs-three-cards.yaml"), [
      [
        [4, 11, "cca"],
        [5, 11, "ep11"],
        [10, 12, "cca"],
      ],
      [0x13, 0x14],
    ]);
    assert.deepEqual(readHost("ibm-docs-three-cards.yaml").offline.map(formatApqn), ["04.0014", "0a.0014"]);
  });
});
