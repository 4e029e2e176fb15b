// Queues that go back to the host's drivers: by override, by mask, by hand; what comes along, and what cannot go.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { Player } from "../../system/trace/player.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { planToJson } from "./plan-json.ts";
import { planLines } from "./plan-text.ts";
import { planChanges } from "./planner.ts";
import { predict } from "./prediction.ts";
import { rehearse } from "./rehearse.ts";

const UUID = "66d0a3c1-2b0e-4f57-8d19-5a4b3c2d1e0f";
const CARDS = "cards: [{ id: 0x1a, type: CEX8C }, { id: 0x1b, type: CEX8C }]\ndomains: [0x02, 0x03]\n";
const BY_MASK = `${CARDS}masks: { apmask: "-26,-27" }\n`;
const BY_OVERRIDE = `${CARDS}overrides: { "1a.0002": vfio_ap, "1b.0003": vfio_ap }\n`;
const MDEV = `mdevs: [{ uuid: ${UUID}, adapters: [0x1a], domains: [0x02], guest: g }]\n`;

function plan(hostText: string, desiredText: string, profile = "linux-7.3") {
  const described = parseHostDescription(hostText, "host");
  const read = parseDesired(desiredText, "desired.yaml");
  const kernel = profileNamed(profile);
  assert.ok(described.ok && kernel, described.ok ? "" : described.error.message);
  if (!read.ok) return { error: `${read.error.line}:${read.error.column}: ${read.error.message}` };
  const player = new Player(kernel);
  for (const [i, operation] of hostOperations(described.value).entries()) player.apply(operation, i + 1);
  const made = planChanges(player.host, read.value.desired, false);
  if (!made.ok) return { error: made.error.message };
  const prediction = predict(rehearse(player.host, made.value));
  for (const { answer } of prediction.steps) assert.equal(typeof answer.r, "number");
  const { steps, host } = planToJson(prediction);
  return {
    steps: steps.map(({ path, value }) => `${value.trim()} > ${path}`),
    host,
    text: planLines(prediction).join("\n"),
  };
}

describe("queues that are given back", () => {
  it("by override leave their driver, lose the name, and come to the host's", () => {
    const { steps, host } = plan(BY_OVERRIDE, "mdevs: []\nhost: { give_back: [1b.0003] }\n");
    assert.deepEqual(steps, [
      "1b.0003 > bus/ap/drivers/vfio_ap/unbind",
      " > devices/ap/card1b/1b.0003/driver_override",
      "1b.0003 > bus/ap/drivers/cex4queue/bind",
    ]);
    assert.deepEqual(host, { loses: [], gains: ["1b.0003"], alongside: [] });
  });

  for (const profile of ["linux-6.0", "linux-6.12", "linux-7.3"]) {
    it(`by mask take along what else the bit is about, and that is told, under ${profile}`, () => {
      const { steps, host, text } = plan(BY_MASK, "mdevs: []\nhost: { give_back: [1b.0003] }\n", profile);
      assert.deepEqual(steps, ["+0x1b > bus/ap/apmask"]);
      assert.deepEqual(host, { loses: [], gains: ["1b.0002", "1b.0003"], alongside: ["1b.0002"] });
      assert.match(text ?? "", /\+ the host gets 1b\.0002 1b\.0003, reset by its drivers; nobody asked for these/);
    });
  }

  it("that no driver has are bound to the host's", () => {
    const { steps } = plan(`${CARDS}unbound: [1a.0003]\n`, "host: { give_back: [1a.0003] }\n");
    assert.deepEqual(steps, ["1a.0003 > bus/ap/drivers/cex4queue/bind"]);
  });

  it("as unused are all that no mdev has; what mdevs have, and what cannot go without it, stays", () => {
    const { steps, host, text } = plan(`${BY_MASK}${MDEV}`, "host: { give_back: unused }\n");
    assert.deepEqual(steps, ["+0x1b > bus/ap/apmask"]);
    assert.deepEqual(host, { loses: [], gains: ["1b.0002", "1b.0003"], alongside: [], left: ["1a.0003"] });
    assert.match(text ?? "", /= not back to the host, .*: 1a\.0003\n/);
    const all = plan(BY_OVERRIDE, "host: { give_back: unused }\n");
    assert.deepEqual(all.host, { loses: [], gains: ["1a.0002", "1b.0003"], alongside: [] });
  });

  it("can be what an mdev of the same file gives up", () => {
    const { steps, host } = plan(
      `${BY_MASK}${MDEV}`,
      `mdevs: [{ uuid: ${UUID}, adapters: [], domains: [] }]\nhost: { give_back: [1a.0002] }\n`,
    );
    assert.equal(steps?.at(-1), "+0x1a > bus/ap/apmask");
    assert.deepEqual(host?.gains, ["1a.0002", "1a.0003"]);
  });

  it("that are with the host already need nothing", () => {
    assert.deepEqual(plan(CARDS, "host: { give_back: [1a.0002] }\n").steps, []);
  });

  it("are refused if there is no such queue, if an mdev has it, if a bit would take one, or if the list is not one", () => {
    const errorOf = (host: string, wanted: string) => plan(host, `host: { give_back: ${wanted} }\n`).error ?? "";
    assert.match(errorOf(BY_MASK, "[1c.0002]"), /found 1c\.0002: there is no such queue$/);
    assert.match(
      errorOf(`${BY_MASK}${MDEV}`, "[1a.0002]"),
      /found 1a\.0002, which mdev \S+ has: name that mdev without it$/,
    );
    assert.match(
      errorOf(`${BY_MASK}${MDEV}`, "[1a.0003]"),
      /^1a\.0003 cannot go back to the host: it takes the bits apmask 1a and aqmask 0003/,
    );
    assert.match(errorOf(BY_MASK, "some"), /^1:20: expected a list of queues such as 04\.0047, or unused/);
  });
});
