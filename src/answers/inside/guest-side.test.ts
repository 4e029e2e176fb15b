// A plan as its guests see it: who notices which step when, what their buses show until then, and guests of guests.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Write } from "../../system/sysfs/writes.ts";
import { playerFrom } from "../../testing/support/hosts.ts";
import { guestSide, guestSideLines } from "./guest-side.ts";
import { notNoticedLines, notNoticedToJson } from "./not-noticed.ts";

const M1 = "devices/vfio_ap/matrix/6d646576-0000-4000-8000-000000000001";
const hostWith = (how: string): string => `host adapter 04 05 domain 0004 0047 ${how}
free adapter 04 05
assign adapter 04 domain 0004 0047
start
`;
const NESTED = `${hostWith("guest g1=scan guest g1/g2=scan")}in g1: free adapter 04 05
in g1: assign adapter 04 05 domain 0004
in g1: start g2 m1
`;

function sideOf(text: string, writes: readonly Write[]): readonly string[] {
  const player = playerFrom(text);
  const before = JSON.stringify(player.save());
  const side = guestSide(
    player.host,
    player.hasInside ? player : undefined,
    writes.map(([path, value]) => ({ path, value })),
  );
  assert.equal(JSON.stringify(player.save()), before, "the host and its guests are left alone");
  return guestSideLines(side);
}

const ADD_05: Write = [`${M1}/assign_adapter`, "5"];
const TAKE_47: Write = [`${M1}/unassign_domain`, "0x47"];

describe("a plan as its guests see it", () => {
  it("tells until when a polling guest's bus shows what was, step by step", () => {
    assert.deepEqual(sideOf(hostWith("guest g1=scan"), [ADD_05, TAKE_47]), [
      "Inside guests:",
      "step 1: g1 gets 05.0004 05.0047; it notices within 30 s, until then its bus shows 04.0004 04.0047",
      "step 2: g1 loses 04.0047 05.0047; it notices within 30 s, until then its bus shows 04.0004 04.0047",
    ]);
  });

  it("takes a guest that is told to notice at once", () => {
    assert.deepEqual(sideOf(hostWith("guest g1=at-once"), [ADD_05, TAKE_47]), [
      "Inside guests:",
      "step 1: g1 gets 05.0004 05.0047; it is told at once, and scans",
      "step 2: g1 loses 04.0047 05.0047; it is told at once, and scans",
    ]);
  });

  it("waits as long as the guest's administrator has set", () => {
    const text = `${hostWith("guest g1=scan")}in g1: write /sys/bus/ap/config_time "9"\n`;
    assert.match(sideOf(text, [ADD_05]).join(), /it notices within 9 s/);
  });

  it("gives to a guest of a guest when its host has noticed, and takes from it at once", () => {
    assert.deepEqual(sideOf(NESTED, [ADD_05, [`${M1}/unassign_adapter`, "4"]]), [
      "Inside guests:",
      "step 1: g1 gets 05.0004 05.0047; it notices within 30 s, until then its bus shows 04.0004 04.0047",
      "step 2: g1 loses 04.0004 04.0047; it notices within 30 s, until then its bus shows 04.0004 04.0047",
      "step 2: g1/g2 loses 04.0004; it notices within 30 s, until then its bus shows 04.0004",
      "when its host has scanned: g1/g2 gets 05.0004; its bus shows it already",
    ]);
  });

  it("takes guests of which nothing is known to have a Linux that boots before the first step", () => {
    assert.deepEqual(sideOf(hostWith("").replace("guest ", ""), [ADD_05]), [
      "Inside guests, if each has a Linux of its own:",
      "step 1: g1 gets 05.0004 05.0047; it is told at once, and scans",
    ]);
  });

  it("says so where nothing changes for any guest", () => {
    assert.deepEqual(sideOf(hostWith("guest g1=scan"), []), ["Inside guests: nothing comes and nothing goes."]);
  });
});

describe("guests that have not noticed, in status", () => {
  it("are those whose bus does not show what they have", () => {
    const player = playerFrom(`${hostWith("guest g1=scan")}unassign domain 0047\n`);
    assert.deepEqual(notNoticedLines(player), [
      "Guest g1 has not noticed yet what became of 04.0047: it scans every 30 s.",
    ]);
    const noticed = playerFrom(`${hostWith("guest g1=scan")}unassign domain 0047\nin g1: scan\n`);
    assert.deepEqual(notNoticedToJson(noticed), { not_noticed: [] });
  });

  it("are not spoken of where guests have no Linux of their own", () => {
    assert.deepEqual([notNoticedLines(undefined), notNoticedToJson(undefined)], [[], {}]);
  });
});
