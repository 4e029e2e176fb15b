// The limits of docs/security.md, of every reader of texts that there is: a table that a new one cannot be forgotten in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePlanFile } from "../answers/apply/plan-file.ts";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { parseDesired } from "../formats/desired/desired-file.ts";
import { detectAndImport } from "../formats/listing/detect-import.ts";
import { parseLszcrypt } from "../formats/listing/lszcrypt.ts";
import { parseMaskListing } from "../formats/listing/mask-listing.ts";
import { parseMatrixListing } from "../formats/listing/matrix-listing.ts";
import { readYaml } from "../formats/reading/yaml-source.ts";
import { parseCexResources } from "../formats/tools/cex-resources.ts";
import { parseChzdev } from "../formats/tools/chzdev-text.ts";
import { parseLibvirtXml, parseLibvirtXmls } from "../formats/tools/libvirt-xml.ts";
import { parseMdevctl } from "../formats/tools/mdevctl-json.ts";
import { parseTraceSteps } from "../formats/tools/trace-steps.ts";
import { parseUdevRules } from "../formats/tools/udev-rules.ts";
import { parseZdevMasks } from "../formats/tools/zdev-masks.ts";
import { parseScenario } from "../history/scenario/parse-scenario.ts";
import { parseHistory } from "../history/timeline/snapshot-line.ts";
import { DEEPEST, LONGEST_LINE, MOST_MEMBERS } from "../system/ap/limits.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import { production } from "./support/source-trees.ts";

const HEADER = '{"trace":"x","format":2,"profile":"linux-7.3"}\n';
const PLAN = '{"trace":"plan","profile":"linux-7.3","start":{},"steps":1}\n';
const deepJson = `${'{"a":'.repeat(DEEPEST + 1)}1${"}".repeat(DEEPEST + 1)}`;
const wideJson = `[${"1,".repeat(MOST_MEMBERS)}1]`;
const longLine = "x".repeat(LONGEST_LINE + 1);

/** Texts just beyond a limit, and what is said of it. */
const BEYOND = {
  json: [
    [deepJson, /at most 64 levels/],
    [wideJson, /at most 131072 members/],
  ],
  "json lines": [
    [`${HEADER}${deepJson}\n`, /at most 64 levels/],
    [`${HEADER}{"a":${wideJson}}\n`, /at most 131072 members/],
  ],
  yaml: [
    [`a: ${"[".repeat(4000)}${"]".repeat(4000)}\n`, /nested too deeply|indentation/],
    [`a:\n${"- 1\n".repeat(MOST_MEMBERS)}`, /at most 131072 members/],
  ],
  xml: [
    [`<device>${"<a>".repeat(DEEPEST)}${"</a>".repeat(DEEPEST)}</device>`, /at most 64 levels/],
    [`<device>${"<a/>".repeat(MOST_MEMBERS)}</device>`, /at most 131072 members/],
  ],
  lines: [[longLine, /at most 65536 characters in a line/]],
} as const;

const FILE = "file";
type Read = (text: string) => { readonly ok: boolean; readonly error?: unknown };

const READERS: Readonly<Record<string, readonly [kind: keyof typeof BEYOND, read: Read]>> = {
  parseMdevctl: ["json", parseMdevctl],
  parseCexResources: ["json", parseCexResources],
  parseTrace: ["json lines", (text) => parseTrace(text, "any")],
  parseTraceSteps: ["json lines", parseTraceSteps],
  parsePlanFile: ["json lines", (text) => parsePlanFile(text.replace(HEADER, PLAN))],
  parseHistory: ["json lines", parseHistory],
  readYaml: ["yaml", (text) => readYaml(text, FILE)],
  parseHostDescription: ["yaml", (text) => parseHostDescription(text, FILE)],
  parseDesired: ["yaml", (text) => parseDesired(text, FILE)],
  parseLibvirtXml: ["xml", (text) => parseLibvirtXml(text, FILE)],
  parseLibvirtXmls: ["xml", (text) => parseLibvirtXmls(text, FILE)],
  parseScenario: ["lines", parseScenario],
  parseUdevRules: ["lines", parseUdevRules],
  parseChzdev: ["lines", parseChzdev],
  parseZdevMasks: ["lines", parseZdevMasks],
  parseLszcrypt: ["lines", (text) => parseLszcrypt(text, FILE)],
  parseMaskListing: ["lines", (text) => parseMaskListing(text, FILE)],
  parseMatrixListing: ["lines", (text) => parseMatrixListing(text, FILE)],
};

/** What else takes a text and is named as a reader is. */
const OTHERS: Readonly<Record<string, string>> = {
  detectAndImport: "asks the readers above",
  readJson: "the part of parseMdevctl that reads JSON",
  parseLine: "one line of parseTrace",
  readUdevLines: "the part of parseUdevRules that parts rules into pairs",
  readTypeName: "one word",
  readQueue: "one word",
  readNumber: "one word",
  readRange: "one word",
  readMask: "one word",
  readConsoleLine: "one line that a user has typed on the page",
};

describe("a reader of texts", () => {
  for (const [name, [kind, read]] of Object.entries(READERS)) {
    it(`refuses what is beyond the limits: ${name}`, () => {
      for (const [text, says] of BEYOND[kind]) {
        const { ok, error } = read(text);
        assert.equal(ok, false);
        assert.match(JSON.stringify(error), says);
      }
    });
  }

  it("does not take long for a line of which nobody knows what it is", () => {
    const start = performance.now();
    assert.equal(detectAndImport("> ".repeat(5_000_000), FILE).ok, false);
    assert.ok(performance.now() - start < 10_000);
  });

  it("has its row in this table", () => {
    const named =
      /^export (?:async )?(?:function|const) ((?:parse|read|detectAnd)[A-Z]\w*)(?:<[^(]*>)?(?: = )?\(text: string/gm;
    const found = production
      .filter(({ path }) => /^(?:formats|history|answers|system\/trace|sources)\//.test(path))
      .flatMap(({ text }) => [...text.matchAll(named)].map(([, name]) => name as string));
    assert.deepEqual([...new Set(found)].sort(), [...Object.keys(READERS), ...Object.keys(OTHERS)].sort());
  });
});
