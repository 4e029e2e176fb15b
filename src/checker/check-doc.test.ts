// docs/check.md lists everything that can be chosen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { EVENT_KINDS } from "./core/kinds.ts";
import { INSIDE_PROPERTIES } from "./inside/inside-properties.ts";
import { PROPERTIES } from "./properties.ts";

const text = readFileSync(new URL("../../docs/check.md", import.meta.url), "utf8");
const yes = (usual: boolean | undefined): string => (usual ? "yes" : "");

describe("docs/check.md", () => {
  for (const { name, sentence, usual } of EVENT_KINDS) {
    it(`tells the events ${name}`, () => {
      assert.ok(text.includes(`| \`${name}\` | ${sentence} | ${yes(usual)} |`));
    });
  }

  for (const { name, sentence, kind, on, usual } of PROPERTIES) {
    it(`tells the property ${name}`, () => {
      assert.ok(text.includes(`| \`${name}\` | ${sentence} | ${kind} | ${on} | ${yes(usual)} |`));
    });
  }

  for (const { name, sentence, kind, on } of INSIDE_PROPERTIES) {
    it(`tells the property ${name} of the model inside`, () => {
      assert.ok(text.includes(`| \`${name}\` | ${sentence} | ${kind} | ${on} |\n`));
    });
  }

  it("tells nothing else", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    assert.equal(rows.length, EVENT_KINDS.length + PROPERTIES.length + INSIDE_PROPERTIES.length);
  });
});
