// apmatrix history: of journals, whole, in pieces and torn; of traces, scenarios, plans and watched hosts.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const OPERATIONS = [
  '{"op":"init","aps":[4],"doms":[4]}',
  '{"op":"write","path":"bus/ap/apmask","value":"-4\\n"}',
  `{"op":"write","path":"devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create","value":"${UUID}"}`,
  `{"op":"write","path":"devices/vfio_ap/matrix/${UUID}/assign_adapter","value":"4"}`,
  `{"op":"write","path":"devices/vfio_ap/matrix/${UUID}/assign_domain","value":"4"}`,
  `{"op":"open","guest":"pay","mdev":"${UUID}"}`,
  '{"op":"write","path":"bus/ap/drivers/vfio_ap/unbind","value":"04.0004"}',
];
/** Without a newline it is no echo. */
const UNBOUND = "unbind 04.0004";
const HEADER = '{"trace":"lab","format":2,"profile":"linux-7.3","drivers":"zcrypt"}';
const line = (operation: string, i: number): string => `{"i":${i + 1},${operation.slice(1)}`;
const LINES = OPERATIONS.map(line);

const file = (name: string, ...lines: readonly string[]): string => {
  const path = join(freshDirectory(parent), name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
};
const history = (...words: readonly string[]) => apmatrix(["history", ...words], { run: parent });

describe("the history of a journal", () => {
  it("is one line an event, and one a queue that changed hands", async () => {
    const { code, stdout, stderr } = await history(file("journal.jsonl", HEADER, ...LINES));
    assert.deepEqual([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines[0], `m1  ${UUID}`);
    assert.equal(lines[7], "6  start pay m1; guest pay started, gained 04.0004");
    const lost = "guest pay lost 04.0004; zeroized 04.0004 (it left vfio_ap, rule §8 plugged)";
    assert.equal(lines[8], `7  ${UNBOUND}; ${lost}`);
    assert.match(lines.at(-1) ?? "", /^04\.0004: .*assigned to m1 at 5, zeroized at 7, bound to no driver at 7$/);
  });

  it("is that of its directory, of its pieces one after the other, and of one that was torn", async () => {
    const whole = (await history(file("journal.jsonl", HEADER, ...LINES))).stdout;
    const directory = freshDirectory(parent);
    mkdirSync(join(directory, "files"));
    writeFileSync(join(directory, "journal.jsonl"), `${[HEADER, ...LINES].join("\n")}\n`);
    assert.equal((await history(directory)).stdout, whole);
    const [old, fresh] = [
      file("journal.jsonl.1", HEADER, ...LINES.slice(0, 3)),
      file("journal.jsonl", ...LINES.slice(3)),
    ];
    assert.equal((await history(old, fresh)).stdout, whole, "without a header");
    assert.equal((await history(old, file("journal.jsonl", HEADER, ...LINES.slice(3)))).stdout, whole, "with one");
    const torn = file("journal.jsonl", HEADER, ...LINES);
    writeFileSync(torn, `${readFileSync(torn, "utf8")}{"i":8,"op":"sc`);
    const cut = await history(torn);
    assert.equal(cut.stdout, whole);
    assert.equal(cut.stderr, `apmatrix: ${torn}: its last line was not written to its end; it is left out\n`);
  });

  it("needs its beginning, and says so", async () => {
    const { code, stdout, stderr } = await history(file("journal.jsonl", HEADER, ...LINES.slice(3)));
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^apmatrix: [^\n]*journal\.jsonl: its beginning is missing[^\n]*older file before it[^\n]*\n$/,
    );
    const damaged = await history(file("journal.jsonl", HEADER, ...LINES.slice(0, 2), "{", ...LINES.slice(3)));
    assert.match(damaged.stderr, /^apmatrix: [^\n]*journal\.jsonl:4:\d+: expected [^\n]*\n$/);
    const nowhere = await history("nowhere.jsonl");
    assert.deepEqual([nowhere.code, nowhere.stdout], [1, ""]);
  });

  it("is JSON Lines for programs", async () => {
    const { stdout } = await history(file("journal.jsonl", HEADER, ...LINES), "--format", "json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text));
    assert.equal(events.length, 7);
    assert.deepEqual(events[6].zeroized, [{ queue: "04.0004", because: "it left vfio_ap", rule: "§8 plugged" }]);
    assert.deepEqual([events[6].i, events[6].at, events[6].guests[0].lost], [7, null, ["04.0004"]]);
  });
});

describe("the history of other sources", () => {
  it("is that of a scenario, of a host that was watched, and of a plan's run on a host", async () => {
    const scenario = file("a.scenario", "profiles linux-7.3", "host adapter 04 domain 0004", "free adapter 04");
    assert.match((await history(scenario)).stdout, /^2 {2}echo -0x4 > bus\/ap\/apmask/m);
    const watched = await apmatrix(["watch", "--from", hostFile("kernel-doc-guests")], { run: parent });
    const kept = file("watched.jsonl", watched.stdout.trimEnd());
    assert.match((await history(kept)).stdout, /^\S+ {2}the host as it was found$/m);
    const desired = file("want.yaml", "mdevs:", `  - { uuid: ${UUID}, adapters: [5], domains: [4] }`);
    const plan = join(freshDirectory(parent), "plan.jsonl");
    const planned = await apmatrix(["plan", desired, "--from", hostFile("kernel-doc-guests"), "--out", plan], {
      run: parent,
    });
    assert.notEqual(planned.code, 1, planned.stderr);
    const { code, stdout, stderr } = await history(hostFile("kernel-doc-guests"), "--plan", plan);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^1 {2}ap_config m1 .*; guest Guest1 lost .*, rule §5 reset\)$/m);
    assert.match((await history(plan)).stderr, /for a plan the host: apmatrix history HOST --plan /);
  });
});
