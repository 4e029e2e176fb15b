// Operations for guests as JSON: what is said of guests is read and written the same; what is wrong is told with its place.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GuestsMade, NOTICES } from "./guest-made.ts";
import { JsonReader } from "./json-reader.ts";
import type { Init, Operation } from "./operation.ts";
import { formatFor } from "./operation.ts";
import { operationToJson } from "./operation-json.ts";
import { readOperation } from "./parse-operation.ts";
import { parseTrace, type Trace, traceHeader } from "./trace-file.ts";

const again = (operation: Operation): Operation =>
  readOperation(new JsonReader(JSON.parse(JSON.stringify(operationToJson(operation)))));

const initWith = (guests: object, machine: object = {}): Init =>
  readOperation(new JsonReader({ op: "init", aps: [4], doms: [4], guests, ...machine })) as Init;

describe("what guests are made of", () => {
  const MADE: Readonly<Record<string, object>> = {
    nothing: {},
    "each way to notice": Object.fromEntries(NOTICES.map((notice) => [notice, { notice }])),
    "no facilities": { g1: { facilities: [] } },
    "some facilities": { g1: { facilities: ["apft", "ap"] } },
    "a kernel with a fix less": { g1: { profile: "linux-7.3-without-reset-filtered" } },
    "boot parameters": { g1: { apmask: "+0-3,-5", aqmask: "0xff" } },
    "guests of guests": { g1: { guests: { g2: { notice: "scan", guests: { g3: { profile: "linux-6.8" } } } } } },
    "names like members": JSON.parse('{"__proto__":{"notice":"scan"},"constructor":{"facilities":["ap"]}}') as object,
    "names of any kind": { "a b": { notice: "scan" }, "": { notice: "at-once" }, "ä\n": { apmask: "0x0" } },
    "a Secure Execution guest": { g1: { se: 1, guests: { g2: { se: 1 } } } },
  };
  for (const [what, guests] of Object.entries(MADE))
    it(`is written as it is read: ${what}`, () => {
      const init = initWith(guests, { apsb: 1 });
      assert.deepEqual((again(init) as Init).guests, init.guests);
      assert.equal(init.guests?.size, Object.keys(guests).length);
      assert.equal(formatFor(init), 3);
    });

  it("is not there without the member", () => {
    const init = readOperation(new JsonReader({ op: "init", aps: [4], doms: [4] })) as Init;
    assert.equal(init.guests, undefined);
    assert.equal((again(init) as Init).guests, undefined);
    assert.equal(formatFor(init), 1);
  });

  it("may be 16 deep and no deeper", () => {
    const deep = (depth: number): object => (depth === 0 ? {} : { g: { guests: deep(depth - 1) } });
    const depthOf = (guests: GuestsMade): number => {
      const [made] = guests.values();
      return made ? 1 + depthOf(made.guests) : 0;
    };
    assert.equal(depthOf(initWith(deep(15)).guests ?? new Map()), 15);
    assert.throws(() => initWith(deep(17)), /guests of guests at most 16 deep/);
  });
});

describe("an operation in a guest", () => {
  const OPERATIONS: readonly object[] = [
    { op: "scan" },
    { op: "scan", part: "device", q: "04.0004" },
    { op: "write", path: "bus/ap/scans", value: "1\n" },
    { op: "read", path: "bus/ap/features" },
    { op: "open", guest: "g2", mdev: "6d646576-0000-4000-8000-000000000001" },
    { op: "aqic", guest: "g2", q: "04.0004", enable: true, isc: 3, nib: 4096 },
    { op: "state", guests: true },
  ];
  for (const operation of OPERATIONS)
    it(`is written as it is read: ${JSON.stringify(operation)}`, () => {
      for (const path of ["g1", "g1/g2", "a b/__proto__"]) {
        const read = readOperation(new JsonReader({ ...operation, in: path }));
        assert.equal(read.in, path);
        assert.deepEqual(again(read), read);
        assert.equal(formatFor(read), 3);
        assert.equal(traceHeader("t", "linux-7.3", [read]).format, 3);
      }
    });
});

