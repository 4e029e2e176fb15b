// Recorded traces played through the mount: every answer that a client of the real kernel was given, a client of the lab is given,
// too. A sample of the random ones; all of them with APMATRIX_ALL_TRACES=1 (npm run test:mount).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Difference } from "../trace/play.ts";
import { parseTrace, type Trace } from "../trace/trace-file.ts";
import { Client } from "../trial/client.ts";
import { MountedReplay } from "../trial/mounted-replay.ts";
import { mountSkip } from "../trial/precondition.ts";
import { temporaryDirectory } from "../trial/temporary.ts";

const FOLDER = new URL("../../conformance/traces/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();
const TOTAL = 437;
const isAll = process.env.APMATRIX_ALL_TRACES === "1";
/** How many of each kind are in the sample: the first ones. */
const SAMPLE = { "r-small-": 8, "r-medium-": 4, "r-fullone-": 1, "mix-": 0 } as const;
const SHOWN = 5;

function load(file: string): Trace {
  const bytes = readFileSync(new URL(file, FOLDER));
  const trace = parseTrace((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  assert.ok(trace.ok, file);
  return trace.value;
}

function explain(file: string, { line, mismatches }: Difference): string {
  const members = mismatches.map(
    ({ member, expected, came }) => `  ${member}: expected ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`,
  );
  return [`${file}:${line.line} ${JSON.stringify(line.operation)}`, ...members].join("\n");
}

const skip = await mountSkip();

describe("a recorded trace, played through the mount", { skip }, () => {
  let client: Client;
  let parent: string;
  before(() => {
    client = new Client();
    parent = temporaryDirectory();
  });
  after(() => client.stop());

  async function playAll(files: readonly string[]): Promise<void> {
    const found: string[] = [];
    for (const file of files) {
      const differences = await MountedReplay.play(load(file), parent, client);
      found.push(...differences.map((difference) => explain(file, difference)));
      if (found.length >= SHOWN) break;
    }
    assert.equal(found.length, 0, found.slice(0, SHOWN).join("\n"));
  }

  const scenarios = FILES.filter((file) => /^s\d\d-/.test(file));
  it("that was written by hand has no difference", () => playAll(scenarios));

  const random = FILES.filter((file) => !scenarios.includes(file));
  if (isAll) {
    it("is one of all that there are", () => assert.equal(FILES.length, TOTAL));
    for (const kind of new Set(random.map((file) => file.split("-").slice(0, 2).join("-")))) {
      it(`of the kind ${kind} has no difference`, () => playAll(random.filter((file) => file.startsWith(`${kind}-`))));
    }
  } else {
    for (const [kind, count] of Object.entries(SAMPLE)) {
      if (count === 0) continue;
      const files = random.filter((file) => file.startsWith(kind)).slice(0, count);
      it(`of the kind ${kind}* has no difference, in a sample of ${count}`, () => {
        assert.equal(files.length, count);
        return playAll(files);
      });
    }
  }
});
