// The recorded traces (conformance/README.md): every operation answers what Linux 6.12 and 7.3 were recorded to answer. And the
// player can tell: an answer that was altered is found, at its line and no other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { sample } from "../../testing/support/long-form.ts";
import { type Difference, playTrace } from "./play.ts";
import { parseTrace, type Trace, type TraceLine } from "./trace-file.ts";

const FOLDER = new URL("../../../conformance/traces/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();
const FOLDER_7_3 = new URL("../../../conformance/traces-7.3/", import.meta.url);
/** How many of each kind were recorded; a file that is lost must not make the tests greener. */
const RANDOM = { small: 250, medium: 130, full: 7, fullone: 2 } as const;
const SCENARIOS = 47;
const OF_7_3 = {
  "same-inputs-as-6.12": 110,
  gen: 41,
  override: 244,
  "scan-parts": 152,
  "queue-states": 96,
  texts: 84,
  machines: 41,
  zcrypt: 26,
  "differences-6.12": 10,
  "differences-7.3": 12,
  "differences-7.3-zcrypt": 4,
} as const;
/** Of a kind of which there are many `npm test` plays a part. */
const MANY = 20;
const some = (files: readonly string[]): readonly string[] => (files.length > MANY ? sample(files, 8) : files);
/** Differences that a failure shows: the first ones explain the rest. */
const SHOWN = 5;

function load(file: string, folder = FOLDER): Trace {
  const bytes = readFileSync(new URL(file, folder));
  const trace = parseTrace((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  assert.ok(
    trace.ok,
    trace.ok ? "" : `${file}:${trace.error.line}:${trace.error.column}: expected ${trace.error.expected}`,
  );
  return trace.value;
}

const json = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

function explain(file: string, { line, mismatches }: Difference): string {
  const members = mismatches.map(
    ({ member, expected, came }) => `  ${member}: expected ${json(expected)}, found ${json(came)}`,
  );
  return [`${file}:${line.line} ${json(line.operation)}`, ...members].join("\n");
}

/** Plays files one after the other; fails with the first differences there are. */
function playAll(files: readonly string[], folder = FOLDER): void {
  const found: string[] = [];
  let count = 0;
  for (const file of files) {
    const { differences } = playTrace(load(file, folder));
    count += differences.length;
    found.push(...differences.map((difference) => explain(file, difference)));
    if (found.length >= SHOWN) break;
  }
  assert.equal(count, 0, `${count} differences, among them\n${found.slice(0, SHOWN).join("\n")}`);
}

describe("a recorded scenario", () => {
  const scenarios = FILES.filter((file) => /^s\d\d-.*\.jsonl$/.test(file));
  it("is there in full number", () => assert.equal(scenarios.length, SCENARIOS));
  for (const file of scenarios)
    it(`${file.slice(0, -".jsonl".length)} plays without a difference`, () => playAll([file]));
});

describe("recorded random operations", () => {
  for (const [kind, count] of Object.entries(RANDOM)) {
    it(`on ${kind} hosts play without a difference`, () => {
      const files = FILES.filter((file) => file.startsWith(`r-${kind}-`));
      assert.equal(files.length, count);
      playAll(sample(files, 8));
    });
  }

  it("of the benchmark's workload play without a difference", () => {
    const files = FILES.filter((file) => file.startsWith("mix-"));
    assert.equal(files.length, 1);
    playAll(files);
  });
});

describe("answers of Linux 7.3", () => {
  it("are of all the kinds that were recorded", () =>
    assert.deepEqual(readdirSync(FOLDER_7_3).sort(), Object.keys(OF_7_3).sort()));
  for (const [kind, count] of Object.entries(OF_7_3)) {
    it(`are as recorded: ${count} of the kind ${kind}`, () => {
      const folder = new URL(`${kind}/`, FOLDER_7_3);
      const files = readdirSync(folder).sort();
      assert.equal(files.length, count);
      playAll(some(files), folder);
    });
  }

  it("are others where the host's drivers only bind", () => {
    const trace = load("z1-rebound-request_count.jsonl.gz", new URL("differences-7.3-zcrypt/", FOLDER_7_3));
    const lines = trace.lines.map((line) =>
      line.operation.op === "init"
        ? { ...line, operation: { ...line.operation, hostDrivers: "bind-only" as const } }
        : line,
    );
    assert.equal(playTrace(trace).differences.length, 0);
    assert.equal(playTrace({ ...trace, lines }).differences.length, 2);
  });
});

describe("an answer that is not as recorded", () => {
  const trace = load("s01-late-bind.jsonl");

  /** The trace with what one line expects replaced. */
  const altered = (at: TraceLine, expected: Record<string, unknown>): Trace => ({
    ...trace,
    lines: trace.lines.map((line) => (line === at ? { ...line, expected } : line)),
  });

  it("is found in every line, whichever it is, and nowhere else", () => {
    for (const line of trace.lines) {
      const { differences } = playTrace(altered(line, { ...line.expected, r: "EPERM" }));
      assert.deepEqual(
        differences.map((difference) => difference.line.line),
        [line.line],
      );
      assert.deepEqual(differences[0]?.mismatches, [{ member: "r", expected: "EPERM", came: line.expected?.r }]);
    }
  });

  it("is found in every member, whether it is another, missing, or one too many", () => {
    const members = new Set<string>();
    for (const line of trace.lines) {
      for (const [member, value] of Object.entries(line.expected ?? {})) {
        members.add(member);
        const { [member]: _, ...rest } = line.expected ?? {};
        const missing = playTrace(altered(line, rest)).differences;
        assert.deepEqual(
          missing.map(({ mismatches }) => mismatches),
          [[{ member, expected: undefined, came: value }]],
        );
        const other = playTrace(altered(line, { ...line.expected, [member]: "other" })).differences;
        assert.deepEqual(
          other.map(({ mismatches }) => mismatches),
          [[{ member, expected: "other", came: value }]],
        );
      }
      const more = playTrace(altered(line, { ...line.expected, surplus: 1 })).differences;
      assert.deepEqual(
        more.map(({ mismatches }) => mismatches),
        [[{ member: "surplus", expected: 1, came: undefined }]],
      );
    }
    for (const member of ["r", "t", "apcb", "st"])
      assert.ok(members.has(member), `the trace has an answer with ${member}`);
  });

  it("is named with its file, line, member, and both answers", () => {
    const line = trace.lines.find(({ expected }) => expected?.apcb !== undefined);
    assert.ok(line);
    const guest = Object.keys(line.expected?.apcb as object)[0] as string;
    const { differences } = playTrace(altered(line, { ...line.expected, apcb: { [guest]: null } }));
    const sentence = explain("a.jsonl", differences[0] as Difference);
    assert.match(sentence, new RegExp(`^a\\.jsonl:${line.line} \\{"op":`));
    assert.match(sentence, new RegExp(`apcb\\.${guest}: expected null, found \\["0x`));
  });

  it("is no difference where nobody says what to expect", () => {
    const silent = { ...trace, lines: trace.lines.map((line) => ({ ...line, expected: undefined })) };
    assert.deepEqual(playTrace(silent).differences, []);
  });

  it("is to be expected of another kernel", () => {
    const lines = FILES.filter((file) => file.startsWith("s")).flatMap((file) => {
      const { differences } = playTrace({ ...load(file), profile: "linux-5.19" });
      return differences;
    });
    assert.ok(lines.length > 0, "Linux 5.19 has no hot plug: some answers are others");
  });
});
