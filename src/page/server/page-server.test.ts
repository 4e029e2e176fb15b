// The page's server as a browser sees it.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { ask, readEvents } from "../../testing/support/web-client.ts";
import { API, type SourceInfo, TOKEN_HEADER } from "../protocol/page-protocol.ts";
import { readBundle } from "./bundle.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import { servePage } from "./page-server.ts";
import { WebError } from "./web-error.ts";

const parent = temporaryDirectory();

/** A small page: a document, a script below a directory, and what must not be served. */
function smallBundle() {
  const directory = freshDirectory(parent, "bundle");
  const secret = freshDirectory(parent, "secret");
  writeFileSync(join(secret, "secret.txt"), "secret");
  writeFileSync(join(directory, "index.html"), "<!doctype html><title>small</title>");
  writeFileSync(join(directory, ".stamp"), "secret");
  mkdirSync(join(directory, "parts"));
  writeFileSync(join(directory, "parts", "a.js"), "void 0;");
  symlinkSync(join(secret, "secret.txt"), join(directory, "link.txt"));
  symlinkSync(secret, join(directory, "linked"));
  return readBundle(directory);
}
const bundle = smallBundle();

const INFO = {
  source: "s",
  kind: "lab",
  name: "s",
  profile: "linux-7.3",
  profileIsDetected: false,
  canAct: true,
  live: true,
  warnings: [],
} as const;

const history = new LinesInMemory('{"trace":"s","format":2}');
const done: string[] = [];
const bugs: unknown[] = [];
const server = await servePage({
  source: {
    info: INFO,
    history,
    operate: async (line) => {
      if (line === "bug") throw new Error("ours");
      done.push(line);
      return line.startsWith("{") ? { answer: { r: 0 } } : { error: "column 1: expected a JSON object on one line" };
    },
    close: () => undefined,
  },
  address: { host: "127.0.0.1", port: 0 },
  allowedHosts: ["proxy.example"],
  bundle,
  isOpen: true,
  onBug: (error) => bugs.push(error),
});
const { url } = server;
after(() => {
  server.close();
  assert.deepEqual(bugs, []);
});

const lineOf = (i: number): string => `{"i":${i},"op":"scan","x":{"r":0}}`;
const token = (JSON.parse((await ask(url, "/api/source")).body) as SourceInfo).token as string;
const JSON_TYPE = { "content-type": "application/json" };
const ALLOWED = { ...JSON_TYPE, [TOKEN_HEADER]: token };

describe("the page's files", () => {
  it("are served with their types, and headers that let nothing else in", async () => {
    const document = await ask(url, "/");
    assert.equal(document.status, 200);
    assert.match(document.body, /small/);
    assert.equal(document.headers["content-type"], "text/html; charset=utf-8");
    assert.match(String(document.headers["content-security-policy"]), /^default-src 'self';/);
    assert.doesNotMatch(String(document.headers["content-security-policy"]), /unsafe/);
    assert.equal(document.headers["x-content-type-options"], "nosniff");
    assert.equal(document.headers["referrer-policy"], "no-referrer");
    assert.equal(document.headers["access-control-allow-origin"], undefined);
    const script = await ask(url, "/parts/a.js?v=1");
    assert.deepEqual([script.status, script.body], [200, "void 0;"]);
    assert.equal(script.headers["content-type"], "text/javascript; charset=utf-8");
  });

  it("are not sent again to a browser that has them", async () => {
    const { etag = "" } = (await ask(url, "/index.html")).headers;
    const again = await ask(url, "/", { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, again.body], [304, ""]);
  });

  it("have only headers for HEAD, and take no other methods", async () => {
    const head = await ask(url, "/", { method: "HEAD" });
    const get = await ask(url, "/");
    assert.deepEqual(
      [head.status, head.body, head.headers["content-length"]],
      [200, "", get.headers["content-length"]],
    );
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await ask(url, "/", { method, body: method === "POST" ? "x" : "" });
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    }
  });

  it("are all that is served: no address leads elsewhere", async () => {
    const addresses = [
      "/nothing",
      "/.stamp",
      "/link.txt",
      "/linked/secret.txt",
      "/parts",
      "/parts/",
      "/parts/../index.html",
      "/../secret/secret.txt",
      "/../../../../../../../../etc/passwd",
      "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
      "/..%2f..%2f..%2fetc%2fpasswd",
      "/%252e%252e/etc/passwd",
      "/index.html%00.js",
      "/..\\..\\etc\\passwd",
      "//etc/passwd",
      "/./index.html",
      "/index.html/",
      "/INDEX.HTML",
      "/__proto__",
      "/constructor",
      "/api",
      "/api/",
      "/api/source/",
      "/api/%73ource",
    ];
    for (const path of addresses) {
      const { status, body } = await ask(url, path);
      assert.equal(status, 404, path);
      assert.deepEqual(JSON.parse(body), { error: "there is nothing at this address" });
    }
    assert.equal((await ask(url, "http://other.example/index.html")).status, 400);
    assert.equal((await ask(url, "*", { method: "OPTIONS" })).status, 400);
  });

  it("are reported in a sentence if they were not built", () => {
    const empty = freshDirectory(parent, "empty");
    assert.throws(() => readBundle(empty), WebError);
    assert.throws(() => readBundle(join(empty, "nothing")), /npm run build/);
    assert.deepEqual(readdirSync(empty), []);
  });
});

