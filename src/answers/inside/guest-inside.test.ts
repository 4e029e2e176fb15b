// What explain says of the inside of guests: what they have and have not noticed, who there has it, and what a host beneath withholds.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import type { Player } from "../../system/trace/player.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { playerFrom } from "../../testing/support/hosts.ts";
import { allInside, type GuestInside, mdevOfGuest } from "./guest-inside.ts";
import { insideLines } from "./inside-text.ts";
import { explainLevels, levelLines, levelsTo, levelsToJson, queuesAround } from "./levels.ts";

const ADAPTERS = "host adapter 04 05 06 domain 0004 0047 guest g1=scan guest g1/g2=scan\nfree adapter 04 05 06\n";
const RUNS = `${ADAPTERS}assign adapter 04 domain 0004 0047\nstart\n`;
const NESTED = `${RUNS}in g1: free adapter 04\nin g1: assign adapter 04 domain 0004\nin g1: start g2 m1\n`;

const insideNamed = (player: Player, path: string): GuestInside =>
  must(allInside(player).find((guest) => guest.path === path));

const told = (player: Player, queue: string, path = "g1"): string =>
  insideLines(insideNamed(player, path), must(parseApqn(queue)))
    .join()
    .trim();

const levelsOf = (player: Player, path: string) => {
  const levels = levelsTo(player, path);
  assert.ok(levels.ok);
  return levels.value;
};

describe("what a guest's own Linux makes of its queues", () => {
  it("is that it has not noticed a queue that came, until it scans", () => {
    const came = `${RUNS}assign adapter 05\n`;
    assert.equal(told(playerFrom(came), "05.0004"), "g1 has it, and has not noticed yet: it scans every 30 s");
    const seen = playerFrom(`${came}in g1: scan\n`);
    assert.equal(told(seen, "05.0004"), "the bus of g1 shows it, and its driver cex4queue has it");
    assert.deepEqual(insideNamed(seen, "g1").notNoticed(), []);
  });

  it("is that it has no device of a queue beyond those that it can number", () => {
    const host = "host adapter 04 46 domain 0004 0047 guest g1=ap,apft,apqi\nfree adapter 04 46\n";
    const inside = insideNamed(playerFrom(`${host}assign adapter 04 46 domain 0004 0047\nstart\n`), "g1");
    const states = ["04.0004", "04.0047", "46.0004"].map((queue) => inside.of(must(parseApqn(queue)))?.state);
    assert.deepEqual(states, ["used", "no-device", "no-device"]);
    assert.deepEqual(inside.notNoticed(), []);
  });

  it("names the interval that its administrator has set", () => {
    const player = playerFrom(`${RUNS}in g1: write /sys/bus/ap/config_time "7"\nassign adapter 05\n`);
    assert.equal(told(player, "05.0004"), "g1 has it, and has not noticed yet: it scans every 7 s");
  });

  it("is that its bus still shows a queue that went, until it scans", () => {
    const went = `${RUNS}unassign domain 0047\n`;
    const player = playerFrom(went);
    assert.equal(told(player, "04.0047"), "the bus of g1 still shows it, which g1 has no more: it scans every 30 s");
    assert.deepEqual(insideNamed(player, "g1").notNoticed().map(formatApqn), ["04.0047"]);
    assert.equal(told(playerFrom(`${went}in g1: scan\n`), "04.0047"), "");
  });

  it("has nothing to wait for where the guest is told at once", () => {
    const player = playerFrom(`${RUNS.replace("g1=scan", "g1=at-once")}assign adapter 05\nunassign domain 0047\n`);
    assert.equal(insideNamed(player, "g1").notice, "at-once");
    assert.deepEqual(insideNamed(player, "g1").notNoticed(), []);
  });

  it("is the same with a kernel that cannot tell, whatever the guest is made of", () => {
    const text = `profiles linux-6.12\n${RUNS.replace("g1=scan", "g1=at-once")}assign adapter 05\n`;
    const player = playerFrom(text, must(profileNamed("linux-6.12")));
    assert.equal(told(player, "05.0004"), "g1 has it, and has not noticed yet: it scans every 30 s");
  });

  it("is that no driver has it where the guest's administrator took it from its driver", () => {
    const player = playerFrom(`${RUNS}in g1: write /sys/bus/ap/drivers/cex4queue/unbind "04.0004"\n`);
    assert.equal(told(player, "04.0004"), "the bus of g1 shows it, and no driver there has it");
  });

  it("is that its own guests have it, or can be given it", () => {
    const player = playerFrom(`${RUNS}in g1: free adapter 04\n`);
    assert.equal(told(player, "04.0004"), "the bus of g1 shows it, and its vfio_ap has it, for guests of its own");
    assert.equal(told(playerFrom(NESTED), "04.0004"), "the bus of g1 shows it; it is used by its own guest g2");
  });

  it("is that no scan makes a device of it where the CPU model lacks what finds devices", () => {
    const player = playerFrom(RUNS.replace("g1=scan", "g1=scan,ap,apqci,apqi"));
    assert.equal(told(player, "04.0004"), "g1 has it, and its bus makes no device of it: its CPU model lacks apft");
  });

  it("is that a machine beneath no longer has what its masks hold", () => {
    const player = playerFrom(`${RUNS}machine loses adapter 04\n`);
    assert.equal(
      told(player, "04.0004"),
      "it is in the masks of g1, and a machine beneath no longer has it; its bus still shows it: it scans every 30 s",
    );
  });
});

