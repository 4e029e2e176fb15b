// Master keys and counters of requests of a machine, as its /sys shows them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { JsonReader, MalformedError } from "./json-reader.ts";
import { operationToJson } from "./operation-json.ts";
import { readOperation } from "./parse-operation.ts";
import { Player } from "./player.ts";

const WK = `0x${"0123456789abcdef".repeat(4)}`;
const INIT = {
  op: "init",
  aps: [4, 5, 6],
  doms: [4, 71],
  modes: { "06": "ep11" },
  keys: {
    "04.0004": { "AES NEW": "empty 0x0000000000000000", "AES CUR": "valid 0x0123456789abcdef" },
    "06.0004": { "WK CUR": `valid ${WK}`, "WK NEW": "empty -" },
  },
  requests: { "04.0004": 12, "04.0047": 30, "05": 9_007_199_254_740_991, "05.0004": 7 },
};
const QUEUE = "devices/ap/card04/04.0004";

function hostOf(init: object = INIT) {
  const player = new Player(DEFAULT_PROFILE);
  let i = 0;
  const apply = (json: object) => player.apply(readOperation(new JsonReader(json)), ++i).r;
  const read = (path: string): string => {
    const text = player.sysfs.read(path);
    return text.ok ? text.value : text.errno;
  };
  const write = (path: string, value: string) => apply({ op: "write", path, value });
  apply(init);
  return { player, apply, read, write };
}

const countsOf = ({ read }: ReturnType<typeof hostOf>): readonly string[] =>
  ["card04", "card04/04.0004", "card04/04.0047", "card05", "card05/05.0004", "card05/05.0047"].map((name) =>
    read(`devices/ap/${name}/request_count`).trim(),
  );

describe("mkvps of a queue", () => {
  it("tells each register as the driver prints it, and those that are not known with dashes", () => {
    const { read } = hostOf();
    const lines = read(`${QUEUE}/mkvps`).split("\n");
    assert.deepEqual(lines.slice(0, 3), [
      "AES NEW: empty 0x0000000000000000",
      "AES CUR: valid 0x0123456789abcdef",
      "AES OLD: - -",
    ]);
    assert.equal(lines.length, 10);
    assert.equal(read("devices/ap/card06/06.0004/mkvps"), `WK CUR: valid ${WK}\nWK NEW: empty -\n`);
    assert.doesNotMatch(read("devices/ap/card05/05.0004/mkvps"), /valid|empty/);
  });

  it("tells nothing while the queue is offline, and is not there while vfio_ap has it", () => {
    const { read, write } = hostOf();
    write(`${QUEUE}/online`, "0");
    assert.doesNotMatch(read(`${QUEUE}/mkvps`), /valid/);
    write(`${QUEUE}/online`, "1");
    assert.match(read(`${QUEUE}/mkvps`), /AES CUR: valid/);
    write("bus/ap/apmask", "-4");
    assert.equal(read(`${QUEUE}/mkvps`), "ENOENT");
    write("bus/ap/apmask", "+4");
    assert.match(read(`${QUEUE}/mkvps`), /AES CUR: valid/, "keys outlast who has the queue");
  });
});

describe("request_count", () => {
  it("begins with what the machine had at boot; of a card with the sum of its queues unless more is known", () => {
    assert.deepEqual(countsOf(hostOf()), ["42", "12", "30", "9007199254740991", "7", "0"]);
  });

  it("of a queue is set to 0 by any write, and leaves its card's", () => {
    const host = hostOf();
    assert.equal(host.write(`${QUEUE}/request_count`, "x"), 1);
    assert.deepEqual(countsOf(host).slice(0, 3), ["42", "0", "30"]);
  });

  it("of a card is set to 0 with those of its queues", () => {
    const host = hostOf();
    host.write("devices/ap/card04/request_count", "0");
    assert.deepEqual(countsOf(host), ["0", "0", "0", "9007199254740991", "7", "0"]);
  });

  it("is unknown while vfio_ap has the queue, and a number again when it comes back", () => {
    const host = hostOf();
    host.write("bus/ap/apmask", "-4");
    assert.deepEqual(countsOf(host).slice(0, 3), ["42", "-", "-"]);
    host.write("bus/ap/apmask", "+4");
    assert.deepEqual(countsOf(host).slice(0, 3), ["42", "12", "30"]);
  });

  it("of a device that comes anew is 0", () => {
    const host = hostOf();
    for (const change of [{ rm_ap: [4] }, { add_ap: [4] }]) {
      host.apply({ op: "hw", ...change });
      host.apply({ op: "scan" });
    }
    assert.deepEqual(countsOf(host).slice(0, 3), ["0", "0", "0"]);
  });
});

describe("a machine of which no keys are told", () => {
  it("is what it always was", () => {
    const { keys: _, requests: __, ...plain } = INIT;
    const { player, read } = hostOf(plain);
    assert.equal(player.host.state.facts.keysAndCounts, undefined);
    assert.equal(read(`${QUEUE}/request_count`), "0\n");
  });
});

describe("keys and counts", () => {
  it("come back from an operation's JSON", () => {
    const operation = readOperation(new JsonReader(INIT));
    const json = JSON.parse(JSON.stringify(operationToJson(operation)));
    assert.deepEqual([json.keys, json.requests], [INIT.keys, INIT.requests]);
    assert.deepEqual(readOperation(new JsonReader(json)), operation);
  });

  for (const [name, member, expected] of [
    [
      "another state",
      { keys: { "04.0004": { "AES CUR": "full 0x0123456789abcdef" } } },
      /a state and a pattern as AES CUR of 04\.0004/,
    ],
    ["keys of no queue", { keys: { "4.4": {} } }, /a queue such as 04\.0047/],
    ["keys as text", { keys: { "04.0004": "valid" } }, /a JSON object/],
    ["fewer than no requests", { requests: { "04.0004": -1 } }, /"04\.0004" as a whole number 0\.\./],
    ["requests of an unknown thing", { requests: { card: 1 } }, /a queue such as 04\.0047/],
    ["an inherited name", { requests: { constructor: 1 } }, /a queue such as 04\.0047/],
  ] as const) {
    it(`are refused: ${name}`, () => {
      assert.throws(
        () => readOperation(new JsonReader({ op: "init", ...member })),
        (error: unknown) => error instanceof MalformedError && expected.test(error.message),
      );
    });
  }
});
