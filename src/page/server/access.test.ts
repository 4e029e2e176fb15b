// A page that is seen by whoever has its link, with two of them on one machine: what a browser would send to one of them, and to a
// server of somebody else's, opens neither.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { ask, type WebAnswer } from "../../testing/support/web-client.ts";
import { TOKEN_HEADER } from "../protocol/page-protocol.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import { type PageServer, servePage } from "./page-server.ts";

const serve = (): Promise<PageServer> =>
  servePage({
    source: {
      info: {
        source: "s",
        kind: "lab",
        name: "s",
        profile: null,
        profileIsDetected: false,
        canAct: true,
        live: true,
        warnings: [],
      },
      history: new LinesInMemory('{"trace":"s","format":2}'),
      operate: async () => ({ answer: { r: 0 } }),
      close: () => undefined,
    },
    address: { host: "127.0.0.1", port: 0 },
    bundle: new Map([["", { type: "text/html", body: Buffer.from("page"), tag: '"t"' }]]),
    onBug: (error) => assert.fail(String(error)),
  });

const [one, other] = [await serve(), await serve()];
after(() => {
  one.close();
  other.close();
});

const answerTo = (url: string): Promise<WebAnswer> => ask(url, new URL(url).pathname + new URL(url).search);

/** What a browser that has used a link sends from then on. */
async function cookieOf(server: PageServer): Promise<string> {
  const { headers } = await answerTo(server.link());
  return String(headers["set-cookie"]?.[0]).split(";")[0] as string;
}

describe("a page with a link", () => {
  it("gives a cookie that goes to its own place only, and not to other ports of the machine", async () => {
    const link = new URL(one.link());
    assert.match(link.pathname, /^\/[\w-]{12}\/$/);
    assert.equal(one.url, `${link.origin}${link.pathname}`);
    const { status, headers } = await answerTo(link.href);
    assert.deepEqual([status, headers.location], [303, "./"]);
    // Without a path of its own, a cookie is for the directory of what has set it.
    assert.match(String(headers["set-cookie"]), /^apmatrix-\d+=[\w-]{32}; HttpOnly; SameSite=Strict$/);
  });

  it("is nowhere but in its place, whatever cookie comes", async () => {
    const cookie = await cookieOf(one);
    const place = new URL(one.url).pathname;
    const statusOf = async (path: string): Promise<number> =>
      (await ask(one.url, path, { headers: { cookie } })).status;
    assert.deepEqual([await statusOf(place), await statusOf(`${place}api/source`)], [200, 200]);
    for (const path of ["/", "/api/source", place.slice(0, -1), `/${place}`, `${place.toLowerCase()}x`, "//api/source"])
      assert.equal(await statusOf(path), 401, path);
  });

  it("is not opened by the cookie, the key or the token of another page", async () => {
    const cookie = await cookieOf(other);
    const renamed = cookie.replace(/^apmatrix-\d+/, `apmatrix-${new URL(one.url).port}`);
    const place = new URL(one.url).pathname;
    for (const header of [cookie, renamed, `${renamed}; ${cookie}`]) {
      const { status, body } = await ask(one.url, `${place}api/source`, { headers: { cookie: header } });
      assert.equal(status, 401);
      assert.doesNotMatch(body, /token/);
    }
    const key = new URL(other.link()).search;
    assert.equal((await ask(one.url, place + key)).status, 401);
    const source = await ask(other.url, `${new URL(other.url).pathname}api/source`, { headers: { cookie } });
    const { token } = JSON.parse(source.body) as { token: string };
    const headers = { cookie: await cookieOf(one), "content-type": "application/json", [TOKEN_HEADER]: token };
    const operation = { method: "POST", headers, body: '{"op":"scan"}' };
    assert.equal((await ask(one.url, `${place}api/operations`, operation)).status, 403);
  });
});
