// Commands of a shell: their words are those that sh would give to a program, and each character knows where it stood.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { shellCommands } from "./shell-commands.ts";
import { reading } from "./text-mistake.ts";

const linesOf = (text: string) => text.split("\n").map((line, at) => ({ number: at + 1, text: line }));
const commands = (text: string) =>
  shellCommands(linesOf(text)).map(({ after, words, targets }) => [after, words.map((word) => word.text), targets]);

describe("commands of a shell", () => {
  it("are parted by line ends and operators, and their output goes to files", () => {
    assert.deepEqual(commands("a b && c || d; e | f >g 2>&1 & h # i\n(j) >> 'k l'\n\n"), [
      ["\n", ["a", "b"], []],
      ["&&", ["c"], []],
      ["||", ["d"], []],
      [";", ["e"], []],
      ["|", ["f"], ["g", "1"]],
      ["&", ["h"], []],
      ["(", ["j"], []],
      [")", [], ["k l"]],
    ]);
  });

  it("have words whose characters know their place", () => {
    const [command] = shellCommands(linesOf("a \\\n  'b c'd\\ e"));
    const word = command?.words[1];
    assert.equal(word?.text, "b cd e");
    assert.deepEqual(
      [0, 3, 5, 6].map((index) => word?.placeOf(index)),
      [4, 8, 11, 12].map((column) => ({ line: 2, column })),
    );
  });

  it("have the words that sh gives to a program", () => {
    const part = fc.constantFrom(
      "a",
      "-5",
      "=",
      "\\ ",
      "\\'",
      '\\"',
      "' # '",
      '"; \\" "',
      '"\\a\\\\"',
      "''",
      "#",
      "\\\n",
      " ",
      " ",
    );
    const texts = fc
      .sample(fc.array(part, { maxLength: 8 }), { numRuns: 300, seed: 4711 })
      .map((parts) => parts.join(""));
    const script = texts.map((text) => `set -- x ${text}\nfor word; do printf '<%s>' "$word"; done; echo`).join("\n");
    const { stdout } = spawnSync("sh", [], { input: script, encoding: "utf8" });
    const own = texts.map((text) =>
      (shellCommands(linesOf(`x ${text}`))[0]?.words ?? []).map((word) => `<${word.text}>`).join(""),
    );
    assert.deepEqual(own, stdout.trimEnd().split("\n"));
  });

  it("are read or refused with a place, whatever the text holds", () => {
    const piece = fc.constantFrom("a", "'", '"', "\\", "\n", " ", "|", "&", ";", ">", "<<E", "<", "#", "(", "$", "1");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const read = reading(() => shellCommands(linesOf(pieces.join(""))));
        if (!read.ok) assert.match(read.error.expected, /^a closing ['"], found none up to the end$/);
      }),
    );
  });
});
