// What a scenario says of guests, and of what is done in them: words to meaning and back; mistakes with their place.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Init, Operation } from "../../system/trace/operation.ts";
import { operationsFromWords } from "./event-words.ts";
import { actionLines } from "./format-action.ts";
import { parseScenario } from "./parse-scenario.ts";

const HOST = "host adapter 04 05 domain 0004";
const uuid = (name: string): string => name;

function operationsOf(text: string): readonly Operation[] {
  const parsed = parseScenario(text);
  if (!parsed.ok) assert.fail(`${parsed.error.line}:${parsed.error.column}: ${parsed.error.expected}`);
  return parsed.value.lines.flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
}

const initOf = (line: string): Init => operationsOf(line)[0] as Init;

describe("the words for what guests are made of", () => {
  for (const words of [
    "guest g1=scan",
    "guest g1=at-once,linux-6.8",
    "guest g1=ap,apft",
    "guest g1=no-ap",
    "guest g1=linux-7.3-without-reset-filtered",
    "guest-apmask g1=0x0",
    "guest g1=scan guest-apmask g1=+0-3,-5 guest-aqmask g1=0xff",
    "guest g1=scan guest g1/g2=at-once guest-apmask g1/g2=0x0 guest g1/g2/g3=ap",
    "guest __proto__=scan guest constructor=at-once",
  ])
    it(`are written as they are read: ${words}`, () => {
      const init = initOf(`${HOST} ${words}`);
      const [line = ""] = actionLines(init, uuid);
      assert.ok(line.endsWith(` ${words}`), line);
      assert.deepEqual(initOf(line), init);
    });

  it("say of a guest what several of them say", () => {
    const { guests } = initOf(`${HOST} guest g1=scan guest g1=linux-6.8 guest-apmask g1=0x0`);
    const { notice, profile, apmask, lacks } = guests?.get("g1") ?? {};
    assert.deepEqual([notice, profile, apmask, lacks?.size], ["scan", "linux-6.8", "0x0", 0]);
  });

  const MISTAKES: readonly (readonly [what: string, words: string, column: number, expected: RegExp])[] = [
    ["no guest", "guest", 37, /^a guest and what it is made of: g1=scan,linux-6.8$/],
    ["no equals sign", "guest g1", 38, /^a guest and what it is made of/],
    ["nothing after it", "guest g1=", 38, /^a guest and what it is made of/],
    ["a name between slashes that is empty", "guest g1//g2=scan", 38, /^a guest and what it is made of/],
    ["an unknown word, the first of two guests", "guest g1=fast guest g2=scan", 38, /after g1=, not "fast"$/],
    ["an unknown kernel", "guest g1=scan,linux-1.0", 38, /or a kernel after g1=, not "linux-1.0"$/],
    ["interrupts without the instructions", "guest g1=apqi", 38, /^"ap" beside apqi, which needs it$/],
    ["no facilities and some", "guest g1=no-ap,ap", 38, /^no-ap or facilities, not both$/],
    [
      "more guests in guests than a trace can say",
      `guest ${"g/".repeat(16)}g=scan`,
      38,
      /^guests of guests at most 16 deep/,
    ],
    ["a boot parameter without a guest", "guest-apmask 0x0", 45, /^a guest and its boot parameter: g1=0x0/],
    ["a boot parameter without a text", "guest-aqmask g1=", 45, /^a guest and its boot parameter: g1=0x0/],
  ];
  for (const [what, words, column, expected] of MISTAKES)
    it(`are told with their place if they are wrong: ${what}`, () => {
      const parsed = parseScenario(`${HOST} ${words}\n`);
      assert.ok(!parsed.ok, "it was read");
      assert.match(parsed.error.expected, expected);
      assert.deepEqual([parsed.error.line, parsed.error.column], [1, column]);
    });
});

describe("a line that is done in a guest", () => {
  it("is for that guest, with labels of kernels before it", () => {
    const text = `profiles A=linux-7.3\n${HOST}\nstart\nA: in g1: scan\nin g1/g2: echo 1 > /sys/bus/ap/scans\n`;
    const inside = operationsOf(text).flatMap((operation) => operation.in ?? []);
    assert.deepEqual(inside, ["g1", "g1/g2"]);
  });

  it("has mdevs of its own, the first of which is made where it is used", () => {
    const text = `${HOST}\nassign adapter 04\nstart\nin g1: assign adapter 05\n`;
    const created = operationsOf(text).filter(
      (operation) => operation.op === "write" && operation.path.endsWith("/create"),
    );
    assert.deepEqual(
      created.map((operation) => operation.in),
      [undefined, "g1"],
    );
    const [host, guest] = created.map((operation) => (operation.op === "write" ? operation.value : ""));
    assert.notEqual(host, guest);
  });

  it("means that guests have a Linux, also if it only looks", () => {
    assert.deepEqual(initOf(`${HOST}\nstart\nin g1: ls /sys/bus/ap/devices none\n`).guests, new Map());
    assert.equal(initOf(`${HOST}\nstart\n`).guests, undefined);
  });

  const MISTAKES: readonly (readonly [what: string, line: string, column: number, expected: RegExp])[] = [
    ["no colon", "in g1 scan", 1, /^an action \(host, .*not "in"$/],
    ["no guest", "in : scan", 4, /^a guest and a colon after in/],
    ["an empty name between", "in g1//g2: scan", 4, /^a guest and a colon after in/],
    ["nothing to do", "in g1:", 7, /^an action \(host/],
    ["the machine", "in g1: machine loses adapter 04", 8, /its machine is its host's$/],
    ["a card", "in g1: card 04 standby", 8, /its machine is its host's$/],
    ["a fault", "in g1: fault 04.0004 reset 42", 8, /its machine is its host's$/],
    ["another host", "in g1: host adapter 04", 8, /its machine is its host's$/],
    ["an mdev that is only the host's", "in g1: start g2 m2", 19, /an mdev that was created before, not "m2"$/],
  ];
  for (const [what, line, column, expected] of MISTAKES)
    it(`is told with its place if it is wrong: ${what}`, () => {
      const parsed = parseScenario(`${HOST}\nmdev m2\n${line}\n`);
      assert.ok(!parsed.ok, "it was read");
      assert.match(parsed.error.expected, expected);
      assert.deepEqual([parsed.error.line, parsed.error.column], [3, column]);
    });

  it("can be told to a running lab, and is refused there for the same reasons", () => {
    const read = operationsFromWords("in g1/g2: scan notice");
    assert.ok(read.ok);
    assert.deepEqual(read.value, [{ op: "scan", part: "notice", in: "g1/g2" }]);
    for (const [words, column] of [
      ["in g1: machine loses adapter 04", 8],
      ["in g1: host adapter 04", 8],
      ["in g1: hotplug", 8],
      ["in g1/: scan", 4],
    ] as const) {
      const wrong = operationsFromWords(words);
      assert.ok(!wrong.ok, words);
      assert.equal(wrong.error.column, column, words);
    }
  });
});
