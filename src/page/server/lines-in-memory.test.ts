// Histories in memory, and where in them a reader goes on.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { placeAfter } from "./line-place.ts";
import { LinesInMemory } from "./lines-in-memory.ts";

const lineOf = (i: number, length: number): string => `{"i":${i},"x":"${"y".repeat(length)}"}`;

/** Gaps between the numbers of lines, and lengths; some are longer than what is read at once. */
const lines = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.oneof(fc.nat(40), fc.nat(200_000))), { maxLength: 30 })
  .map((steps) => {
    let i = 0;
    return steps.map(([gap, length]) => {
      i += gap;
      return { i, text: lineOf(i, length) };
    });
  });

describe("lines in memory", () => {
  it("are read from any place, in pieces of any size, as the text that they are", () => {
    fc.assert(
      fc.property(
        lines,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 9999 }),
        (all, at, most) => {
          const history = new LinesInMemory("{}");
          for (const { text } of all) history.append(text);
          const whole = all.map(({ text }) => `${text}\n`).join("");
          const from = Math.floor(at * whole.length);
          assert.equal(history.end, whole.length);
          assert.equal(history.read(from, most).toString(), whole.slice(from, from + most));
        },
      ),
    );
  });

  it("forget the oldest beyond their bound, and keep the places of the others", () => {
    const history = new LinesInMemory("{}", 1000);
    const whole: string[] = [];
    for (let i = 1; i <= 500; i++) {
      const text = lineOf(i, i % 50);
      history.append(text);
      whole.push(`${text}\n`);
      assert.ok(history.end - history.start <= 1000);
      const kept = whole.join("").slice(history.start);
      assert.equal(history.read(history.start, 1e6).toString(), kept);
      assert.match(kept, /^\{"i":/, "whole lines");
    }
    history.append(lineOf(501, 5000));
    assert.equal(history.read(history.start, 1e6).toString(), `${lineOf(501, 5000)}\n`, "the last one stays");
  });

  it("tell a listener that they grew, until it stops listening", () => {
    const history = new LinesInMemory("{}");
    let heard = 0;
    const stop = history.listen(() => heard++);
    history.append("{}");
    history.append("{}");
    stop();
    history.append("{}");
    assert.equal(heard, 2);
  });
});

describe("a reader that has seen a history up to some line", () => {
  it("goes on with the first line above it", () => {
    fc.assert(
      fc.property(lines, fc.nat(100), (all, seen) => {
        const history = new LinesInMemory("{}");
        for (const { text } of all) history.append(text);
        const rest = history.read(placeAfter(history, seen), 1e8).toString();
        const expected = all.filter(({ i }) => i > seen).map(({ text }) => `${text}\n`);
        assert.equal(rest, expected.join(""));
      }),
    );
  });

  it("goes on with the oldest that is kept if those in between are forgotten", () => {
    const history = new LinesInMemory("{}", 300);
    for (let i = 1; i <= 100; i++) history.append(lineOf(i, 20));
    assert.equal(placeAfter(history, 3), history.start);
  });
});
