// What once went wrong with a FUSE server in Node, each as a test that hung or failed without its remedy: names taken back while a
// lookup waits, an end while somebody waits, error numbers that are none. The server is a process of its own, because it would hang.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "../../testing/support/client.ts";
import type { Call } from "../../testing/support/client-calls.ts";
import { mountSkip } from "../../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";

const SERVER = fileURLToPath(new URL("../../testing/support/awkward-server.js", import.meta.url));
const PATIENCE = 5000;

/** @throws Error it takes too long */
function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} takes too long`)), PATIENCE);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const skip = await mountSkip();

for (const transport of ["epoll", "relay"] as const) {
  describe(`a server, by ${transport}`, { skip }, () => {
    let client: Client;
    let server: ChildProcess;
    let point: string;
    const said: unknown[] = [];
    const parent = temporaryDirectory();
    const call = (made: Call) => within(client.call(made), made.kind);
    const errnoOf = async (made: Call) => {
      const answer = await call(made);
      return "errno" in answer ? answer.errno : "no error";
    };

    const started = async (): Promise<void> => {
      point = freshDirectory(parent, "mount");
      server = fork(SERVER, [point, transport]);
      said.length = 0;
      const ready = new Promise<void>((resolve) => {
        server.on("message", (word) => (word === "ready" ? resolve() : void said.push(word)));
      });
      await within(ready, "mounting");
    };
    const end = (): Promise<number | null> =>
      within(new Promise((resolve) => server.once("exit", (code) => resolve(code))), "the end of the server");

    before(() => {
      client = new Client();
    });
    after(() => {
      client.stop();
      server.kill("SIGKILL");
    });

    it("takes a name back while a lookup in its directory has no answer yet", async () => {
      await started();
      assert.equal(await errnoOf({ kind: "stat", path: `${point}/gone` }), "no error");
      assert.equal(await errnoOf({ kind: "stat", path: `${point}/trigger` }), "no error");
      // A write is answered when the notice has gone through.
      assert.equal(await errnoOf({ kind: "write", path: `${point}/plain`, value: "1" }), "EACCES");
      for (let n = 0; (await errnoOf({ kind: "stat", path: `${point}/gone` })) !== "ENOENT"; n++) {
        assert.ok(n < 1000, "the name is never taken back");
      }
    });

    it("answers EIO where a handler names no error number or throws, and goes on", async () => {
      assert.equal(await errnoOf({ kind: "read", path: `${point}/nan` }), "EIO");
      assert.equal(await errnoOf({ kind: "write", path: `${point}/online`, value: "1" }), "EIO");
      assert.equal(await errnoOf({ kind: "read", path: `${point}/throws` }), "EIO");
      assert.deepEqual(await call({ kind: "read", path: `${point}/plain` }), { value: "1\n" });
      assert.equal(said.length, 3);
      assert.match(String(said[2]), /bug: TypeError: a bug of the handler/);
    });

    it("ends at once when its process exits while a client waits, who gets an error", async () => {
      const waiting = client.start({ kind: "write", path: `${point}/waits`, value: "1" });
      await call({ kind: "read", path: `${point}/plain` });
      const ended = end();
      server.send("exit");
      assert.equal(await ended, 0);
      // With the relay the device is closed when dd has seen that nobody reads what it passes on.
      await client.call({ kind: "read", path: `${point}/plain` });
      assert.match(JSON.stringify(await within(waiting, "the write")), /ECONNABORTED|ENOTCONN/);
      assert.match(await errnoOf({ kind: "list", path: point }), /ENOTCONN|ECONNABORTED/);
    });

    it("ends by itself once it has unmounted, even if a client still waits", async () => {
      await started();
      const waiting = client.start({ kind: "write", path: `${point}/waits`, value: "1" });
      await call({ kind: "read", path: `${point}/plain` });
      const ended = end();
      server.send("leave");
      assert.equal(await ended, 0);
      // On a busy machine it may come so late that there is no such file any more.
      assert.match(JSON.stringify(await within(waiting, "the write")), /ECONNABORTED|ENOTCONN|ENOENT/);
      assert.deepEqual(await call({ kind: "list", path: point }), { value: [] }, "nothing is mounted any more");
    });
  });
}
