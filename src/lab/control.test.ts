// What strangers may send to a lab's socket: each line has an answer, and the lab lives on.
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LONGEST_OPERATION } from "../system/ap/limits.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { LabClient, serveLab } from "./control.ts";
import { Lab } from "./lab.ts";

const path = join(freshDirectory(temporaryDirectory()), "s");
const lab = new Lab({
  name: "lab",
  profile: DEFAULT_PROFILE,
  beginning: hostNamed("kernel-doc-guests"),
  journal: undefined,
});
const server = await serveLab(lab, path, { onDown: () => undefined, afterNotices: (then) => then() });
after(() => server.close());

/** What comes back on a connection of its own until the lab or we end it. */
async function answersTo(bytes: string | Buffer): Promise<string> {
  const socket = createConnection(path);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => undefined);
  socket.end(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

async function isAlive(): Promise<boolean> {
  const client = await LabClient.connect(path);
  const answer = await client.ask('{"op":"scan"}');
  client.close();
  return (JSON.parse(answer) as { r?: unknown }).r === 0;
}

describe("a line to a lab", () => {
  const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  for (const shape of [
    '{"op":"write","path":DEEP}',
    '{"op":"write","path":"bus/ap/apmask","value":DEEP}',
    '{"op":"hw","rm_ap":DEEP}',
    '{"op":DEEP}',
    '{"op":"open","guest":DEEP,"mdev":"x"}',
    '{"op":"aqic","guest":"g","q":DEEP}',
    '{"op":"scan","x":DEEP}',
    "DEEP",
  ]) {
    it(`may nest as deeply as it likes: ${shape}`, async () => {
      for (const depth of [65, 5000, 30_000]) {
        assert.match(
          await answersTo(`${shape.replace("DEEP", deep(depth))}\n`),
          /^\{"error":"column \d+: expected at most 64 levels"\}\n$/,
        );
      }
      assert.match(await answersTo(`${shape.replace("DEEP", deep(60))}\n`), /^\{"(?:error|r)":/);
      assert.ok(await isAlive());
    });
  }

  it("may be wide, empty, no JSON, or no text", async () => {
    for (const bytes of [
      `{"op":"hw","rm_ap":[${"0,".repeat(30_000)}0]}\n`,
      `{${Array.from({ length: 8000 }, (_, n) => `"m${n}":0,`).join("")}"op":"scan"}\n`,
      `{"op":"write","path":"${"\\u0000".repeat(10_000)}","value":"x"}\n`,
      "\n\n",
      "\u0000\n",
      Buffer.from([0xff, 0xfe, 0x0a]),
      '{"op":"__proto__"}\n{"op":"constructor"}\n{"__proto__":{"op":"scan"}}\n',
    ]) {
      for (const line of (await answersTo(bytes)).trimEnd().split("\n")) assert.ok(JSON.parse(line));
    }
    assert.ok(await isAlive());
  });

  it("that is too long is answered with the limit, and ends the connection", async () => {
    for (const line of ["x".repeat(LONGEST_OPERATION + 1), `${"[".repeat(10 * LONGEST_OPERATION)}\n{"op":"scan"}\n`]) {
      assert.equal(await answersTo(line), `{"error":"an operation has at most ${LONGEST_OPERATION} bytes"}\n`);
    }
    assert.ok(await isAlive());
  });
});
