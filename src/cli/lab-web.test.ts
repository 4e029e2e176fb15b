// A lab with its page: the mount, the socket and the page are three ways to one host.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { mountAt } from "../lab/fuse/mount.ts";
import { BUNDLE_DIRECTORY } from "../page/server/bundle.ts";
import { Client } from "../testing/support/client.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, stays } from "../testing/support/lab-command.ts";
import { PageClient, urlIn } from "../testing/support/page-client.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { ask } from "../testing/support/web-client.ts";

const parent = temporaryDirectory();
const cannotMount = await mountSkip();
const HOST = hostFile("kernel-doc-guests");
const WEB = ["--web", "127.0.0.1:0"] as const;
const skip = existsSync(join(BUNDLE_DIRECTORY, "index.html")) ? false : "the page is not built here";
const client = new Client();
after(() => {
  client.stop();
  killLabs();
});

const options = (): CommandOptions => ({ run: freshDirectory(parent, "run") });
const TIME = "bus/ap/config_time";
const write = (value: number) => ({ op: "write", path: TIME, value: `${value}\n` });

describe("a lab with a page", { skip }, () => {
  it("shows what is done through the mount and the socket, and does what is done on the page", {
    skip: cannotMount,
  }, async () => {
    const place = options();
    const sys = freshDirectory(parent, "sys");
    const lab = await labUp([HOST, "--mount", sys, ...WEB, "--no-timer"], place);
    const url = urlIn(lab.output.stdout);
    assert.equal(lab.output.stdout, `lab lab page: ${url}\nlab lab ready: ${sys}\n`);
    assert.match((await apmatrix(["lab", "list"], place)).stdout, new RegExp(`  ${new URL("./", url).href}\n$`));
    const page = await PageClient.open(url);
    const { source, kind, canAct, live, profile } = page.info;
    assert.deepEqual(
      { source, kind, canAct, live, profile },
      { source: "lab:lab", kind: "lab", canAct: true, live: true, profile: "linux-7.3" },
    );
    const events = await page.events();

    const { status, answer } = await page.operate(write(41));
    assert.deepEqual([status, answer], [200, { r: 3 }]);
    assert.deepEqual(await client.call({ kind: "read", path: `${sys}/${TIME}` }), { value: "41\n" });
    await client.value({ kind: "write", path: `${sys}/${TIME}`, value: "42" });
    await apmatrix(["lab", "event", JSON.stringify(write(43))], place);
    const lines = (await events.have(3)).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.map(({ op, value, x }) => [op, value, x]),
      [
        ["write", "41\n", { r: 3 }],
        ["write", "42", { r: 2 }],
        ["write", "43\n", { r: 3 }],
      ],
    );
    const history = await page.history();
    assert.deepEqual(history.slice(-3), events.lines);
    const refused = await page.operate({ op: "write", path: "bus/ap/nothing", value: "1" });
    assert.deepEqual(refused, { status: 200, answer: { r: "ENOENT" } });
    for (const bad of ["", "{", "[]", '{"op":"fly"}', '{"op":"write"}', '{"op":"init"}', "down", "follow"]) {
      const { status: code, answer: told } = await page.operate(bad);
      assert.equal(code, 400, bad);
      assert.match(String(told.error), /^(?:column \d+: expected |a running lab)/);
    }
    assert.equal((await lab.stop()).code, 0);
    await events.ended;
  });

  it("shows the whole of a journal that it goes on with", async () => {
    const place = options();
    const journal = freshDirectory(parent, "journal");
    const first = await labUp([HOST, "--journal", journal, "--no-timer"], place);
    await apmatrix(["lab", "event", JSON.stringify(write(44))], place);
    await first.stop();
    const second = await labUp([HOST, "--journal", journal, ...WEB, "--no-timer"], place);
    const page = await PageClient.open(urlIn(second.output.stdout));
    await page.operate(write(45));
    const history = await page.history();
    assert.equal(`${history.join("\n")}\n`, readFileSync(join(journal, "journal.jsonl"), "utf8"));
    assert.match(history.at(-2) ?? "", /44/);
    await second.stop();
  });

  it("does not come up in part: without the address there is no lab, and no mount", async () => {
    const place = options();
    const first = await labUp([HOST, ...WEB], place);
    const { port } = new URL(urlIn(first.output.stdout));
    const sys = freshDirectory(parent, "sys");
    const words = ["lab", "up", HOST, "--name", "two", "--mount", sys, "--web", port];
    const { code, stdout, stderr } = await apmatrix(words, { ...place, ownProcess: false });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^apmatrix: the page cannot be served at 127\.0\.0\.1:\d+: another server has it; .*\n$/);
    assert.equal(mountAt(sys), undefined);
    assert.doesNotMatch((await apmatrix(["lab", "list"], place)).stdout, /two/);
    await first.stop();
  });

  it("has none unless it is asked for, and refuses an address that is none", async () => {
    const place = options();
    const lab = await labUp([HOST], place);
    assert.doesNotMatch(lab.output.stdout, /http/);
    await lab.stop();
    const wrong = await apmatrix(["lab", "up", HOST, "--web", "127.0.0.1:99999"], { ...place, ownProcess: false });
    assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
    assert.match(
      wrong.stderr,
      /^apmatrix: "127\.0\.0\.1:99999" is not an address to serve at: a port is 0\.\.65535, [^\n]*\n$/,
    );
    const open = await labUp([HOST, "--web", "0.0.0.0:0"], place);
    assert.equal(
      open.output.stderr,
      "apmatrix: whoever listens on the way to 0.0.0.0 can see and change this lab: there is no encryption\n",
    );
    await open.stop();
    const toAll = await labUp([HOST, ...WEB, "--web-open"], place);
    assert.match(
      toAll.output.stderr,
      /^apmatrix: whoever reaches 127\.0\.0\.1 can see and change this lab: it was opened/,
    );
    assert.equal((await PageClient.open(urlIn(toAll.output.stdout))).info.kind, "lab");
    await toAll.stop();
    const behind = await labUp(["--web", HOST, "--no-timer"], place);
    assert.match(behind.output.stdout, /^lab lab page: http/);
    await behind.stop();
  });

  it("is seen by whoever has a link, once, and by no other user of the machine", async () => {
    const place = options();
    const lab = await labUp([HOST, ...WEB, "--no-timer"], place);
    const url = urlIn(lab.output.stdout);
    const statusOf = async (path: string, cookie = ""): Promise<number> =>
      (await ask(url, path, { headers: { cookie } })).status;
    const { pathname, port, search } = new URL(url);
    const paths = ["", "api/source", "api/history", "api/events", "index.html", "?key=", "?key=guess"];
    for (const path of [...paths.map((path) => `/${path}`), ...paths.map((path) => pathname + path), `/${search}`]) {
      assert.equal(await statusOf(path, `apmatrix-${port}=guess`), 401, path);
    }
    const operation = { method: "POST", body: '{"op":"scan"}' };
    for (const place of ["/", pathname])
      assert.equal((await ask(url, `${place}api/operations`, operation)).status, 401);
    const page = await PageClient.open(url);
    assert.deepEqual((await page.operate(write(48))).status, 200);
    assert.equal(await statusOf(pathname + search), 401, "used");
    const another = (await apmatrix(["lab", "page"], place)).stdout.trim();
    assert.notEqual(another, url);
    assert.equal((await PageClient.open(another)).info.kind, "lab");
    await lab.stop();
  });

  it("is shown, and driven, from another process as well", async () => {
    const place = options();
    const lab = await labUp([HOST, "--no-timer"], place);
    const server = await stays(["serve", "--from", "lab:", ...WEB], place, / at http/);
    const page = await PageClient.open(urlIn(server.output.stdout));
    assert.deepEqual([page.info.source, page.info.kind, page.info.canAct], ["lab:lab", "lab", true]);
    const events = await page.events();
    assert.deepEqual(await page.operate(write(46)), { status: 200, answer: { r: 3 } });
    await events.have(1);
    for (const bad of ["down", "follow", "lines", "", "{}\n{}"])
      assert.equal((await page.operate(bad)).status, 400, bad);
    await lab.stop();
    await events.ended;
    assert.match(String((await page.operate(write(47))).answer.error), /went away/);
    assert.equal((await server.stop()).code, 0);
  });
});
