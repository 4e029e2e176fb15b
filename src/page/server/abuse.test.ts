// The page's server with attackers and slow clients: after each of them it answers as before.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, afterEach, describe, it } from "node:test";
import { LONGEST_OPERATION } from "../../system/ap/limits.ts";
import { ask, rawConnection, readEvents, untilClosed } from "../../testing/support/web-client.ts";
import { type SourceInfo, TOKEN_HEADER } from "../protocol/page-protocol.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import { servePage } from "./page-server.ts";

const REQUEST = 400;
const history = new LinesInMemory('{"trace":"s","format":2}');
const bugs: unknown[] = [];
let operations = 0;
const server = await servePage({
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
    history,
    operate: async () => {
      operations++;
      return { answer: { r: 0 } };
    },
    close: () => undefined,
  },
  address: { host: "127.0.0.1", port: 0 },
  bundle: new Map([["", { type: "text/html", body: Buffer.from("page"), tag: '"t"' }]]),
  limits: { request: REQUEST, heartbeat: 50, patience: 300 },
  isOpen: true,
  onBug: (error) => bugs.push(error),
});
const { url } = server;
const { host } = new URL(url);
const { token = "" } = JSON.parse((await ask(url, "/api/source")).body) as SourceInfo;
const ALLOWED = { "content-type": "application/json", [TOKEN_HEADER]: token };

const sockets: Socket[] = [];
async function raw(text = ""): Promise<Socket> {
  const socket = await rawConnection(url);
  socket.on("error", () => undefined);
  sockets.push(socket);
  if (text !== "") socket.write(text);
  return socket;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  assert.equal((await ask(url, "/")).body, "page");
  assert.deepEqual(bugs, []);
});
after(() => server.close());

