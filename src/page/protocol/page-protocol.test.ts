// Histories as text: traces, snapshots, and both.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isSnapshot,
  parseHistory,
  parseHistoryLine,
  type SnapshotLine,
  snapshotToJson,
} from "../../history/timeline/snapshot-line.ts";
import { openStoredHost, storeHost } from "../../history/timeline/stored-host.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { smallHost } from "../../testing/soak/small-host.ts";

const HEADER = '{"trace":"t","format":2,"profile":"linux-7.3"}';
const { host } = smallHost();
const line: SnapshotLine = { i: 4, at: 1234, snapshot: storeHost(host), unknown: ["whether it rains"] };
const SNAPSHOT = JSON.stringify(snapshotToJson(line));

describe("a history", () => {
  it("may be a snapshot, operations after it, and more snapshots", () => {
    const text = [HEADER, SNAPSHOT, '{"i":5,"op":"scan","x":{"r":0}}', SNAPSHOT.replace('"i":4', '"i":7'), ""].join(
      "\n",
    );
    const read = parseHistory(text);
    assert.ok(read.ok);
    assert.equal(read.value.header.profile, "linux-7.3");
    assert.deepEqual(
      read.value.lines.map(({ i }) => i),
      [4, 5, 7],
    );
    const [first, second] = read.value.lines;
    assert.ok(first && isSnapshot(first));
    assert.deepEqual(first, line);
    assert.ok(sameState(openStoredHost(first.snapshot).state.words, host.state.words));
    assert.ok(second && !isSnapshot(second));
    assert.deepEqual([second.operation, second.expected], [{ op: "scan", part: "all" }, { r: 0 }]);
  });

  it("may be the steps of a plan, which begin nowhere", () => {
    const read = parseHistory(`${HEADER}\n{"i":1,"op":"scan"}`);
    assert.ok(read.ok && read.value.lines.length === 1);
  });

  const wrong: Readonly<Record<string, readonly [text: string, line: number]>> = {
    "no header": ["", 1],
    "another header": ['{"i":1}', 1],
    "a line that is cut off": [`${HEADER}\n${SNAPSHOT.slice(0, -9)}`, 2],
    "a number that goes back": [`${HEADER}\n${SNAPSHOT}\n{"i":3,"op":"scan"}`, 3],
    "a snapshot whose number goes back": [`${HEADER}\n${SNAPSHOT}\n${SNAPSHOT}`, 3],
    "a snapshot of nothing": [`${HEADER}\n{"i":1,"snapshot":null}`, 2],
    "sentences that are none": [`${HEADER}\n${SNAPSHOT.replace('["whether it rains"]', "5")}`, 2],
  };
  for (const [name, [text, at]] of Object.entries(wrong)) {
    it(`is refused with its place: ${name}`, () => {
      const read = parseHistory(text);
      assert.ok(!read.ok);
      assert.equal(read.error.line, at);
    });
  }

  it("is told line by line as well", () => {
    const read = parseHistoryLine(SNAPSHOT, undefined, 3);
    assert.ok(read.ok);
    assert.deepEqual(read.value, line);
    assert.ok(!parseHistoryLine(SNAPSHOT, undefined, 4).ok);
  });
});