describe("a queue on its way to a guest of a guest", () => {
  it("can be used if every host on the way gives it", () => {
    const levels = levelsOf(playerFrom(NESTED), "g1/g2");
    const [way] = explainLevels(levels);
    assert.deepEqual(way && levelLines(levels, way), [
      "04.0004  g1/g2 can use it",
      "  the host for g1: plugged",
      "         the bus of g1 shows it; it is used by its own guest g2",
      "  g1 for g1/g2: plugged",
      "         the bus of g1/g2 shows it, and its driver cex4queue has it",
    ]);
  });

  it("cannot be used from the moment on when the outermost host withholds it, though the inner one has not noticed", () => {
    const levels = levelsOf(playerFrom(`${NESTED}unbind 04.0004\n`), "g1/g2");
    const [way] = explainLevels(levels).map((one) => levelsToJson(levels, one));
    assert.equal(way?.usable, false);
    assert.deepEqual(
      way?.levels.map(({ guest, reason, inside }) => [guest, reason, inside?.state]),
      [
        ["g1", "queue-unbound", "still-shown"],
        ["g1/g2", "plugged", "withheld"],
      ],
    );
    assert.deepEqual(way?.levels[0]?.fix, [["bus/ap/drivers/vfio_ap/bind", "04.0004"]]);
  });

  it("is withheld by the inner host, for a reason of its own", () => {
    const levels = levelsOf(playerFrom(`${NESTED}in g1: unbind 04.0004\n`), "g1/g2");
    const [way] = explainLevels(levels).map((one) => levelsToJson(levels, one));
    assert.deepEqual(
      way?.levels.map(({ reason }) => reason),
      ["plugged", "queue-unbound"],
    );
  });

  it("is looked for on all levels that there are, and a guest that is not there is told with those that are", () => {
    const wrong = levelsTo(playerFrom(NESTED), "g1/g3");
    assert.ok(!wrong.ok);
    assert.match(wrong.message, /^no guest "g1\/g3" runs: did you mean "g1\/g2"\? there are g1, g1\/g2$/);
  });

  it("is listed also where nothing but the guest's bus still has it", () => {
    const player = playerFrom(`${RUNS}unassign domain 0047\n`);
    const mdev = must(mdevOfGuest(player, "g1"));
    assert.deepEqual(queuesAround(mdev, undefined).map(formatApqn), ["04.0004"]);
    assert.deepEqual(queuesAround(mdev, insideNamed(player, "g1")).map(formatApqn), ["04.0004", "04.0047"]);
  });
});