describe("what is not a request", () => {
  const garbage: Readonly<Record<string, string>> = {
    "bytes of any kind": "\x00\xff\x16\x03\x01 garbage\r\n\r\n",
    "a line without an end": `GET /${"a".repeat(100_000)}`,
    "headers without an end": `GET / HTTP/1.1\r\n${"X-A: b\r\n".repeat(20_000)}`,
    "a header with a line break in it": `GET / HTTP/1.1\r\nHost: ${host}\r\nX: a\rb\r\n\r\n`,
    "two lengths": `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
    "a length and pieces": `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "a piece of no length": `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    "another protocol": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "a tunnel": `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  };
  for (const [name, text] of Object.entries(garbage)) {
    it(`ends the connection: ${name}`, async () => {
      const answered = await untilClosed(await raw(text));
      assert.ok(answered !== undefined, "it is closed");
      assert.doesNotMatch(answered, /^HTTP\/1.1 [25]0/);
    });
  }

  it("may begin well, and never go on", async () => {
    const slow = [await raw("GET / HT"), await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nX`), await raw()];
    const body = await raw(
      `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${TOKEN_HEADER}: ${token}\r\nContent-Length: 100\r\n\r\n{`,
    );
    for (const socket of [...slow, body]) assert.ok((await untilClosed(socket)) !== undefined);
    assert.equal(operations, 0);
  });

  it("may want another protocol, and gets this one", async () => {
    const socket = await raw(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n\r\n`,
    );
    const answered = await new Promise((resolve) => socket.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    assert.match(String(answered), /^HTTP\/1.1 200 /);
  });
});

describe("a body", () => {
  const post = (body: string | Buffer, headers = {}) =>
    ask(url, "/api/operations", { method: "POST", headers: { ...ALLOWED, ...headers }, body });

  it("that is too long is not read to its end", async () => {
    const before = operations;
    assert.equal((await post(" ".repeat(LONGEST_OPERATION + 1))).status, 413);
    const { status } = await post("x".repeat(8_000_000), { "transfer-encoding": "chunked" }).catch(
      // The answer may come before all is sent, and the connection may be closed.
      () => ({ status: 413 }),
    );
    assert.equal(status, 413);
    assert.equal(operations, before);
    assert.equal((await post("{}".padEnd(LONGEST_OPERATION))).status, 200);
  });

  it("that is not text is refused", async () => {
    assert.equal((await post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).status, 400);
  });

  it("whose sender goes away is not an operation", async () => {
    const before = operations;
    for (let n = 0; n < 20; n++) {
      const socket = await raw(
        `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${TOKEN_HEADER}: ${token}\r\nContent-Length: 9\r\n\r\n{"op"`,
      );
      socket.destroy();
    }
    await ask(url, "/");
    assert.equal(operations, before);
  });
});

/** More than what fits into the buffers of a connection. */
function growBy(megabytes: number): void {
  const line = `{"i":1,"x":"${"y".repeat(1 << 16)}"}`;
  for (let n = 0; n < megabytes * 16; n++) history.append(line);
}

describe("a reader of events", () => {
  const EVENTS = `GET /api/events?after=0 HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

  it("that takes nothing is dropped, and costs no memory meanwhile", async () => {
    const socket = await raw(EVENTS);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const before = process.memoryUsage();
    growBy(64);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { heapUsed, external } = process.memoryUsage();
    // The lines themselves are kept in this process as well, once.
    const more = heapUsed + external - before.heapUsed - before.external;
    assert.ok(more < 96 << 20, `${more >> 20} MiB more`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const got = await untilClosed(socket, 5000);
    assert.ok(got !== undefined, "the connection is closed");
    assert.ok(got.length < 48 << 20, "and not everything was sent");
  });

  it("that vanishes leaves nothing behind", async () => {
    const readers = await Promise.all(Array.from({ length: 40 }, () => raw(EVENTS)));
    for (const reader of readers) reader.destroy();
    growBy(1);
    await ask(url, "/");
    // All of them have gone: as many can come again, and again.
    for (let round = 0; round < 3; round++) {
      const more = await Promise.all(Array.from({ length: 40 }, () => readEvents(url, "/api/events?after=999999")));
      assert.ok(more.every(({ status }) => status === 200));
      for (const reader of more) reader.close();
      await Promise.all(more.map(({ ended }) => ended));
    }
  });

  it("is refused if there are too many", async () => {
    const readers = await Promise.all(Array.from({ length: 80 }, () => readEvents(url, "/api/events?after=999999")));
    const statuses = readers.map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 200).length <= 64);
    assert.ok(statuses.includes(503));
    assert.equal((await ask(url, "/api/source")).status, 200);
    for (const reader of readers) reader.close();
    await Promise.all(readers.map(({ ended }) => ended));
  });

  it("asks once on a connection: who asks on before the answer is there has it closed", async () => {
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 3; round++) {
      assert.ok((await untilClosed(await raw(EVENTS.repeat(100)))) !== undefined);
      const history = EVENTS.replace("events", "history");
      assert.ok((await untilClosed(await raw(history.repeat(800)))) !== undefined);
    }
    assert.ok(process.memoryUsage().rss - before < 128 << 20);
    await ask(url, "/");
    const reader = await readEvents(url, "/api/events?after=999999");
    assert.equal(reader.status, 200);
    reader.close();
  });

  it("is kept for as long as it takes what comes, even if nothing does", async () => {
    const reader = await readEvents(url, "/api/events?after=999999");
    await new Promise((resolve) => setTimeout(resolve, 2 * REQUEST));
    history.append('{"i":1000000}');
    assert.equal((await reader.have(1)).at(-1), '{"i":1000000}');
    reader.close();
  });
});

describe("a reader of a long history", () => {
  it("that takes nothing is dropped", async () => {
    const socket = await raw(`GET /api/history HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const got = await untilClosed(socket, 5000);
    assert.ok(got !== undefined && got.length < history.end);
  });
});

describe("many connections", () => {
  it("beyond what is taken are closed, and the others go on", async () => {
    const many = await Promise.all(Array.from({ length: 400 }, () => raw().catch(() => undefined)));
    assert.equal(many.length, 400);
    for (const socket of many) socket?.destroy();
  });
});
