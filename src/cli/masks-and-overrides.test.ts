// Masks and overrides exclude each other, and masks cannot take back what an mdev has: the commands say whose queue is in the way, and
// what helps. As those ask who free queues for claims of containers and guests.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errnoToJson, explainErrno } from "../answers/explain/explain-errno.ts";
import { errorOf, file } from "../testing/support/named-files.ts";
import { hostFrom } from "./host-source.ts";
import { importFiles } from "./import-command.ts";
import { plan } from "./plan-command.ts";

const UUID = "0b5d7c1e-4a2f-4f0e-9d39-6f6b1f3a0002";
const machine = (more: string): string =>
  `cards: [{ id: 0x1a, type: CEX7C }, { id: 0x1b, type: CEX8P }]\ndomains: [0x05, 0x60]\n${more}\n`;
const MASKED = file("masked.yaml", machine('masks: { aqmask: "-0x60" }'));
const OVERRIDDEN = file("overridden.yaml", machine('overrides: { "1b.0060": vfio_ap }'));
const GIVEN = file(
  "given.yaml",
  machine(`masks: { apmask: "-0x1b" }\nmdevs: [{ uuid: ${UUID}, adapters: [0x1b], domains: [5, 0x60], guest: g1 }]`),
);
const ALL = `0x${"f".repeat(64)}`;

async function explained(path: string, value: string, from: string, profile?: string) {
  const { host } = await hostFrom({ from, ...(profile === undefined ? {} : { profile }) });
  return JSON.stringify(errnoToJson(explainErrno(host, [path, `${value}\n`])));
}

describe("a write to masks or overrides", () => {
  it("of an override is refused while masks are in use, and all ones help", async () => {
    const said = await explained("devices/ap/card1a/1a.0005/driver_override", "vfio_ap", MASKED);
    assert.match(said, /"EINVAL"/);
    assert.ok(said.includes(`["bus/ap/aqmask","${ALL}`), said);
  });

  it("of a mask is refused while an override is there, which is named", async () => {
    for (const [path, value] of [
      ["bus/ap/apmask", "-26"],
      ["bus/ap/aqmask", "0x0"],
    ] as const) {
      const said = await explained(path, value, OVERRIDDEN);
      assert.match(said, /"EINVAL".*1b\.0060.*card1b\/1b\.0060\/driver_override/);
    }
  });

  it("of a mask does not take back what an mdev has, whose queues and uuid are named", async () => {
    for (const profile of ["linux-7.3", "linux-6.12", "linux-6.8"]) {
      const said = await explained("bus/ap/apmask", "+0-255", GIVEN, profile);
      assert.match(said, new RegExp(`"EBUSY".*1b\\.0005.*${UUID}.*1b\\.0060.*${UUID}/unassign_`));
    }
    // A bit that frees nobody's queue is given back.
    assert.doesNotMatch(await explained("bus/ap/apmask", "+1", GIVEN), /EBUSY/);
  });
});

describe("a plan that frees queues by overrides", () => {
  const want = file(
    "want.yaml",
    `mdevs:\n  - { uuid: ${UUID}, queues: [1a.0005, 1b.0005], control_domains: [5] }\nhost:\n  free_by: overrides\n`,
  );

  it("is refused beside masks and by kernels that have no overrides", async () => {
    assert.match(
      await errorOf(() => plan(want, { from: MASKED, format: "text" })),
      /^want.yaml:4:12: driver_override is refused/,
    );
    assert.match(
      await errorOf(() => plan(want, { from: OVERRIDDEN, format: "text", profile: "linux-6.12" })),
      /^want.yaml:4:12: linux-6.12 has no driver_override: use free_by: masks$/,
    );
  });

  it("is made beside other overrides", async () => {
    const { lines } = await plan(want, { from: OVERRIDDEN, format: "json" });
    const { steps } = JSON.parse(lines.join("")) as { steps: readonly { path: string }[] };
    assert.deepEqual(
      steps.map(({ path }) => path).filter((path) => path.endsWith("override")),
      ["1a/1a.0005", "1b/1b.0005"].map((queue) => `devices/ap/card${queue}/driver_override`),
    );
  });
});

describe("masks that are set back to all ones with chzdev", () => {
  const resets = [
    "chzdev --type ap apmask=+0x00-0xff aqmask=+0x00-0xff",
    "# chzdev -t ap apmask=0-255 aqmask=0-255\nap device type configured",
    "$ sudo chzdev -at ap aqmask=+96",
  ];
  for (const line of resets)
    it(`are gone from the description: ${JSON.stringify(line)}`, async () => {
      const { text, warnings } = await importFiles([file("reset.txt", `${line}\n`)], { into: MASKED });
      assert.doesNotMatch(text, /mask/);
      assert.deepEqual(warnings, []);
    });
});
