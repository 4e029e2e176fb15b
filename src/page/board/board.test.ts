// The grid of the page: what a cell shows is what the host is, in every layer; and where cells are on the screen.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { causeOf } from "../../answers/explain/cause.ts";
import { hostGrid } from "../../answers/show/host-grid.ts";
import { operationsFromWords } from "../../history/scenario/event-words.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { apidOf, apqiOf, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { Player } from "../../system/trace/player.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { boardOf, type Look, lookAt, queueAt } from "./board.ts";
import { insideSigns } from "./inside-signs.ts";
import { questionAbout } from "./question.ts";
import { queueSentence } from "./queue-words.ts";
import { cellAt, type Extent, fittedViewport, moved, nextSize, revealed, visible, within, zoomed } from "./viewport.ts";

const [NEWEST] = PROFILES;

function played(text: string, ...events: readonly string[]): Player {
  const scenario = parseScenario(text);
  assert.ok(scenario.ok && NEWEST, JSON.stringify(scenario));
  const player = new Player(NEWEST);
  const operations = scenario.value.lines.flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
  const more = events.flatMap((words) => {
    const read = operationsFromWords(words);
    assert.ok(read.ok);
    return read.value;
  });
  for (const [at, operation] of [...operations, ...more].entries()) player.apply(operation, at + 1);
  return player;
}

function lookOf(player: Player, name: string): Look {
  const board = boardOf(player.host.state, () => 1, undefined, insideSigns(player));
  const apqn = parseApqn(name) ?? assert.fail(name);
  const [column, row] = [board.adapters.indexOf(apidOf(apqn)), board.domains.indexOf(apqiOf(apqn))];
  assert.ok(column >= 0 && row >= 0, name);
  assert.equal(queueAt(board, column, row), apqn);
  return lookAt(board, column, row);
}

const HOST = `host adapter 04 05 06 domain 0004 0047
free adapter 04 05
assign adapter 04 domain 0004 0047
start
`;

describe("a cell", () => {
  it("shows machine, driver, mdev and guest", () => {
    const player = played(HOST);
    const alone = { inside: "none", stillShown: false, secure: "none" };
    const plain = { machine: "there", mdev: 0, guest: "none", resetFailed: false, ...alone };
    assert.deepEqual(lookOf(player, "04.0004"), { ...plain, driver: "vfio-ap", mdev: 1, guest: "plugged" });
    assert.deepEqual(lookOf(player, "05.0004"), { ...plain, driver: "vfio-ap" });
    assert.deepEqual(lookOf(player, "06.0047"), { ...plain, driver: "host" });
  });

  it("shows what holds an adapter back, and what is held back", () => {
    const player = played(`${HOST}unbind 04.0047\n`);
    assert.deepEqual(
      ["04.0004", "04.0047"].map((name) => lookOf(player, name)).map(({ driver, guest }) => [driver, guest]),
      [
        ["vfio-ap", "held-back"],
        ["unbound", "held-back"],
      ],
    );
  });

  it("shows standby, check-stop, failed resets, and what has left without the host's notice", () => {
    assert.equal(lookOf(played(`${HOST}card 05 standby\n`), "05.0004").machine, "standby");
    assert.equal(lookOf(played(`${HOST}card 05 checkstopped\n`), "05.0004").machine, "checkstopped");
    assert.equal(lookOf(played(`${HOST}machine loses domain 0047\n`), "04.0047").machine, "leaving");
    const failed = played(`${HOST}fault 04.0047 reset 42\nstop\n`);
    assert.equal(lookOf(failed, "04.0047").resetFailed, true);
    assert.equal(lookOf(failed, "04.0004").resetFailed, false);
  });

  it("shows what the guest's own bus makes of it, and what that still shows and the guest has no more", () => {
    const both = HOST.replace("0047\n", "0047 guest g1=scan\n");
    const inside = (player: Player, ...names: readonly string[]) =>
      names.map((name) => lookOf(player, name)).map((look) => [look.inside, look.stillShown]);
    assert.deepEqual(inside(played(both), "04.0004", "05.0004"), [
      ["used", false],
      ["none", false],
    ]);
    const changed = played(`${both}assign adapter 05\nunassign domain 0047\n`);
    assert.deepEqual(inside(changed, "04.0004", "04.0047", "05.0004", "05.0047"), [
      ["used", false],
      ["none", true],
      ["not-noticed", false],
      ["none", false],
    ]);
    const noticed = played(`${both}assign adapter 05\nunassign domain 0047\nin g1: scan\n`);
    assert.deepEqual(inside(noticed, "04.0047", "05.0004"), [
      ["none", false],
      ["used", false],
    ]);
    assert.deepEqual(inside(played(`${both}in g1: unbind cex4queue 04.0004\n`), "04.0004"), [["unused", false]]);
    const nested = `${both}in g1: free adapter 04\nin g1: assign adapter 04 domain 0004\nin g1: start g2\n`;
    assert.deepEqual(inside(played(nested), "04.0004", "04.0047"), [
      ["passed-on", false],
      ["for-its-guests", false],
    ]);
  });

  it("asks only the guest of the mdev that is meant", () => {
    const player = played(`${HOST.replace("0047\n", "0047 guest g1=scan\n")}assign adapter 05\n`);
    assert.equal(insideSigns(player, "another")?.given.size, 0);
    assert.ok((insideSigns(player)?.given.size ?? 0) > 0);
    assert.equal(insideSigns(played(HOST)), undefined);
  });

  it("shows which queues a Secure Execution guest has bound, has not, and cannot use", () => {
    const text = "host adapter 04 05 06 domain 0006 mode 04=accel mode 05=ep11 apsb se\n";
    const bound = played(`${text}echo 1 > /sys/devices/ap/card05/05.0006/se_bind\n`);
    assert.deepEqual(
      ["04.0006", "05.0006", "06.0006"].map((name) => lookOf(bound, name).secure),
      ["unbound", "bound", "unusable"],
    );
    assert.equal(lookOf(played(HOST), "04.0004").secure, "none");
  });

  it("agrees with the rules and with what sysfs shows, for random hosts under all kernels", () => {
    for (const [seed, profile] of PROFILES.entries()) {
      const source = new RandomOperations(new Random(seed + 50), { adapters: 4, domains: 4, mdevs: 4 });
      const player = new Player(profile);
      player.apply(source.init(), 1);
      for (let i = 2; i < 300; i++) {
        player.apply(source.next(), i);
        if (i % 10 === 0) assertAgrees(player);
      }
    }
  });
});

