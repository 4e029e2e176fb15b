// Names of queues and cards: exactly as sysfs writes them, and no other way.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { apidOf, apqiOf, apqnOf, formatApid, formatApqi, formatApqn, parseApqn, parseCardName } from "./apqn.ts";
import { asApid, asApqi } from "./id.ts";

describe("the name of a queue", () => {
  for (const [apid, apqi, name] of [
    [0x04, 0x47, "04.0047"],
    [0x00, 0x00, "00.0000"],
    [0xff, 0xff, "ff.00ff"],
    [0x0a, 0x14, "0a.0014"],
    // Decimal 47 is not hex 47.
    [4, 47, "04.002f"],
  ] as const) {
    it(`of adapter ${apid}, domain ${apqi} is ${name}`, () => {
      const apqn = apqnOf(asApid(apid), asApqi(apqi));
      assert.equal(formatApqn(apqn), name);
      assert.equal(parseApqn(name), apqn);
    });
  }

  it("leads back to its adapter and its domain, for every queue there can be", () => {
    for (let apid = 0; apid < 256; apid++) {
      for (let apqi = 0; apqi < 256; apqi++) {
        const apqn = apqnOf(asApid(apid), asApqi(apqi));
        if (apidOf(apqn) !== apid || apqiOf(apqn) !== apqi || parseApqn(formatApqn(apqn)) !== apqn) {
          assert.fail(`adapter ${apid}, domain ${apqi}: ${formatApqn(apqn)}`);
        }
      }
    }
  });

  for (const text of [
    "",
    "4.0047",
    "04.47",
    "04.047",
    "04.00047",
    "004.0047",
    "04-0047",
    "04.0147",
    "04.1047",
    "0A.0047",
    "04.00AB",
    " 04.0047",
    "04.0047 ",
    "04.0047\n",
    "0x.0047",
    "04.00g7",
    "04.00+7",
    "-4.0047",
    "card04",
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseApqn(text), undefined);
    });
  }

  it("is the only text that is understood as one", () => {
    const nearly = fc.stringMatching(/^[0-9a-fA-F ]{1,3}[.,][0-9a-fA-F]{3,5}\n?$/);
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ maxLength: 9 })), (text) => {
        const apqn = parseApqn(text);
        if (apqn !== undefined) assert.equal(formatApqn(apqn), text);
        else assert.doesNotMatch(text, /^[0-9a-f]{2}\.00[0-9a-f]{2}$(?!\n)/);
      }),
    );
  });
});

describe("the name of a card", () => {
  it("is card and two hex digits", () => {
    for (let apid = 0; apid < 256; apid++) {
      assert.equal(parseCardName(`card${formatApid(asApid(apid))}`), apid);
    }
  });

  for (const text of ["card", "card4", "card004", "cardAB", "Card04", "card04\n", " card04", "card0x", "card04.0047"]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseCardName(text), undefined);
    });
  }
});

describe("a number in sysfs", () => {
  it("has two hex digits for an adapter and four for a domain", () => {
    assert.equal(formatApid(asApid(5)), "05");
    assert.equal(formatApid(asApid(0xab)), "ab");
    assert.equal(formatApqi(5), "0005");
    assert.equal(formatApqi(0xab), "00ab");
  });
});
