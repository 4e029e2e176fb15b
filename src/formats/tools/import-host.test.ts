// Pieces put together: no uuid and no queue twice, whichever of many pieces it is in, in time that grows with their number.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { formatInputError } from "../reading/input-error.ts";
import { importedMdevs } from "./import-host.ts";
import type { MdevPiece, Piece } from "./import-pieces.ts";

const uuid = (n: number): string => `62177883-f1bb-47f0-914d-${n.toString(16).padStart(12, "0")}`;
const mdev = (n: number, adapters: readonly number[] = [], domains: readonly number[] = [], line = n): MdevPiece => ({
  kind: "mdev",
  uuid: uuid(n),
  masks: { apm: maskOf<Apid>(adapters.map(asApid)), aqm: maskOf<Apqi>(domains.map(asApqi)), adm: newMask() },
  isNamed: false,
  at: { file: "f", line, column: 1 },
});

function told(...pieces: readonly Piece[]): string {
  const read = importedMdevs(pieces);
  return read.ok
    ? read.value.map(({ uuid: one }) => Number.parseInt(one.slice(-12), 16)).join(" ")
    : formatInputError(read.error);
}

describe("mdevs of many pieces", () => {
  it("count once where definitions are equal, and are refused where they are not, with both places", () => {
    assert.equal(told(mdev(1, [4], [4]), mdev(2), mdev(1, [4], [4], 3)), "1 2");
    assert.match(
      told(mdev(1, [4], [4]), mdev(2), mdev(1, [4], [5], 3)),
      /^f:3:1: expected each uuid once.*after f:1:1/,
    );
  });

  it("do not share a queue: the first mdev that has one of them is named", () => {
    const three = [mdev(1, [4], [4]), mdev(2, [5], [4, 5])];
    assert.equal(told(...three, mdev(3, [4], [5])), "1 2 3");
    assert.match(
      told(...three, mdev(3, [4, 5], [4, 5])),
      /^f:3:1: expected each queue in one mdev, found 04\.0004, which \S+1 \(f:1:1\)/,
    );
    assert.match(told(...three, mdev(3, [5], [5])), /found 05\.0005, which \S+2 \(f:2:1\)/);
  });

  it("have no queue that containers use: the first mdev is told with the first such queue", () => {
    const queue = (apqn: number) => ({ apqn, mode: undefined, set: "s" }) as never;
    const containers: Piece = {
      kind: "containers",
      queues: [queue(0x505), queue(0x405), queue(0x404)],
      at: mdev(9).at,
    };
    const said = told(mdev(1, [4], [4, 5]), mdev(2, [5], [5]), containers);
    assert.match(said, /^f:1:1: expected queues that no container uses, found 04\.0005 of mdev \S+1/);
  });

  it("take time that grows with their number", () => {
    const time = (count: number): number => {
      const pieces = Array.from({ length: count }, (_, n) => mdev(n));
      const start = process.cpuUsage();
      assert.ok(importedMdevs(pieces).ok);
      return process.cpuUsage(start).user / 1000;
    };
    time(2000);
    // Were each compared with each, it would take sixty-four times as long.
    const [few, many] = [time(2000), time(16_000)];
    assert.ok(many < few * 24 + 300, `${few.toFixed(0)} ms, ${many.toFixed(0)} ms for eight times as many`);
  });
});