describe("the interface", () => {
  it("tells what is shown", async () => {
    const { status, headers, body } = await ask(url, "/api/source");
    assert.deepEqual(
      [status, headers["content-type"], headers["cache-control"]],
      [200, "application/json", "no-store"],
    );
    assert.deepEqual(JSON.parse(body), { ...INFO, token });
    assert.match(token, /^[\w-]{32}$/);
  });

  it("tells the history so far, and then each line as it comes", async () => {
    history.append(lineOf(1));
    history.append(lineOf(2));
    const so = await ask(url, "/api/history");
    assert.equal(so.body, `{"trace":"s","format":2}\n${lineOf(1)}\n${lineOf(2)}\n`);
    const reader = await readEvents(url, `/${API.events}?after=1`);
    assert.deepEqual(await reader.have(1), [lineOf(2)]);
    history.append(lineOf(3));
    history.append(lineOf(4));
    assert.deepEqual(await reader.have(3), [lineOf(2), lineOf(3), lineOf(4)]);
    assert.deepEqual(reader.ids, ["2", "3", "4"]);
    const back = await readEvents(url, `/${API.events}?after=1`, { "last-event-id": "3" });
    assert.deepEqual(await back.have(1), [lineOf(4)], "where it left off, not where it first began");
    reader.close();
    back.close();
  });

  it("tells a long history whole and in order, to readers who begin anywhere in it", async () => {
    const count = 20_000;
    const whole = (await ask(url, "/api/history")).body.trimEnd().split("\n").slice(1);
    const first = whole.length + 1;
    const early = await readEvents(url, `/${API.events}?after=${first - 1}`);
    for (let i = first; i < first + count; i++) {
      history.append(lineOf(i));
      whole.push(lineOf(i));
    }
    assert.deepEqual(await early.have(count), whole.slice(first - 1));
    const late = await readEvents(url, `/${API.events}?after=${first + 9_999}`);
    assert.deepEqual(await late.have(count - 10_000), whole.slice(first + 9_999));
    assert.equal((await ask(url, "/api/history")).body, `{"trace":"s","format":2}\n${whole.join("\n")}\n`);
    early.close();
    late.close();
  });

  it("wants the number of a line to go on from", async () => {
    for (const after of ["x", "-1", "1e3", "9".repeat(30)]) {
      assert.equal((await ask(url, `/api/events?after=${after}`)).status, 400, after);
    }
  });

  it("passes operations on, and says what is wrong with others", async () => {
    const good = await ask(url, "/api/operations", { method: "POST", headers: ALLOWED, body: '{"op":"scan"}' });
    assert.deepEqual([good.status, JSON.parse(good.body)], [200, { r: 0 }]);
    assert.equal(done.at(-1), '{"op":"scan"}');
    const bad = await ask(url, "/api/operations", { method: "POST", headers: ALLOWED, body: "scan" });
    assert.deepEqual(
      [bad.status, JSON.parse(bad.body)],
      [400, { error: "column 1: expected a JSON object on one line" }],
    );
    const get = await ask(url, "/api/operations");
    assert.deepEqual([get.status, get.headers.allow], [405, "POST"]);
  });

  it("answers when something of ours is wrong, and tells us", async () => {
    const { status } = await ask(url, "/api/operations", { method: "POST", headers: ALLOWED, body: "bug" });
    assert.equal(status, 500);
    assert.deepEqual(bugs.splice(0).map(String), ["Error: ours"]);
  });
});

