// The rule for the masks at boot: chzdev's own text stays as it is, changed ones are read as udev would carry them out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { type Mask, maskOf, newMask } from "../../system/ap/mask.ts";
import { formatUdevRules, parseUdevRules, type UdevRules } from "./udev-rules.ts";

function read(text: string): UdevRules {
  const parsed = parseUdevRules(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

const off = (mask: Mask<Apid> | Mask<Apqi> | undefined): readonly number[] | undefined => {
  if (!mask) return undefined;
  const all = newMask<Apid>();
  all.fill();
  all.setDifference(all, mask as Mask<Apid>);
  return all.ids();
};

/** What the program itself has written, kept from a run of it. */
const GOLDEN = readFileSync(new URL("../../../src/testing/clients/golden/chzdev.txt", import.meta.url), "utf8");
const [, WRITTEN = ""] = /41-ap\.rules\n([^$]*)\$/.exec(GOLDEN) ?? [];

describe("41-ap.rules", () => {
  it("is read and written as chzdev writes it", () => {
    const rules = read(WRITTEN);
    assert.deepEqual([off(rules.apmask), off(rules.aqmask), rules.coldplug], [[5, 6], [4, 0x47, 0xab], false]);
    assert.equal(formatUdevRules(rules), WRITTEN);
  });

  it("is the same after it was written and read", () => {
    const mask = <I extends Apid | Apqi>(as: (id: number) => I) =>
      fc.option(
        fc.array(fc.nat(255)).map((ids) => maskOf(ids.map(as))),
        { nil: undefined },
      );
    const rules = fc.record(
      { apmask: mask(asApid), aqmask: mask(asApqi), coldplug: fc.boolean() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(rules, (given) => {
        const { assignments, ...others } = read(formatUdevRules(given));
        assert.deepEqual(others, given);
        const set = (["apmask", "aqmask"] as const).filter((name) => given[name]);
        assert.deepEqual(
          assignments.map(([name]) => name),
          set,
        );
      }),
    );
  });

  it("changes masks that have all bits on, one assignment after the other", () => {
    const rules = read(`
      # by hand
      ACTION=="change", ENV{BINDINGS}=="complete", \\
        ATTR{../../bus/ap/apmask}="-5,-0x6", ATTR{../../bus/ap/aqmask}="0xf"
      ATTR{../../bus/ap/apmask}="+6"
      ATTR{../../bus/ap/aqmask}=="0x0"
      RUN+="/bin/sh -c 'echo \\"done\\"'"`);
    assert.deepEqual([off(rules.apmask), rules.aqmask?.ids()], [[5], [0, 1, 2, 3]]);
    assert.deepEqual(rules.assignments, [
      ["apmask", "-5,-0x6"],
      ["aqmask", "0xf"],
      ["apmask", "+6"],
    ]);
  });

  it("may set one mask only, or none", () => {
    assert.deepEqual(read(""), { apmask: undefined, aqmask: undefined, assignments: [], coldplug: false });
    assert.deepEqual(off(read('ATTR{/sys/bus/ap/aqmask}="-4"\r\n').aqmask), [4]);
  });

  it("never throws, and knows a place in the text for every mistake", () => {
    const broken = fc
      .tuple(fc.nat(WRITTEN.length), fc.nat(4), fc.string({ maxLength: 3 }))
      .map(([at, cut, put]) => WRITTEN.slice(0, at) + put + WRITTEN.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string()), (given) => {
        const parsed = parseUdevRules(given);
        if (parsed.ok) return;
        const line = given.split("\n")[parsed.error.line - 1] ?? assert.fail();
        assert.ok(parsed.error.column >= 1 && parsed.error.column <= line.length + 1);
      }),
      { numRuns: 500 },
    );
  });

  const refused: readonly (readonly [what: string, text: string, at: string, expected: RegExp])[] = [
    ["a mask that is none", 'ATTR{../../bus/ap/apmask}="5,6"', "1:28", /a mask, .* found "5,6"/],
    ["a value without quotes", "\nATTR{../../bus/ap/apmask}=0x5", "2:27", /a value in double quotes/],
    ["no operator", 'ACTION "add"', "1:8", /an operator such as = or == after ACTION/],
    ["no rule at all", "apmask: -5", "1:7", /an operator/],
    ["a text that ends early", 'ATTR{../../bus/ap/apmask}="0xff', "1:27", /a value in double quotes/],
    ["a key that is none", "a \\\n  -5", "2:3", /an operator/],
  ];
  for (const [what, text, at, expected] of refused) {
    it(`is refused for ${what}`, () => {
      const parsed = parseUdevRules(text);
      assert.ok(!parsed.ok);
      assert.equal(`${parsed.error.line}:${parsed.error.column}`, at);
      assert.match(parsed.error.expected, expected);
    });
  }
});
