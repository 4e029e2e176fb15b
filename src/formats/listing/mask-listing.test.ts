// Masks and matrices as people paste them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { formatInputError, type Parsed } from "../reading/input-error.ts";
import { parseMaskListing } from "./mask-listing.ts";
import { parseMatrixListing } from "./matrix-listing.ts";

const FIXTURES = new URL("../../../src/formats/listing/fixtures/", import.meta.url);

const read = (name: string): string => readFileSync(new URL(`${name}.txt`, FIXTURES), "utf8");

function readOf<T>(result: Parsed<T>): T {
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return result.value;
}

function errorOf(result: Parsed<unknown>): string {
  assert.ok(!result.ok, "should have been refused");
  return formatInputError(result.error);
}

const masksOf = (text: string) =>
  readOf(parseMaskListing(text, "m")).map(({ name, text: mask, isWritten, line }) => [name, mask, isWritten, line]);
const ZEROS = `0x${"0".repeat(64)}`;

describe("read pasted masks", () => {
  const zeros = (start: string): string => start.padEnd(66, "0");
  const ones = (start: string): string => start.padEnd(66, "f");

  it("with the name above the value", () => {
    assert.deepEqual(masksOf(read("masks-name-above-value")), [
      ["apmask", ones("0x00000000"), false, 2],
      ["aqmask", ones("0xfe"), false, 5],
    ]);
  });

  it("with the marks of a patch", () => {
    assert.deepEqual(masksOf(read("masks-patch")), [
      ["apmask", zeros("0x3"), false, 1],
      ["aqmask", zeros("0x0c"), false, 3],
    ]);
  });

  it("with line numbers", () => {
    assert.deepEqual(masksOf(read("masks-numbered")), [
      ["apmask", zeros("0xbe"), false, 2],
      ["aqmask", zeros("0x2"), false, 5],
    ]);
  });

  it("as the commands that write them, over several lines too", () => {
    assert.deepEqual(masksOf(read("masks-echo")), [
      ["apmask", ones("0xfd"), true, 1],
      ["aqmask", "-0x11,-0x40", true, 4],
    ]);
  });

  it("as commands whose hex digits fill the line", () => {
    assert.deepEqual(masksOf(read("masks-echo-both-on-two-lines")), [
      ["apmask", ones("0xeb"), true, 1],
      ["aqmask", `${ones("0xfbffffffffffffffffd").slice(0, -1)}e`, true, 4],
    ]);
  });

  it("as the commands that read them", () => {
    assert.deepEqual(masksOf(`# cat /sys/bus/ap/ap_control_domain_mask\n${ZEROS}\n# \n`), [
      ["ap_control_domain_mask", ZEROS, false, 2],
    ]);
  });

  it("with no name at all", () => {
    assert.deepEqual(masksOf(read("masks-alone")), [[undefined, ones("0x5d"), false, 1]]);
    assert.deepEqual(masksOf(read("masks-patch-alone")), [[undefined, zeros("0x0000000000000a04"), false, 1]]);
  });
});

describe("refuse pasted masks", () => {
  const cases: readonly (readonly [name: string, text: string, error: string])[] = [
    [
      "with fewer digits than the attribute prints",
      read("masks-refused-short"),
      "1:1: expected a mask with 64 hex digits, found 62",
    ],
    ["with more digits", `apmask: ${ZEROS}0\n`, "1:1: expected a mask with 64 hex digits, found 65"],
    [
      "of an attribute that is none",
      `apmsk: ${ZEROS}\n`,
      '1:1: expected a mask of the AP bus, found "apmsk": did you mean apmask?',
    ],
    [
      "with a name and no value",
      `aqmask: ${ZEROS}\napmask:\n`,
      "2:1: expected the value of apmask after its name, found the end",
    ],
    ["with two names in a row", "apmask:\naqmask:\n", '2:1: expected the value of apmask, found "aqmask:"'],
    ["of one attribute twice", `apmask: ${ZEROS}\napmask: ${ZEROS}\n`, "2:1: expected apmask once, found a second one"],
    ["that are relative but read", "apmask: -5\n", '1:1: expected a mask (0x and 64 hex digits), found "-5"'],
    [
      "written with a leading zero",
      "echo -010 > apmask\n",
      '1:1: expected a bit number 0..0xff in decimal or 0x hex, found "010": decimal 10 or hex 0x10? write 10 or 0x10',
    ],
    [
      "between other text",
      `the masks are\n${ZEROS}\n`,
      '1:1: expected a mask (0x and 64 hex digits), found "the masks are"',
    ],
    ["that are not there", "\n\n", "1:1: expected a mask, found nothing"],
  ];
  for (const [name, text, error] of cases) {
    it(name, () => assert.equal(errorOf(parseMaskListing(text, "m")), `m:${error}`));
  }
});

describe("read a pasted matrix", () => {
  it("with no-break spaces and blanks at the end", () => {
    assert.deepEqual(readOf(parseMatrixListing(read("matrix-no-break-spaces"), "m")), {
      adapters: [0x1b, 0x1c],
      domains: [0x12, 0x13],
    });
  });

  it("as the attribute prints it, and where only some lines have no-break spaces", () => {
    assert.deepEqual(readOf(parseMatrixListing(read("matrix-guest"), "m")), {
      adapters: [0x21, 0x23],
      domains: [0x02, 0x03, 0x09],
    });
    assert.deepEqual(readOf(parseMatrixListing(read("matrix-some-no-break-spaces"), "m")), {
      adapters: [0x0b, 0x0c],
      domains: [0x19, 0x1a, 0x32],
    });
  });

  it("of adapters without domains, and of domains without adapters", () => {
    assert.deepEqual(readOf(parseMatrixListing("04.\n1b.\n", "m")), { adapters: [0x04, 0x1b], domains: [] });
    assert.deepEqual(readOf(parseMatrixListing("guest_matrix:\n.0004\n", "m")), { adapters: [], domains: [4] });
  });

  const cases: readonly (readonly [name: string, text: string, error: string])[] = [
    [
      "short numbers",
      read("matrix-refused-short-numbers"),
      '4:1: expected an APQN of full width such as 04.0047, found "3.5": decimal or hex cannot be told',
    ],
    [
      "short numbers in steps of a discussion",
      read("matrix-refused-steps"),
      '5:1: expected an APQN of full width such as 04.0047, found "7.3": decimal or hex cannot be told',
    ],
    [
      "a queue of the product missing",
      read("matrix-refused-incomplete"),
      "3:1: expected all queues of a matrix, found none for 1c.0013: lines are missing",
    ],
    ["a queue twice", "04.0004\n04.0004\n", "2:1: expected each queue once, found 04.0004 a second time"],
    ["queues and adapters", "04.0004\n05.\n", "2:1: expected APQNs, adapters alone or domains alone, found a mixture"],
    ["a domain above 00ff", "04.0104\n", '1:1: expected an APQN such as 04.0047, found "04.0104"'],
    ["nothing", "", "1:1: expected an APQN such as 04.0047, found nothing"],
  ];
  for (const [name, text, error] of cases) {
    it(`and refuses ${name}`, () => assert.equal(errorOf(parseMatrixListing(text, "m")), `m:${error}`));
  }
});
