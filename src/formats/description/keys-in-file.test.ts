// Master keys and counters in a host description: read, refused with their place, and written so that they come back.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatInputError } from "../reading/input-error.ts";
import { formatHostDescription } from "./format-host-description.ts";
import { type HostDescription, parseHostDescription } from "./host-description.ts";

const HOST = "cards: [{ id: 4, type: CEX8C }, { id: 5, type: CEX8P }, { id: 6, type: CEX8A }]\ndomains: [4, 0x47]\n";
const ASYM = `0x${"1".repeat(32)}`;
const WK = `0x${"ab".repeat(32)}`;

function read(text: string): HostDescription {
  const result = parseHostDescription(HOST + text, "host.yaml");
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return result.value;
}

const registersOf = (text: string, queue = 0x404): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...(read(text).keysAndCounts?.keys ?? [])].flatMap(([apqn, keys]) => (apqn === queue ? [...keys] : [])),
  );

describe("master keys in a description", () => {
  it("are a state and a pattern; a pattern alone is a key that is loaded, and what is not named is empty", () => {
    const cca = registersOf(
      `keys: [{ queues: [04.0004], aes: { cur: 0x0123456789abcdef, old: "valid 0x0000000000000001", new: partial }, asym: { new: ${ASYM} } }]`,
    );
    assert.equal(cca["AES CUR"], "valid 0x0123456789abcdef");
    assert.equal(cca["AES OLD"], "valid 0x0000000000000001");
    assert.equal(cca["AES NEW"], "partial 0x0000000000000000");
    assert.equal(cca["APKA CUR"], "invalid 0x0000000000000000");
    assert.equal(cca["ASYM NEW"], `full ${ASYM}`);
    assert.equal(Object.keys(cca).length, 9);
    const ep11 = registersOf(`keys: [{ queues: [05.0004], wk: { cur: ${WK} } }]`, 0x504);
    assert.deepEqual(ep11, { "WK CUR": `valid ${WK}`, "WK NEW": "empty -" });
    assert.equal(registersOf(`keys: [{ queues: [04.0004], aes: { old: "-" } }]`)["AES OLD"], undefined);
  });

  it("come back from the file that is written of them, with the counters", () => {
    for (const text of [
      `keys: [{ queues: [04.0004, 04.0047], aes: { cur: 0x0123456789abcdef, old: "-" }, apka: { new: partial } }]`,
      `keys: [{ queues: [05.0047], wk: { new: "uncommitted ${WK}" } }, { queues: [04.0004], aes: {} }]`,
      'requests: { "04": 9007199254740991, "04.0047": 12 }',
      "keys: []\nrequests: {}",
    ]) {
      const described = read(text);
      const again = parseHostDescription(formatHostDescription(described), "again");
      assert.ok(again.ok, again.ok ? "" : formatInputError(again.error));
      assert.deepEqual(again.value, described, text);
    }
    assert.equal("keysAndCounts" in read("keys: []\nrequests: {}"), false);
  });

  for (const [text, expected] of [
    ["keys: [{ queues: [04.0004], aes: { cur: 0x12 } }]", /:3:41: expected AES CUR as "valid 0x" and 16 hex digits/],
    ['keys: [{ queues: [04.0004], aes: { cur: "full 0x0123456789abcdef" } }]', /:3:41: expected AES CUR/],
    ["keys: [{ queues: [04.0004], aes: { mid: valid } }]", /:3:36: expected a member of .*"mid": did you mean/],
    [
      "keys: [{ queues: [06.0004], aes: { } }]",
      /:3:19: expected a queue of a card in mode cca.*06\.0004 in mode accel/,
    ],
    ["keys: [{ queues: [05.0004], aes: { } }]", /:3:19: .*05\.0004 in mode ep11/],
    ["keys: [{ queues: [04.0004], wk: { } }]", /:3:19: expected a queue of a card in mode ep11/],
    ["keys: [{ queues: [05.0004], wk: { }, aes: { } }]", /:3:33: expected wk, or aes, apka and asym, found both/],
    [
      "keys: [{ queues: [07.0004], aes: { } }]",
      /:3:19: expected a queue of this machine, found 07\.0004: it has no card 07/,
    ],
    ["keys: [{ queues: [04.0004, 04.0004], aes: { } }]", /:3:28: expected each queue once/],
    ["requests: { 04.0004: -1 }", /:3:22: expected a number of requests, 0 to 9007199254740991, found "-1"/],
    ["requests: { 04.0004: 9007199254740992 }", /:3:22: expected a number of requests/],
    ["requests: { 04.0005: 1 }", /:3:22: expected a queue of this machine, found 04\.0005: it has no domain 0005/],
    ['requests: { "09": 1 }', /:3:19: expected a card of this machine, found 09/],
    ["requests: { card04: 1 }", /:3:21: expected a queue such as 04\.0047 .*, or of a card such as "04"/],
  ] as const) {
    it(`are refused with their place: ${text}`, () => {
      const result = parseHostDescription(HOST + text, "host.yaml");
      assert.ok(!result.ok, "should have been refused");
      const line = formatInputError(result.error);
      assert.match(line, expected);
      assert.doesNotMatch(line, /\n/);
    });
  }
});
