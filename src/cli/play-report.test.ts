// How a difference is told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differenceLine, summary } from "./play-report.ts";

const found = {
  file: "t.jsonl",
  line: 3,
  what: '{"op":"scan"}',
  mismatches: [
    { member: "r", expected: 0, came: "EBUSY", rules: ["bus §5"] },
    { member: "irq", expected: undefined, came: {}, rules: ["§8", "bus §5"] },
  ],
};

describe("a difference", () => {
  it("names the rules that decide what differs, each once", () => {
    assert.equal(
      differenceLine(found),
      't.jsonl:3: {"op":"scan"}: r: expected 0, found "EBUSY"; irq: expected nothing, found {} (docs/rules.md: bus §5, §8)',
    );
  });

  it("of a scenario names none", () => {
    const mismatches = [{ member: "linux-7.3", expected: "a", came: "b" }];
    assert.equal(
      differenceLine({ file: "s.scenario", line: 2, what: "guest none", mismatches }),
      's.scenario:2: guest none: linux-7.3: expected "a", found "b"',
    );
  });
});

describe("the summary", () => {
  const one = { file: "t", profile: "linux-7.3", operations: 1, differences: [found] };

  it("counts in the singular and in the plural", () => {
    assert.equal(summary([one]), "1 trace, 1 operation, 1 difference");
    assert.equal(summary([one, one]), "2 traces, 2 operations, 2 differences");
    assert.equal(summary([]), "0 traces, 0 operations, 0 differences");
  });
});