describe("a change", () => {
  const change = (headers: Readonly<Record<string, string>>) =>
    ask(url, "/api/operations", { method: "POST", headers, body: '{"op":"scan"}' });
  const before = () => done.length;

  it("needs the token", async () => {
    const count = before();
    for (const wrong of ["", "x", token.slice(1), `${token}x`, "é".repeat(16)]) {
      assert.equal((await change({ ...JSON_TYPE, [TOKEN_HEADER]: encodeURI(wrong) })).status, 403);
    }
    assert.equal((await change(JSON_TYPE)).status, 403);
    assert.equal(before(), count);
  });

  it("needs a type that forms cannot have", async () => {
    const count = before();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]) {
      assert.equal((await change({ ...ALLOWED, "content-type": type })).status, 415, type);
    }
    assert.equal(before(), count);
  });

  it("comes from the page itself, or from a proxy that was named", async () => {
    const count = before();
    const { host } = new URL(url);
    for (const origin of [
      "http://evil.example",
      "null",
      "file://",
      "http://localhost:1",
      `http://${host}.evil.example`,
      "http://127.0.0.1",
      `http://${host}/x`,
    ]) {
      assert.equal((await change({ ...ALLOWED, origin })).status, 403, origin);
    }
    for (const site of ["cross-site", "same-site"]) {
      const headers = { "sec-fetch-site": site, "sec-fetch-mode": "cors" };
      assert.equal((await change({ ...ALLOWED, ...headers })).status, 403, site);
      assert.equal((await ask(url, "/api/source", { headers })).status, 403, site);
    }
    assert.equal(before(), count);
    for (const origin of [`http://${host}`, "https://proxy.example"]) {
      assert.equal((await change({ ...ALLOWED, origin })).status, 200, origin);
    }
  });

  it("and every other request names us: a stranger's name that leads here is refused", async () => {
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example"]) {
      for (const path of ["/", "/api/source", "/api/history", "/api/events"]) {
        const { status, body } = await ask(url, path, { headers: { host } });
        assert.equal(status, 421, path);
        assert.doesNotMatch(body, new RegExp(token));
      }
    }
    assert.equal((await ask(url, "/api/source", { headers: { host: "proxy.example" } })).status, 200);
  });
});

describe("a source that is only shown", () => {
  it("takes no operation", async () => {
    const source = { info: { ...INFO, canAct: false }, history, close: () => undefined };
    const shown = await servePage({
      source,
      address: { host: "127.0.0.1", port: 0 },
      bundle,
      isOpen: true,
      onBug: (error: unknown) => bugs.push(error),
    });
    const { token: other = "" } = JSON.parse((await ask(shown.url, "/api/source")).body) as SourceInfo;
    const headers = { ...JSON_TYPE, [TOKEN_HEADER]: other };
    assert.equal((await ask(shown.url, "/api/operations", { method: "POST", headers, body: "{}" })).status, 403);
    assert.notEqual(other, token);
    shown.close();
  });
});

describe("the address", () => {
  it("is refused in one line when another server has it", async () => {
    const port = Number(new URL(url).port);
    const again = servePage({
      source: { info: INFO, history, close: () => undefined },
      address: { host: "127.0.0.1", port },
      bundle,
      isOpen: true,
      onBug: (error: unknown) => bugs.push(error),
    });
    await assert.rejects(again, /cannot be served at 127\.0\.0\.1:\d+: another server has it; choose another/);
  });

  it("is another one where nobody asked for a certain one", async () => {
    const options = {
      source: { info: INFO, history, close: () => undefined },
      bundle,
      isOpen: true,
      onBug: (error: unknown) => bugs.push(error),
    } as const;
    const address = { host: "127.0.0.1", port: undefined };
    const [one, two] = [await servePage({ ...options, address }), await servePage({ ...options, address })];
    assert.notEqual(one.url, two.url);
    assert.equal((await ask(two.url, "/")).status, 200);
    one.close();
    two.close();
  });
});
