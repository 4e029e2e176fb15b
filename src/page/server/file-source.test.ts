// Traces and plans as what a page shows.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSnapshot, parseHistory } from "../../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../../history/timeline/stored-host.ts";
import { must } from "../../system/ap/assert.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { smallHost } from "../../testing/soak/small-host.ts";
import { fileSource, planSource } from "./file-source.ts";
import type { PageSource } from "./page-source.ts";
import { WebError } from "./web-error.ts";

const textOf = ({ history }: PageSource): string =>
  history.header.toString() + history.read(history.start, history.end).toString();

const TRACE = '{"trace":"t","format":1,"desc":"d"}\n{"i":1,"op":"init","aps":[1],"doms":[2]}\n{"i":2,"op":"scan"}\n\n';
const PLAN =
  '{"trace":"plan","format":1,"profile":"linux-7.3"}\n{"i":1,"op":"write","path":"bus/ap/config_time","value":"60","x":{"r":2}}\n';
const { host } = smallHost();
const LOOK = { host, warnings: ["the weather"] };

describe("a trace", () => {
  it("is shown as it is, with the kernel that it is of", () => {
    const source = fileSource({ file: "t.jsonl", text: TRACE }, undefined);
    const lines = textOf(source).split("\n");
    assert.deepEqual(JSON.parse(must(lines[0])), { trace: "t", format: 1, desc: "d", profile: "linux-6.12" });
    assert.deepEqual(lines.slice(1), TRACE.split("\n").slice(1, 3).concat(""));
    const { name, kind, profile, canAct, live } = source.info;
    assert.deepEqual(
      { name, kind, profile, canAct, live },
      { name: "t", kind: "file", profile: "linux-6.12", canAct: false, live: false },
    );
  });

  it("is shown under another kernel if that is asked for", () => {
    const source = fileSource({ file: "t.jsonl", text: TRACE }, profileNamed("linux-6.0"));
    assert.equal(source.info.profile, "linux-6.0");
    assert.match(textOf(source), /^[^\n]*"profile":"linux-6.0"/);
  });

  const wrong: Readonly<Record<string, readonly [text: string, error: RegExp]>> = {
    "it is empty": ["", /^t:1:1: expected a/],
    "it holds nothing": ['{"trace":"t","format":1}', /^t:2:1: expected the operation "init"/],
    "a line is damaged": [TRACE.replace('"scan"}', ""), /^t:3:\d+: expected/],
    "it is the steps of a plan": [PLAN, /^t: .* --from, and this with --plan$/],
  };
  for (const [why, [text, error]] of Object.entries(wrong)) {
    it(`is refused in one line: ${why}`, () => {
      assert.throws(
        () => fileSource({ file: "t", text }, undefined),
        (thrown) => thrown instanceof WebError && error.test(thrown.message),
      );
    });
  }
});

describe("a plan", () => {
  it("is shown after the host that it starts from", () => {
    const read = parseHistory(textOf(planSource("host", LOOK, { file: "p", text: PLAN })));
    assert.ok(read.ok);
    const [first, second] = read.value.lines;
    assert.ok(first && isSnapshot(first) && second && !isSnapshot(second));
    assert.ok(sameState(openStoredHost(first.snapshot).state.words, host.state.words));
    assert.deepEqual([first.i, first.unknown, second.i, second.operation.op], [0, ["the weather"], 1, "write"]);
  });

  it("is refused on a host of another kernel, and if it is not a plan", () => {
    const other = PLAN.replace("linux-7.3", "linux-6.0");
    assert.throws(
      () => planSource("host", LOOK, { file: "p", text: other }),
      /is a plan for linux-6.0, but host is linux-7.3/,
    );
    assert.throws(() => planSource("host", LOOK, { file: "p", text: TRACE }), /holds no steps of a plan/);
    assert.throws(() => planSource("host", LOOK, { file: "p", text: "{}" }), /p:1:1: expected/);
  });
});
