// The recorded traces (conformance/README.md) played through the mount: every answer that a client of the real kernel was given, a
// client of the lab is given, too, by system calls. And the test can tell: an answer that was altered is found.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Difference } from "../system/trace/play.ts";
import { parseTrace, type Trace } from "../system/trace/trace-file.ts";
import { Client } from "../testing/support/client.ts";
import { sample } from "../testing/support/long-form.ts";
import { MountedReplay } from "../testing/support/mounted-replay.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";

const FOLDER = new URL("../../conformance/traces/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();
/** How many of each kind were recorded; a file that is lost must not make the tests greener. */
const KINDS = { s: 47, "r-small-": 250, "r-medium-": 130, "r-full-": 7, "r-fullone-": 2, "mix-": 1 } as const;
const SHOWN = 5;

function load(file: string): Trace {
  const bytes = readFileSync(new URL(file, FOLDER));
  const trace = parseTrace((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  assert.ok(trace.ok, file);
  return trace.value;
}

function explain(file: string, { line, mismatches }: Difference): string {
  const members = mismatches.map(
    ({ member, expected, came }) => `  ${member}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(came)}`,
  );
  return [`${file}:${line.line} ${JSON.stringify(line.operation)}`, ...members].join("\n");
}

describe("a recorded trace, played through the mount", { skip: await mountSkip() }, () => {
  let client: Client;
  let parent: string;
  before(() => {
    client = new Client();
    parent = temporaryDirectory();
  });
  after(() => client.stop());

  const play = (trace: Trace) => MountedReplay.play(trace, parent, client);

  for (const [kind, count] of Object.entries(KINDS)) {
    it(`has no difference: those of the kind ${kind}*`, async () => {
      const files = FILES.filter((file) => file.startsWith(kind));
      assert.equal(files.length, count);
      const found: string[] = [];
      for (const file of sample(files, kind.startsWith("r-") ? 32 : 4)) {
        const differences = await play(load(file));
        found.push(...differences.map((difference) => explain(file, difference)));
        if (found.length >= SHOWN) break;
      }
      assert.equal(found.length, 0, found.slice(0, SHOWN).join("\n"));
    });
  }

  it("is one of all that there are", () => {
    const sum = Object.values(KINDS).reduce((a: number, b) => a + b, 0);
    assert.equal(FILES.length, sum);
  });

  it("has a difference wherever an answer is another one than recorded, in every member", async () => {
    const trace = load("s01-late-bind.jsonl");
    const lines = trace.lines.map((line) => {
      const altered = Object.entries(line.expected ?? {}).map(([member]) => [member, "another"]);
      return { ...line, expected: Object.fromEntries(altered) as Record<string, unknown> };
    });
    const differences = await play({ ...trace, lines });
    assert.deepEqual(
      differences.map(({ line, mismatches }) => [line.line, mismatches.map(({ member }) => member)]),
      trace.lines.map(({ line, expected }) => [line, Object.keys(expected ?? {}).sort()]),
    );
  });
});
