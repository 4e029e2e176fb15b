// Where a JSON text goes beyond the limits: found without parsing it, in time that grows with its length.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEEPEST, jsonExcess, MOST_MEMBERS, TOO_DEEP, TOO_MANY } from "./limits.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("the limits of JSON", () => {
  it("let through what is as deep and has as many members as they say", () => {
    assert.equal(jsonExcess(nested(DEEPEST)), undefined);
    assert.equal(jsonExcess(`[${"0,".repeat(MOST_MEMBERS - 2)}0]`), undefined);
    assert.equal(jsonExcess(`${nested(DEEPEST)}`.repeat(10)), undefined);
  });

  it("say where it is deeper or has more", () => {
    assert.deepEqual(jsonExcess(nested(DEEPEST + 1)), { at: DEEPEST, limit: TOO_DEEP });
    assert.deepEqual(jsonExcess(`${'{"a":'.repeat(DEEPEST)}[`), { at: DEEPEST * 5, limit: TOO_DEEP });
    assert.deepEqual(jsonExcess(`[${"0,".repeat(MOST_MEMBERS)}`), { at: MOST_MEMBERS * 2, limit: TOO_MANY });
  });

  it("do not count what stands in quotes", () => {
    const brackets = "[".repeat(1000);
    for (const text of [brackets, `${brackets}\\"${brackets}`, `${brackets}\\\\`, `\\\\\\"${brackets},`]) {
      assert.equal(jsonExcess(`{"a":"${text}","b":"${text}"}`), undefined, text.slice(-10));
    }
    assert.equal(jsonExcess(`"${brackets}`), undefined);
  });
});
