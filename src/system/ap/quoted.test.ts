// Text of strangers in messages: on one line, with nothing that a terminal acts on, and no longer than anybody reads.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plain, quoted, sentence, shortened, UNSEEN } from "./quoted.ts";

describe("a text of strangers in a message", () => {
  it("is cut, whatever of it has to be escaped", () => {
    for (const text of ["x".repeat(5000), "\u009bp".repeat(5000), "\u202e".repeat(5000), "\u0000can".repeat(2000)]) {
      for (const [told, most] of [
        [sentence(text), 1100],
        [shortened(text), 250],
        [plain(text, 90), 120],
        [quoted(text), 450],
      ] as const) {
        assert.ok(told.length <= most, `${told.length} characters, at most ${most}`);
        assert.match(told, / \(\d+ more\)$/);
        assert.doesNotMatch(told, UNSEEN);
      }
    }
  });

  it("stays as it is where it is short and is shown", () => {
    assert.equal(sentence("Größe 04.0047"), "Größe 04.0047");
    assert.equal(plain("a\u202eb"), "a\\u202eb");
  });
});
