// A history as evidence: who lost and gained what, what was zeroized and by which rule, and where each queue went.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { parseScenario } from "../scenario/parse-scenario.ts";
import { scenarioTimeline } from "./from-scenario.ts";
import { eventLine, eventToJson, fateLines, HistoryRecord, type RecordedEvent } from "./record.ts";
import type { Timeline } from "./timeline.ts";

function told(...lines: readonly string[]): { readonly timeline: Timeline; readonly events: readonly RecordedEvent[] } {
  const parsed = parseScenario(["profiles linux-7.3", "host adapter 04 05 domain 0004 0047", ...lines].join("\n"));
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.expected);
  const timeline = scenarioTimeline(parsed.value, profileNamed("linux-7.3"));
  return { timeline, events: new HistoryRecord(timeline).events() };
}

const when = ({ i }: RecordedEvent): string => `${i}`;
const FREED = ["free adapter 04 05", "mdev m1", "assign m1 adapter 04 05 domain 0004 0047", "start g1 m1"];
/** What the last event says. */
const last = (...lines: readonly string[]): string => {
  const { events } = told(...FREED, ...lines);
  return eventLine(events.at(-1) as RecordedEvent, when).replace(/^\d+ {2}/, "");
};

describe("the line of an event", () => {
  it("names who lost and gained what, and why each queue was zeroized", () => {
    assert.equal(last(), "start g1 m1; guest g1 started, gained 04.0004 04.0047 05.0004 05.0047");
    assert.equal(
      last("unassign m1 adapter 05"),
      "unassign m1 adapter 05; guest g1 lost 05.0004 05.0047; zeroized 05.0004 05.0047 (it was unplugged, because it was unassigned, rule §5 reset)",
    );
    assert.equal(
      last("unbind 04.0047"),
      "unbind 04.0047; guest g1 lost 04.0004 04.0047; zeroized 04.0004 (its adapter was held back because of 04.0047, rule §8 plugged); zeroized 04.0047 (it left vfio_ap, rule §8 plugged)",
    );
    assert.match(
      last("stop g1 m1"),
      /^stop g1 m1; guest g1 stopped, lost 04.*\(its guest stopped, rule §11\.2 detach\)$/,
    );
    assert.match(
      last("reset g1 m1"),
      /^reset g1 m1; zeroized 04\.0004 .* \(its guest reset the device, rule §11\.3\)$/,
    );
    assert.match(
      last("stop g1 m1", "remove m1"),
      /^remove m1; zeroized .* \(its mdev was removed, rule §11\.4 free\)$/,
    );
    assert.equal(last("remove m1").startsWith("remove m1  waits for its guest; guest g1 lost "), true);
    assert.equal(last("bind 04.0004"), "bind 04.0004  refused: EBUSY");
  });

  it("cites rules that docs/rules.md has", () => {
    const rules = readFileSync(fileURLToPath(new URL("../../../docs/rules.md", import.meta.url)), "utf8");
    const lines = [
      "unbind 04.0047",
      "bind 04.0047",
      "unassign m1 adapter 05",
      "reset g1 m1",
      "stop g1 m1",
      "remove m1",
    ];
    const cited = new Set(
      told(...FREED, ...lines).events.flatMap(({ zeroized }) => zeroized.map(({ why }) => why.rule)),
    );
    assert.ok(cited.size >= 6, [...cited].join(", "));
    for (const rule of cited) assert.ok(rules.includes(`| ${rule} |`), rule);
  });

  it("keeps to one line whatever a guest is called", () => {
    const { events } = told(...FREED.slice(0, -1), 'start "g\\n\\u001b[31m" m1');
    const line = eventLine(events.at(-1) as RecordedEvent, when);
    assert.ok(![...line].some((character) => character < " "), JSON.stringify(line));
    assert.match(line, /guest g\\u000a\\u001b\[31m started/);
  });
});

describe("what became of a queue", () => {
  it("is told from its first owner to its last", () => {
    const lines = ["unassign m1 adapter 05", "mdev m2", "assign m2 adapter 05 domain 0047", "start g2 m2"];
    const { timeline, events } = told(...FREED, ...lines);
    const fates = fateLines(events, (uuid) => `m${timeline.mdevNumber(uuid)}`, when);
    assert.equal(fates.length, 4);
    assert.match(
      fates[3] ?? "",
      /^05\.0047: .*bound to vfio_ap at 2, assigned to m1 at 7, left m1 at 9, zeroized at 9, assigned to m2 at 12$/,
    );
    const { events: gone } = told(...FREED, "machine loses adapter 04", "scan");
    assert.match(fateLines(gone, () => "m1", when)[0] ?? "", /left m1 at 10, gone from the host at 10$/);
  });

  it("is in the JSON, too", () => {
    const { events } = told(...FREED, "unassign m1 adapter 05");
    const event = eventToJson(events.at(-1) as RecordedEvent) as Record<string, unknown>;
    const uuid = "6d646576-0000-4000-8000-000000000001";
    const moved = (queue: string) => ({
      queue,
      from: { driver: "vfio_ap", mdev: uuid },
      to: { driver: "vfio_ap", mdev: null },
    });
    assert.deepEqual(event.moved, [moved("05.0004"), moved("05.0047")]);
    assert.deepEqual(event.guests, [
      { guest: "g1", mdev: uuid, run: "went on", gained: [], lost: ["05.0004", "05.0047"] },
    ]);
  });
});
