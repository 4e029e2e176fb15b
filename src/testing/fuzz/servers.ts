// What anybody may send to a running lab: lines by its socket, requests by its page. After each the lab answers as before.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ControlServer, serveLab } from "../../lab/control.ts";
import { Lab } from "../../lab/lab.ts";
import { labPageSource } from "../../page/server/lab-page-source.ts";
import { type PageServer, servePage } from "../../page/server/page-server.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { hostNamed } from "../support/hosts.ts";
import { nearly, wordsOf } from "./mutations.ts";
import { TRACES } from "./seeds.ts";
import type { Target } from "./target.ts";

const LINES = [
  ...new Set(TRACES.flatMap((trace) => trace.split("\n").slice(1)).filter((line) => line !== "" && line.length < 1000)),
];
const FURTHER = [
  '{"op":"state"}',
  '{"op":"read","path":"bus/ap/apmask"}',
  '{"op":"ls","path":"bus/ap"}',
  "lines",
  "page",
];
const lines = fc.array(nearly({ seeds: [...LINES, ...FURTHER], words: wordsOf(LINES) }), {
  minLength: 1,
  maxLength: 40,
  size: "max",
});

/** Inputs after which another lab comes: its history is kept. */
const LIFETIME = 2000;
const PATIENCE = 20_000;

/** A lab with its socket and its page. */
class Served {
  readonly #directory = mkdtempSync(join(tmpdir(), "apmatrix-fuzz-"));
  readonly path = join(this.#directory, "s");
  readonly lab = new Lab({
    name: "fuzz",
    profile: DEFAULT_PROFILE,
    beginning: hostNamed("kernel-doc-guests"),
    journal: undefined,
  });
  readonly bugs: unknown[] = [];
  page: PageServer | undefined;
  uses = 0;
  #control: ControlServer | undefined;

  static async start(): Promise<Served> {
    const served = new Served();
    const afterNotices = (then: () => void): void => then();
    served.#control = await serveLab(served.lab, served.path, { onDown: () => undefined, afterNotices });
    served.page = await servePage({
      source: labPageSource({ lab: served.lab, afterNotices }),
      address: { host: "127.0.0.1", port: 0 },
      isOpen: true,
      onBug: (error) => served.bugs.push(error),
    });
    return served;
  }

  stop(): void {
    this.page?.close();
    this.#control?.close();
    this.lab.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

let current: Served | undefined;

async function served(): Promise<Served> {
  if (current && ++current.uses > LIFETIME) {
    current.stop();
    current = undefined;
  }
  current ??= await Served.start();
  return current;
}

/** All that comes by a connection after something was sent there, until it ends or enough has come. */
function exchange(socket: Socket, sent: Buffer, isEnough: (came: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let came = "";
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${PATIENCE} ms; ${came.length} bytes came`)),
      PATIENCE,
    );
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(came);
    };
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      came += chunk;
      if (isEnough(came)) end();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(sent);
  });
}

const CONTROL: Target<readonly string[]> = {
  name: "line by a lab's socket",
  share: 16,
  inputs: lines,
  count: (sent) => sent.length,
  async check(sent) {
    const { path } = await served();
    const one = sent
      .map((line) => line.replaceAll("\n", " "))
      .filter((line) => !["follow", "down"].includes(line.trim()));
    const came = await exchange(
      connect(path),
      Buffer.from(`${one.join("\n")}\nlines\n`),
      (text) => text.split("\n").length > one.length + 1,
    );
    const answers = came.trimEnd().split("\n");
    assert.equal(answers.length, one.length + 1);
    for (const answer of answers) {
      const { error } = JSON.parse(answer) as { readonly error?: string };
      assert.doesNotMatch(
        error ?? "",
        /Cannot read|is not a function|is not iterable|undefined|call stack|Invalid array|out of range/,
      );
    }
  },
  show: (sent) =>
    sent
      .map((line) => JSON.stringify(line))
      .join("\n")
      .slice(0, 6000),
};

const REQUESTS = [
  "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "GET /api/source HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
  "GET /api/history HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n",
  "GET /api/history?from=3&x=%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: a=b; c\r\n\r\n",
  'HEAD /index.html?key=abc HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nIf-None-Match: "x"\r\n\r\n',
  'POST /api/operations HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Type: application/json\r\nX-Apmatrix-Token: TOKEN\r\nContent-Length: 13\r\n\r\n{"op":"scan"}',
  'POST /api/operations HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://evil\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"op":"scan"}\r\n0\r\n\r\n',
];

const WEB: Target<string> = {
  name: "request to the page",
  share: 2,
  inputs: nearly({ seeds: REQUESTS, words: wordsOf(REQUESTS) }),
  async check(text) {
    const { page, bugs } = await served();
    const url = new URL(page?.url ?? "");
    // Half closed: what has no end is not waited for.
    const socket = connect({ port: Number(url.port), host: url.hostname });
    const sent = text.replaceAll("HOST", url.host).replaceAll("/api/events", "/api/event");
    const answered = exchange(socket, Buffer.from(sent, "latin1"), () => false);
    socket.end();
    assert.doesNotMatch(await answered, /^HTTP\/1.1 5(?!03)/);
    if (bugs.length > 0) throw bugs.pop();
  },
  show: (text) => JSON.stringify(text),
  end: () => {
    current?.stop();
    current = undefined;
  },
};

export const SERVERS: readonly (Target<readonly string[]> | Target<string>)[] = [CONTROL, WEB];