function assertAgrees({ host, sysfs }: Player): void {
  const { state } = host;
  const board = boardOf(state, () => 1);
  const observed = new Map(observeHost(sysfs).queues.map((queue) => [queue.apqn, queue]));
  for (const [row, apqi] of board.domains.entries()) {
    for (const [column, apid] of board.adapters.entries()) {
      const apqn = queueAt(board, column, row);
      const { driver, guest, mdev } = lookAt(board, column, row);
      const where = `${formatApqn(apqn)} ${driver} ${guest}`;
      assert.deepEqual([apidOf(apqn), apqiOf(apqn)], [apid, apqi]);
      const seen = observed.get(apqn);
      const expected = seen
        ? { null: "unbound", vfio_ap: "vfio-ap", cex4queue: "host" }[`${seen.driver}`]
        : "no-device";
      assert.equal(driver === "host-offline" ? "host" : driver, expected, where);
      const owner = state.ownerOf(apqn);
      assert.equal(mdev > 0, owner !== undefined, where);
      const reason = owner && causeOf(host, owner, apqn).reason;
      assert.equal(guest === "plugged", reason === "plugged", where);
      // Without a filter a guest gets what is assigned, whatever state its queues are in.
      if (guest === "ready" && host.profile.filter === "whole") assert.equal(reason, "guest-not-running", where);
      assert.ok(
        queueSentence(
          host,
          questionAbout(host, apqn, undefined, () => "m1"),
        ).startsWith(formatApqn(apqn)),
      );
    }
  }
}

describe("rows and columns", () => {
  it("are those of the table that show prints", () => {
    const player = played(`${HOST}assign domain 0077 control 0099\n`);
    const grid = hostGrid(observeHost(player.sysfs));
    const board = boardOf(player.host.state, () => 1);
    assert.deepEqual(
      [...board.adapters],
      grid.columns.map(({ first }) => first),
    );
    assert.deepEqual(
      [...board.domains],
      grid.rows.map(({ span }) => span.first),
    );
  });

  it("are also those of another moment, so that nothing jumps", () => {
    const [before, after] = [played(HOST), played(`${HOST}assign domain 0077\n`)];
    assert.deepEqual(
      boardOf(before.host.state, () => 1, after.host.state).domains,
      boardOf(after.host.state, () => 1).domains,
    );
  });
});

describe("a viewport", () => {
  const extent: Extent = { columns: 256, rows: 256, width: 800, height: 600 };

  it("never shows what is beyond a grid that is larger than it, and every cell can be brought in", () => {
    const random = new Random(5);
    let viewport = fittedViewport(extent);
    for (let round = 0; round < 2000; round++) {
      const [x, y] = [random.below(800), random.below(600)];
      const kind = random.below(3);
      if (kind === 0) viewport = zoomed(viewport, extent, nextSize(viewport.size, random.oneIn(2) ? 1 : -1), { x, y });
      if (kind === 1) viewport = moved(viewport, extent, x - 400, y - 300);
      const [column, row] = [random.below(256), random.below(256)];
      if (kind === 2) {
        viewport = revealed(viewport, extent, column, row);
        const { firstColumn, lastColumn, firstRow, lastRow } = visible(viewport, extent);
        assert.ok(firstColumn <= column && column <= lastColumn && firstRow <= row && row <= lastRow);
      }
      assert.deepEqual(within(viewport, extent), viewport);
      assert.ok(Number.isInteger(viewport.size) && viewport.size >= 2 && viewport.size <= 96);
    }
  });

  it("keeps the cell under the pointer when it zooms", () => {
    const at = { x: 401, y: 307 };
    const before = { size: 12, x: 900, y: 900 };
    assert.deepEqual(cellAt(zoomed(before, extent, 24, at), extent, at.x, at.y), cellAt(before, extent, at.x, at.y));
  });

  it("has no cell beside the grid", () => {
    const small: Extent = { columns: 2, rows: 2, width: 800, height: 600 };
    assert.equal(cellAt(fittedViewport(small), small, 700, 10), undefined);
    assert.equal(cellAt(fittedViewport(small), small, -1, 10), undefined);
  });
});
