// The page of what is only looked at, and the same as lines on stdout.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { isSnapshot, parseHistory } from "../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../history/timeline/stored-host.ts";
import { BUNDLE_DIRECTORY } from "../page/server/bundle.ts";
import { WebError } from "../page/server/web-error.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, stays } from "../testing/support/lab-command.ts";
import { PageClient, urlIn } from "../testing/support/page-client.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { openPageSource, type PageSourceOptions } from "./shown-source.ts";

const parent = temporaryDirectory();
const cannotMount = await mountSkip();
const HOST = hostFile("kernel-doc-guests");
const WEB = ["--web", "127.0.0.1:0"] as const;
const place: CommandOptions = { run: freshDirectory(parent, "run") };
const skip = existsSync(join(BUNDLE_DIRECTORY, "index.html")) ? false : "the page is not built here";
after(killLabs);

function fileOf(name: string, text: string): string {
  const path = join(freshDirectory(parent), name);
  writeFileSync(path, text);
  return path;
}

const serve = (...words: string[]) => stays(["serve", ...words, ...WEB], place, / at http/);
const SCENARIO = `# A queue is taken away
profiles A=linux-6.12
host adapter 01 domain 0002 0003
free adapter 01
unbind 01.0002
`;
const TRACE = '{"trace":"t","format":1}\n{"i":1,"op":"init","aps":[1],"doms":[2]}\n';

function snapshotsIn(lines: readonly string[]) {
  const read = parseHistory(lines.join("\n"));
  assert.ok(read.ok, "a history");
  return read.value.lines.filter(isSnapshot);
}

describe("serve", { skip }, () => {
  it("shows a /sys that changes, and takes no operation", { skip: cannotMount }, async () => {
    const sys = freshDirectory(parent, "sys");
    const lab = await labUp([HOST, "--mount", sys, "--no-timer"], place);
    const server = await serve("--from", sys, "--interval", "0.05");
    assert.match(server.output.stderr, /: kernel linux-7\.3, by its files\n/);
    const page = await PageClient.open(urlIn(server.output.stdout));
    const { kind, canAct, live, profileIsDetected } = page.info;
    assert.deepEqual(
      { kind, canAct, live, profileIsDetected },
      { kind: "host", canAct: false, live: true, profileIsDetected: true },
    );
    const events = await page.events();
    await apmatrix(["lab", "event", "card", "05", "standby"], place);
    await apmatrix(["lab", "event", "scan"], place);
    await events.have(1);
    const [first, second] = snapshotsIn([...(await page.history())]).map(
      ({ snapshot }) => openStoredHost(snapshot).state,
    );
    assert.deepEqual([first?.cardsDeconfigured.ids(), second?.cardsDeconfigured.ids()], [[], [5]]);
    assert.equal((await page.operate({ op: "scan" })).status, 403);
    await lab.stop();
    await server.stop();
  });

  it("shows a trace, a description, and a plan on its host", async () => {
    const trace = await serve("--from", fileOf("t.jsonl", TRACE));
    const shown = await PageClient.open(urlIn(trace.output.stdout));
    assert.deepEqual([shown.info.kind, shown.info.live, (await shown.history()).length], ["file", false, 2]);
    await trace.stop();
    const scenario = await serve("--from", fileOf("s.scenario", SCENARIO));
    const played = await PageClient.open(urlIn(scenario.output.stdout));
    const [header, ...operations] = await played.history();
    assert.deepEqual(
      [played.info.kind, JSON.parse(header ?? "").trace, operations.map((line) => JSON.parse(line).op)],
      ["file", "s", ["init", "write", "write"]],
    );
    await scenario.stop();
    const desired = fileOf(
      "desired.yaml",
      "mdevs:\n  - uuid: 62177883-f1bb-47f0-914d-32a22e3a8804\n    domains: [0x04]\n",
    );
    const plan = join(freshDirectory(parent), "plan.jsonl");
    assert.equal((await apmatrix(["plan", desired, "--from", HOST, "--out", plan], place)).code, 0);
    const planned = await serve("--from", HOST, "--plan", plan);
    const lines = await (await PageClient.open(urlIn(planned.output.stdout))).history();
    assert.deepEqual(snapshotsIn(lines).length, 1);
    assert.ok(lines.length > 2);
    await planned.stop();
  });

  it("refuses what it cannot show", async () => {
    const steps = fileOf("p.jsonl", '{"trace":"plan","format":1}\n{"i":1,"op":"scan"}\n');
    const usual = { from: HOST, interval: "2" };
    const cases: readonly (readonly [options: Partial<PageSourceOptions>, error: RegExp])[] = [
      [{ from: join(parent, "nothing") }, /nothing: no such file/],
      [{ from: parent }, /there is no bus\/ap in it/],
      [{ from: steps }, /name that host with --from, and this with --plan/],
      [{ plan: HOST }, /:1:1: expected/],
      [{ interval: "0" }, /--interval 0: expected seconds/],
      [{ interval: "" }, /--interval : expected seconds/],
      [{ profile: "linux-2.4" }, /unknown profile/],
    ];
    for (const [options, error] of cases) {
      await assert.rejects(openPageSource({ ...usual, ...options }), (thrown: Error) => {
        assert.match(thrown.message, error);
        return !thrown.message.includes("\n") && (thrown instanceof UserError || thrown instanceof WebError);
      });
    }
  });

  it("ends with one line and 1 when it cannot show it, or not there", async () => {
    for (const [words, error] of [
      [["--from", "lab:nobody"], /no lab "nobody" is running/],
      [["--from", HOST, "--web", "nowhere.invalid:1"], /cannot be served at nowhere\.invalid:1: /],
    ] as const) {
      const { code, stdout, stderr } = await apmatrix(["serve", ...words], place);
      assert.deepEqual([code, stdout], [1, ""], words.join(" "));
      assert.match(stderr, error);
      assert.match(stderr, /^apmatrix: [^\n]*\n$/, "one line");
    }
  });
});

describe("watch", () => {
  it("prints a file that does not change, and ends", async () => {
    const { code, stdout } = await apmatrix(["watch", "--from", HOST], place);
    assert.deepEqual([code, snapshotsIn(stdout.split("\n")).length], [0, 1]);
  });

  it("prints a /sys, and each change of it, until it is told to stop", { skip: cannotMount }, async () => {
    const sys = freshDirectory(parent, "sys");
    const lab = await labUp([HOST, "--mount", sys, "--no-timer"], place);
    const watch = await stays(["watch", "--from", sys, "--interval", "0.05"], place, /"snapshot"/);
    await apmatrix(["lab", "event", "card", "06", "standby"], place);
    await apmatrix(["lab", "event", "scan"], place);
    while (watch.output.stdout.split("\n").length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    const { code, stdout } = await watch.stop();
    assert.equal(code, 0);
    const [, last] = snapshotsIn(stdout.split("\n"));
    assert.deepEqual(last && openStoredHost(last.snapshot).state.cardsDeconfigured.ids(), [6]);
    await lab.stop();
  });

  it("prints what a running lab does", async () => {
    const lab = await labUp([HOST, "--no-timer"], place);
    const watch = await stays(["watch", "--from", "lab:"], place, /"open"/);
    await apmatrix(["lab", "event", "scan"], place);
    while (!/"scan"/.test(watch.output.stdout)) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(parseHistory((await watch.stop()).stdout).ok);
    await lab.stop();
  });
});
