// Grids and lists of numbers: what is folded, and what stays apart.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { adapterSpanText, adaptersText, domainSpanText, domainsText, spansOf } from "../../system/ap/id-span.ts";
import { columnsOf, domainMark, type Grid, type GridContent, makeGrid, signsOf } from "./grid.ts";
import { gridText, wrapText } from "./grid-text.ts";
import { withoutColour } from "./paint.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);
const adapters = (count: number): Apid[] => upTo(count).map(asApid);
const domains = (count: number): Apqi[] => upTo(count).map(asApqi);

const content = (size: readonly [number, number], sign: GridContent<string>["sign"]): GridContent<string> => ({
  adapters: adapters(size[0]),
  domains: domains(size[1]),
  mark: () => "U",
  sign,
});
const columnTexts = (grid: Grid<unknown>): string[] => grid.columns.map(adapterSpanText);
const rowTexts = (grid: Grid<unknown>): string[] => grid.rows.map(({ span }) => domainSpanText(span));
const lines = (grid: Grid<string>): string[] => gridText(grid, (text) => ({ text, style: "plain" }), withoutColour);

describe("numbers as spans", () => {
  it("join neighbours only", () => {
    assert.deepEqual(spansOf([1, 2, 4]), [
      { first: 1, last: 2 },
      { first: 4, last: 4 },
    ]);
    assert.equal(adaptersText([4, 6, 7, 8]), "04, 06-08");
    assert.equal(domainsText([4, 0x47, 0x48]), "0004, 0047-0048");
    assert.equal(domainsText([]), "");
  });
});

describe("the letter at the left of a domain", () => {
  it("is that of lszcrypt -d", () => {
    const marks = [domainMark(true, false), domainMark(false, true), domainMark(true, true), domainMark(false, false)];
    assert.deepEqual(marks, ["C", "U", "B", " "]);
  });
});

describe("a grid", () => {
  it("that fits is not folded, whatever it holds", () => {
    const grid = makeGrid(content([24, 32], () => "v"));
    assert.deepEqual([grid.columns.length, grid.rows.length], [24, 32]);
  });

  it("folds very many neighbours that are the same", () => {
    const grid = makeGrid(content([256, 256], (apid, apqi) => (apid === 7 || apqi === 0x47 ? "1" : "v")));
    assert.deepEqual(columnTexts(grid), ["00-06", "07", "08-ff"]);
    assert.deepEqual(rowTexts(grid), ["0000-0046", "0047", "0048-00ff"]);
    assert.deepEqual(grid.rows[1]?.signs, ["1", "1", "1"]);
  });

  it("does not fold over a number that is missing, nor rows of another letter", () => {
    const grid = makeGrid({
      ...content([1, 40], () => "v"),
      domains: domains(40).filter((apqi) => apqi !== 9),
      mark: (apqi) => (apqi < 20 ? "U" : "B"),
    });
    assert.deepEqual(rowTexts(grid), ["0000-0008", "000a-0013", "0014-0027"]);
  });

  it("holds every sign once", () => {
    assert.deepEqual([...signsOf([makeGrid(content([2, 2], (apid) => `${apid}`))])], ["0", "1"]);
  });

  it("may be empty", () => {
    assert.deepEqual(lines(makeGrid(content([0, 5], () => "v"))), []);
    assert.deepEqual(lines(makeGrid(content([5, 0], () => "v"))), []);
  });

  it("folds the rows of a block anew", () => {
    const grid = makeGrid(content([2, 40], (apid, apqi) => (apid === 0 && apqi % 2 === 0 ? "1" : "v")));
    assert.equal(grid.rows.length, 40);
    assert.deepEqual(rowTexts(columnsOf(grid, [1])), ["0000-0027"]);
  });
});

describe("a grid as text", () => {
  it("has adapters across and domains down", () => {
    assert.deepEqual(lines(makeGrid(content([2, 2], (apid, apqi) => `${apid + apqi}`))), [
      "DOMAIN 00 01",
      "------------",
      "0000 U  0  1",
      "0001 U  1  2",
    ]);
  });

  it("with 20 adapters fits 80 columns side by side", () => {
    const text = lines(makeGrid(content([20, 2], () => "10")));
    assert.equal(text.length, 4);
    assert.ok(text.every((line) => line.length <= 80));
  });

  it("that is wider is cut into blocks", () => {
    // No two neighbours are the same.
    const text = lines(makeGrid(content([60, 2], (apid) => `${apid % 10}`)));
    assert.ok(text.every((line) => line.length <= 80));
    assert.deepEqual(
      text.filter((line) => line.startsWith("DOMAIN")).map((line) => line.slice(7, 9)),
      ["00", "18", "30"],
    );
  });

  it("of 65536 queues without two alike still comes out", () => {
    const text = lines(makeGrid(content([256, 256], (apid, apqi) => ((apid + apqi) % 2 === 0 ? "1" : "v"))));
    assert.ok(text.length > 256 * 10);
  });
});

describe("a sentence in a narrow place", () => {
  it("goes on below its beginning", () => {
    const text = wrapText(`control domains ${"0004, ".repeat(20)}0047`, "   ");
    assert.ok(text.length === 2 && text.every((line) => line.startsWith("   ") && line.length <= 80));
  });
});
