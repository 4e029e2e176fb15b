// The limits of docs/security.md, of every reader of texts that there is: a table that a new one cannot be forgotten in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectAndImport } from "../formats/listing/detect-import.ts";
import { DEEPEST, LONGEST_LINE, MOST_MEMBERS } from "../system/ap/limits.ts";
import { production } from "./support/source-trees.ts";
import { FILE, READERS, type ReaderKind, TRACE_HEADER } from "./support/text-readers.ts";

const deepJson = `${'{"a":'.repeat(DEEPEST + 1)}1${"}".repeat(DEEPEST + 1)}`;
const wideJson = `[${"1,".repeat(MOST_MEMBERS)}1]`;
const longLine = "x".repeat(LONGEST_LINE + 1);

/** Texts just beyond a limit, and what is said of it. */
const BEYOND: Readonly<Record<ReaderKind, readonly (readonly [text: string, says: RegExp])[]>> = {
  json: [
    [deepJson, /at most 64 levels/],
    [wideJson, /at most 131072 members/],
  ],
  "json lines": [
    [`${TRACE_HEADER}${deepJson}\n`, /at most 64 levels/],
    [`${TRACE_HEADER}{"a":${wideJson}}\n`, /at most 131072 members/],
  ],
  yaml: [
    [`a: ${"[".repeat(4000)}${"]".repeat(4000)}\n`, /nested too deeply|indentation/],
    [`a:\n${"- 1\n".repeat(MOST_MEMBERS)}`, /at most 131072 members/],
  ],
  xml: [
    [`<device>${"<a>".repeat(DEEPEST)}${"</a>".repeat(DEEPEST)}</device>`, /at most 64 levels/],
    [`<device>${"<a/>".repeat(MOST_MEMBERS)}</device>`, /at most 131072 members/],
  ],
  lines: [[longLine, /at most 65536 characters in a line/]],
};

/** What else takes a text and is named as a reader is. */
const OTHERS: Readonly<Record<string, string>> = {
  detectAndImport: "asks the readers above",
  readJson: "the part of parseMdevctl that reads JSON",
  parseLine: "one line of parseTrace",
  readUdevLines: "the part of parseUdevRules that parts rules into pairs",
  readTypeName: "one word",
  readQueue: "one word",
  readNumber: "one word",
  readRange: "one word",
  readMask: "one word",
  readConsoleLine: "one line that a user has typed on the page",
};

describe("a reader of texts", () => {
  for (const [name, [kind, read]] of Object.entries(READERS)) {
    it(`refuses what is beyond the limits: ${name}`, () => {
      for (const [text, says] of BEYOND[kind]) {
        const { ok, error } = read(text);
        assert.equal(ok, false);
        assert.match(JSON.stringify(error), says);
      }
    });
  }

  it("does not take long for a line of which nobody knows what it is", () => {
    const start = performance.now();
    assert.equal(detectAndImport("> ".repeat(5_000_000), FILE).ok, false);
    assert.ok(performance.now() - start < 10_000);
  });

  it("has its row in this table", () => {
    const named =
      /^export (?:async )?(?:function|const) ((?:parse|read|detectAnd)[A-Z]\w*)(?:<[^(]*>)?(?: = )?\(text: string/gm;
    const found = production
      .filter(({ path }) => /^(?:formats|history|answers|system\/trace|sources)\//.test(path))
      .flatMap(({ text }) => [...text.matchAll(named)].map(([, name]) => name as string));
    assert.deepEqual([...new Set(found)].sort(), [...Object.keys(READERS), ...Object.keys(OTHERS)].sort());
  });
});
