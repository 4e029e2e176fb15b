// Definitions of mdevctl: what it wrote stays byte for byte, what it would not take is refused with the place.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatMdevctlFile, formatMdevctlList, type MdevctlDevice, parseMdevctl } from "./mdevctl-json.ts";

/** As mdevctl 1.4 writes it. */
const FILE = `{
  "mdev_type": "vfio_ap-passthrough",
  "start": "auto",
  "attrs": [
    {
      "assign_adapter": "5"
    },
    {
      "assign_domain": "0x47"
    },
    {
      "assign_adapter": "06"
    }
  ]
}`;
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";

function value<T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

describe("a definition of mdevctl", () => {
  it("keeps the order and the digits of its attributes", () => {
    const [read] = value(parseMdevctl(FILE));
    assert.deepEqual(read?.definition, {
      mdevType: "vfio_ap-passthrough",
      start: "auto",
      attrs: [
        { name: "assign_adapter", value: "5" },
        { name: "assign_domain", value: "0x47" },
        { name: "assign_adapter", value: "06" },
      ],
    });
    assert.deepEqual(read?.attrPlaces.at(-1), { line: 12, column: 7 });
    assert.equal(read?.uuid, undefined);
  });

  it("is written as it was read, without a newline at the end", () => {
    for (const text of [FILE, FILE.replace(/"attrs"[\s\S]*\]/, '"attrs": []')]) {
      const [read] = value(parseMdevctl(`${text}\n`));
      assert.equal(formatMdevctlFile(read?.definition ?? assert.fail()), text);
    }
  });

  it("stands in a list by parent and uuid, and is written there as it was read", () => {
    const other = FILE.replace("vfio_ap-passthrough", "mtty-2");
    const indented = (text: string) => text.replaceAll("\n", "\n        ");
    const list = `[
  {
    "matrix": [
      {
        "${UUID}": ${indented(FILE)}
      },
      {
        "${UUID.replace("0001", "0002")}": ${indented(FILE)}
      }
    ],
    "mtty": [
      {
        "${UUID}": ${indented(other)}
      }
    ]
  }
]`;
    const read = value(parseMdevctl(`${list}\n`));
    assert.deepEqual(
      read.map(({ parent, definition }) => [parent, definition.mdevType]),
      [
        ["matrix", "vfio_ap-passthrough"],
        ["matrix", "vfio_ap-passthrough"],
        ["mtty", "mtty-2"],
      ],
    );
    assert.equal(formatMdevctlList(read as readonly MdevctlDevice[]), list);
    assert.deepEqual(value(parseMdevctl("[]")), []);
    assert.equal(formatMdevctlList([]), "[]");
  });

  const text = fc.string({ unit: "binary", maxLength: 8 });
  const plain = { noNullPrototype: true };
  const attribute = fc.record({ name: fc.stringMatching(/^[a-z_][a-z_0-9]{0,12}$/), value: text }, plain);
  const definition = fc.record(
    {
      mdevType: text,
      start: fc.constantFrom("auto" as const, "manual" as const),
      attrs: fc.array(attribute, { maxLength: 5 }),
    },
    plain,
  );

  it("is the same after it was written and read, whatever its texts hold", () => {
    fc.assert(
      fc.property(definition, (given) => {
        assert.deepEqual(value(parseMdevctl(formatMdevctlFile(given)))[0]?.definition, given);
      }),
    );
  });

  it("never throws, and knows a place in the text for every mistake", () => {
    const broken = fc
      .tuple(fc.nat(FILE.length), fc.nat(4), fc.string({ maxLength: 3 }))
      .map(([at, cut, put]) => FILE.slice(0, at) + put + FILE.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.json()), (given) => {
        const read = parseMdevctl(given);
        if (read.ok) return;
        const lines = given.split("\n");
        assert.ok(read.error.line >= 1 && read.error.line <= lines.length);
        assert.ok(read.error.column >= 1 && read.error.column <= (lines[read.error.line - 1] as string).length + 1);
        assert.doesNotMatch(read.error.expected, /\n/);
      }),
      { numRuns: 500 },
    );
  });

  const refused: readonly (readonly [what: string, text: string, at: string, expected: RegExp])[] = [
    ["a text that ends early", FILE.slice(0, 60), "2:3", /^the name of a member in quotes|"," or "}"/],
    ["no JSON", "uuid: x", "1:1", /^a JSON value, found "uuid: x"$/],
    ["an unknown member", FILE.replace('"start"', '"strat"'), "3:3", /mdev_type, start, attrs, found "strat"/],
    ["a member that is missing", '{"mdev_type": "vfio_ap-passthrough"}', "1:1", /"start", which is missing/],
    ["a member that stands twice", FILE.replace('"start"', '"mdev_type"'), "3:3", /"mdev_type" a second time/],
    ["a start that is neither", FILE.replace('"auto"', '"Auto"'), "3:12", /"auto" or "manual", found "Auto"/],
    ["a word without quotes", FILE.replace('"0x47"', "true"), "9:24", /a value in quotes, found true/],
    ["no value", FILE.replace('"0x47"', "null"), "9:24", /a value in quotes, found null/],
    ["a list of values", FILE.replace('"0x47"', '["1"]'), "9:24", /a value in quotes, found a list/],
    ["a number without quotes", FILE.replace('"0x47"', "71"), "9:24", /a value in quotes, found 71/],
    ["two attributes in one object", FILE.replace('"5"', '"5", "assign_domain": "6"'), "6:30", /an object of its own/],
    [
      "an attribute elsewhere",
      FILE.replace("assign_domain", "../../x"),
      "9:7",
      /the name of an attribute, found "..\/..\/x"/,
    ],
    ["a uuid that is none", '[{"matrix": [{"7a2c": {}}]}]', "1:15", /a uuid of 36 characters, found "7a2c"/],
    ["attributes that are not list", FILE.replace(/\[[\s\S]*\]/, "{}"), "4:12", /"attrs" as a list, found an object/],
    ["more than the end", `${FILE}}`, "15:2", /^the end, found "}"$/],
    ["too many levels", "[".repeat(100), "1:66", /at most 64 levels/],
    ["an unknown escape", '{"mdev_type": "\\x"}', "1:15", /unknown escapes/],
  ];
  for (const [what, text, at, expected] of refused) {
    it(`is refused for ${what}`, () => {
      const read = parseMdevctl(text);
      assert.ok(!read.ok);
      if (what !== "a text that ends early") assert.equal(`${read.error.line}:${read.error.column}`, at);
      assert.match(read.error.expected, expected);
    });
  }
});
