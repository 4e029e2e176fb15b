// What people have reported, with other ids, kernels and texts than theirs: queues that make no rectangle, values of mdevctl that are no
// text, masks that are set back while mdevs are there. The other reports have their tests where the rule is.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apmatrix } from "../testing/support/lab-command.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";

const [ONE, TWO] = ["1d1c2d3e-1111-4222-8333-444455556666", "2d1c2d3e-1111-4222-8333-444455557777"];
const directory = temporaryDirectory();
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return name;
};
const does = (...words: readonly string[]) => apmatrix(words, { run: directory, directory });

describe("queues that are asked for one by one", () => {
  const host = file(
    "three.yaml",
    'cards: [{ id: 0x31, type: CEX8C }, { id: 0x32, type: CEX8P }, { id: 0x33, type: CEX8C }]\ndomains: [0x11, 0x12, 0x13]\nmasks: { apmask: "-0x31-0x33" }\n',
  );
  const plan = (queues: string) =>
    does("plan", file("want.yaml", `mdevs:\n  - { uuid: ${ONE}, queues: [${queues}] }\n`), "--from", host);

  it("are refused with all those that come along, if they are not all adapters with all domains", async () => {
    for (const [queues, others] of [
      ["31.0011, 31.0012, 32.0011", "32.0012"],
      ["31.0011, 32.0012, 33.0013", "31.0012 31.0013 32.0011 32.0013 33.0011 33.0012"],
    ] as const) {
      const { code, stderr } = await plan(queues);
      assert.equal(code, 1);
      assert.match(
        stderr,
        new RegExp(`want\\.yaml:2:\\d+: expected all adapters with all domains, found no ${others}: `),
      );
    }
  });

  it("are an mdev if they are, in whatever order, one twice or one alone", async () => {
    for (const queues of ["33.0013, 31.0011, 33.0011, 31.0013", "32.0012, 32.0012", "32.0013"]) {
      const { code, stdout, stderr } = await plan(queues);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /missing in the end: 0$/m);
    }
  });
});

describe("an attribute of mdevctl", () => {
  const definition = (attrs: string) =>
    file("d.json", `{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[${attrs}]}`);
  for (const [attrs, found] of [
    ['{"assign_domain":null}', "a value in quotes, found null"],
    ['{"assign_adapter":["1"]}', "a value in quotes, found a list"],
    ['{"assign_control_domain":true}', "a value in quotes, found true"],
    ['{"assign_domain":"1","assign_adapter":"2"}', "one attribute an object, found another one"],
    ['"assign_adapter"', 'an attribute such as \\{"assign_adapter": "0x05"\\}, found "assign_adapter"'],
    ["{}", 'an attribute such as \\{"assign_adapter": "0x05"\\}, found an empty object'],
  ] as const)
    it(`that is ${attrs} is refused with its column`, async () => {
      const { code, stderr } = await does("import", definition(attrs), "--uuid", TWO);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^apmatrix: d\\.json:1:\\d+: expected ${found}`));
    });
});

describe("masks that are set back while mdevs are there", () => {
  const host = file(
    "used.yaml",
    `cards: [{ id: 0x0a, type: CEX8C }, { id: 0x0b, type: CEX8P }]
domains: [0x11, 0x12]
masks: { apmask: "-0x0a,-0x0b", aqmask: "-0x12" }
mdevs:
  - { uuid: ${ONE}, adapters: [0x0a], domains: [0x11] }
  - { uuid: ${TWO}, adapters: [0x0b], domains: [0x12], guest: till }
`,
  );
  const written = async (profile: string, ...write: readonly string[]) =>
    (await does("explain-write", "--from", host, "--profile", profile, "--", ...write)).stdout;

  it("are refused with every queue in the way and whose it is, and who would lose it by the fix", async () => {
    for (const value of ["+0-255", `0x${"f".repeat(64)}`, "+0xa,+0xb"]) {
      const text = await written("linux-7.3", "bus/ap/apmask", value);
      assert.match(text, new RegExp(`^EBUSY\n {2}0a\\.0011 {2}mdev ${ONE}\n {2}0b\\.0012 {2}mdev ${TWO}\n`), value);
      assert.match(text, /this takes queues from running guests: till loses 1 of 1/);
    }
  });

  it("by older kernels only if the other mask does not keep the queue, by none for a number that nobody uses", async () => {
    assert.match(await written("linux-7.3", "bus/ap/apmask", "+0xb"), /^EBUSY\n {2}0b\.0012 /);
    for (const profile of ["linux-6.8", "linux-6.12", "rhel-9"]) {
      assert.match(await written(profile, "bus/ap/apmask", "+0xb"), /^succeeds/, profile);
      assert.match(
        await written(profile, "bus/ap/apmask", "+0-255"),
        new RegExp(`^EBUSY\n {2}0a\\.0011 {2}mdev ${ONE}\nit`),
      );
    }
    assert.match(await written("linux-7.3", "bus/ap/aqmask", "+0x11"), /^succeeds/);
  });
});
