// Sources that are looked at again and again, and those that are read once.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isSnapshot, parseHistory, type SnapshotLine } from "../../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../../history/timeline/stored-host.ts";
import { copyState, sameState } from "../../system/machine/snapshot.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import { smallHost } from "../../testing/soak/small-host.ts";
import type { PageSource } from "./page-source.ts";
import { type FoundHost, watchedSource } from "./watched-source.ts";

/** States of one machine that all differ. */
function states(count: number): readonly Host[] {
  const { host } = smallHost();
  return Array.from({ length: count }, (_, n) => {
    const state = copyState(host.state);
    state.set("configTime", 10 + n);
    return newHost(state, host.profile, vfioApDriver);
  });
}
const [one, two, three] = states(3) as [Host, Host, Host];

function snapshotsOf({ history }: PageSource): readonly SnapshotLine[] {
  const text = history.header.toString() + history.read(history.start, history.end).toString();
  const read = parseHistory(text);
  assert.ok(read.ok);
  return read.value.lines.filter(isSnapshot);
}

/** A source that shows one of these at each look, and the last one for ever; a look at undefined fails. */
function shows(looks: readonly (Host | undefined)[]): {
  readonly look: () => Promise<FoundHost>;
  readonly done: () => boolean;
} {
  let n = 0;
  const look = async (): Promise<FoundHost> => {
    const host = looks[Math.min(n++, looks.length - 1)];
    if (!host) throw new Error("sys: it is gone");
    return { host, warnings: ["the weather"] };
  };
  return { look, done: () => n > looks.length + 3 };
}

async function watched(looks: readonly (Host | undefined)[]): Promise<readonly SnapshotLine[]> {
  const { look, done } = shows(looks);
  let clock = 1000;
  const now = () => clock++;
  const source = await watchedSource({ source: "sys", kind: "host", profileIsDetected: true, look, interval: 1, now });
  while (!done()) await pause(5);
  source.close();
  return snapshotsOf(source);
}

const isOf = ({ snapshot }: SnapshotLine, host: Host): boolean =>
  sameState(openStoredHost(snapshot).state.words, host.state.words);

describe("a source that is watched", () => {
  it("has a line for what it holds at first and for every change, and none for a look that shows nothing new", async () => {
    const lines = await watched([one, one, one, two, two, two, two, one, one]);
    assert.deepEqual(
      lines.map(({ i, at }) => [i, at]),
      [
        [1, 1000],
        [2, 1001],
        [3, 1002],
      ],
    );
    assert.deepEqual(
      lines.map((line) => [isOf(line, one), isOf(line, two)]),
      [
        [true, false],
        [false, true],
        [true, false],
      ],
    );
    assert.deepEqual(lines[0]?.unknown, ["the weather"]);
  });

  it("does not tell what was seen in the middle of a change", async () => {
    const lines = await watched([one, one, two, three, three, three]);
    assert.equal(lines.length, 2);
    assert.ok(isOf(lines[1] as SnapshotLine, three));
  });

  it("tells what never settles all the same", async () => {
    const lines = await watched(states(40));
    assert.ok(lines.length > 2);
  });

  it("keeps what it knew when it cannot be read any more, says why, and goes on when it can", async () => {
    const lines = await watched([one, one, undefined, undefined, two, two]);
    assert.deepEqual(
      lines.map((line) => [isOf(line, one), line.unknown.at(-1)]),
      [
        [true, "the weather"],
        [true, "not to be read now: sys: it is gone"],
        [false, "the weather"],
      ],
    );
  });

  it("is refused if it cannot be read at first", async () => {
    const { look } = shows([undefined]);
    const source = watchedSource({ source: "sys", kind: "host", profileIsDetected: true, look, interval: 1 });
    await assert.rejects(source, /it is gone/);
  });

  it("is looked at once if it does not change", async () => {
    const { look } = shows([one]);
    const source = await watchedSource({
      source: "f",
      kind: "file",
      profileIsDetected: false,
      look,
      interval: undefined,
    });
    const [line, ...more] = snapshotsOf(source);
    assert.deepEqual([source.info.live, source.info.canAct, line?.at, more], [false, false, undefined, []]);
  });
});