describe("a trace that cannot be read", () => {
  const HEAD = '{"trace":"t","format":3}';
  const INIT = '{"op":"init","aps":[4],"doms":[4]}';
  const init = (guests: string): string => `{"op":"init","aps":[4],"guests":${guests}}`;
  const WRONG: readonly (readonly [what: string, line: string, column: number, expected: RegExp])[] = [
    ["in as a number", '{"op":"scan","in":1}', 14, /^"in" as a text, not 1$/],
    ["in without a name", '{"op":"scan","in":""}', 14, /name of a guest/],
    ["in with an empty name between", '{"op":"scan","in":"g1//g2"}', 14, /names with a slash between/],
    ["in that begins with a slash", '{"op":"scan","in":"/g1"}', 14, /names with a slash between/],
    ["in of the machine", '{"op":"hw","in":"g1","rm_ap":[4]}', 12, /"hw" without "in"/],
    ["in of a card", '{"op":"card","in":"g1","id":4,"config":false}', 14, /"card" without "in"/],
    ["in of a fault", '{"op":"fault","q":"04.0004","in":"g1","reset":"42"}', 29, /"fault" without "in"/],
    ["guests of state as a number", '{"op":"state","guests":1}', 15, /true or false/],
  ];
  const WRONG_INIT: readonly (readonly [what: string, guests: string, expected: RegExp])[] = [
    ["a list", '["g1"]', /^"guests" as an object/],
    ["a text for a guest", '{"g1":"scan"}', /^an object for the guest "g1"$/],
    ["nothing for a guest", '{"g1":null}', /^an object for the guest "g1"$/],
    ["a facility that there is not", '{"g1":{"facilities":["ap","apxx"]}}', /a list of ap, apqci, apft, apqi/],
    ["a facility alone", '{"g1":{"facilities":"ap"}}', /a list of ap, apqci, apft, apqi/],
    ["interrupts without the instructions", '{"g1":{"facilities":["apqi"]}}', /^"ap" beside apqi, which needs it$/],
    ["another way to notice", '{"g1":{"notice":"soon"}}', /^"notice" as one of scan, at-once, not "soon"$/],
    ["an unknown kernel", '{"g1":{"profile":"linux-1.0"}}', /^one of the profiles linux-7\.3/],
    ["a mask that is no text", '{"g1":{"apmask":5}}', /^"apmask" as a text, not 5$/],
    ["a mask that is not of bytes", '{"g1":{"apmask":"\\u0100"}}', /as bytes/],
    ["the same in a guest of a guest", '{"g1":{"guests":{"g2":{"facilities":["apft"]}}}}', /^"ap" beside apft/],
  ];
  const errorOf = (text: string) => {
    const parsed = parseTrace(text);
    assert.ok(!parsed.ok, "it was read");
    assert.doesNotMatch(parsed.error.expected, /\n/);
    return parsed.error;
  };
  for (const [what, line, column, expected] of WRONG)
    it(`is told with its place: ${what}`, () => {
      const error = errorOf(`${HEAD}\n${INIT}\n${line}\n`);
      assert.match(error.expected, expected);
      assert.deepEqual([error.line, error.column], [3, column]);
    });
  for (const [what, guests, expected] of WRONG_INIT)
    it(`is told with its line: guests, ${what}`, () => {
      const error = errorOf(`${HEAD}\n${init(guests)}\n`);
      assert.match(error.expected, expected);
      assert.equal(error.line, 2);
      assert.ok(error.column > 1, `column ${error.column}`);
    });

  const guestsOf = ({ lines: [first] }: Trace): GuestsMade | undefined =>
    first?.operation.op === "init" ? first.operation.guests : undefined;

  it("means guests with a Linux where anything is done in one, or asked of one", () => {
    for (const line of ['{"op":"scan","in":"g1"}', '{"op":"state","guests":true}']) {
      const parsed = parseTrace(`${HEAD}\n${INIT}\n${line}\n`);
      assert.ok(parsed.ok);
      assert.deepEqual(guestsOf(parsed.value), new Map());
    }
    const plain = parseTrace(`${HEAD}\n${INIT}\n{"op":"scan"}\n`);
    assert.ok(plain.ok && guestsOf(plain.value) === undefined);
  });
});
