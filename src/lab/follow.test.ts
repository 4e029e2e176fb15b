// A lab that is followed: all of its past and everything that comes, for readers that are slow or stop reading as well.
import assert from "node:assert/strict";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { mismatches } from "../system/trace/compare.ts";
import { Player } from "../system/trace/player.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { type ControlServer, FOLLOW, LabClient, LINES, serveLab } from "./control.ts";
import { followLab } from "./follow.ts";
import { Lab } from "./lab.ts";

const BASE = temporaryDirectory();
const BEGINNING = hostNamed("kernel-doc-guests");
const servers: ControlServer[] = [];
const sockets: Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

async function servedLab(journal?: string): Promise<{ readonly lab: Lab; readonly path: string }> {
  const lab = new Lab({ name: "lab", profile: DEFAULT_PROFILE, beginning: BEGINNING, journal });
  const path = join(freshDirectory(BASE), "s");
  servers.push(await serveLab(lab, path, { onDown: () => undefined, afterNotices: (then) => then() }));
  return { lab, path };
}

class Follower {
  readonly socket: Socket;
  text = "";

  constructor(path: string) {
    this.socket = createConnection(path);
    sockets.push(this.socket);
    this.socket.setEncoding("utf8");
    this.socket.on("data", (chunk: string) => {
      this.text += chunk;
    });
    this.socket.write(`${FOLLOW}\n`);
  }

  async lines(count: number): Promise<readonly string[]> {
    for (let tries = 0; tries < 500; tries++) {
      const lines = this.text.split("\n").slice(0, -1);
      if (lines.length >= count) return lines;
      await pause(10);
    }
    return assert.fail(`only ${this.text.split("\n").length - 1} of ${count} lines came`);
  }
}

const change = (lab: Lab, seconds: number): unknown =>
  lab.apply({ op: "write", path: "bus/ap/config_time", value: `${seconds}\n` });

describe("a lab that is followed", () => {
  for (const kind of ["without a journal", "with one"]) {
    it(`tells its trace so far and goes on, ${kind}`, async () => {
      const { lab, path } = await servedLab(kind === "with one" ? freshDirectory(BASE) : undefined);
      change(lab, 20);
      const follower = new Follower(path);
      await follower.lines(BEGINNING.length + 2);
      change(lab, 21);
      lab.apply({ op: "read", path: "bus/ap/config_time" });
      lab.apply({
        op: "hw",
        apm: undefined,
        aqm: undefined,
        adm: undefined,
        rmAp: [5],
        rmDom: [],
        rmCd: [],
        addAp: [],
        addDom: [],
        addCd: [],
      });
      lab.apply({ op: "scan", part: "all" });
      const lines = await follower.lines(BEGINNING.length + 5);
      assert.equal(lines.length, lab.recording.lines);

      const trace = parseTrace(lines.join("\n"));
      assert.ok(trace.ok);
      assert.equal(trace.value.profile, DEFAULT_PROFILE.name);
      const player = new Player(DEFAULT_PROFILE);
      for (const { operation, i, expected } of trace.value.lines) {
        const answer = player.apply(operation, i) as unknown as Record<string, unknown>;
        assert.deepEqual(mismatches(expected ?? {}, answer), []);
      }
      assert.deepEqual(player.host.state.words, lab.player.host.state.words);
      lab.close();
    });
  }

  it("tells a lab that goes on from its journal from the beginning", async () => {
    const journal = freshDirectory(BASE);
    const first = new Lab({ name: "lab", profile: DEFAULT_PROFILE, beginning: BEGINNING, journal });
    change(first, 25);
    first.close();
    const { lab, path } = await servedLab(journal);
    change(lab, 26);
    const lines = await new Follower(path).lines(BEGINNING.length + 3);
    assert.deepEqual([lines.length, lab.recording.lines], [BEGINNING.length + 3, BEGINNING.length + 3]);
    assert.ok(lines.at(-2)?.includes('"25\\n"') && lines.at(-1)?.includes('"26\\n"'));
    lab.close();
  });

  it("keeps next to nothing for a reader that does not read, and gives it all when it does", async () => {
    const { lab } = await servedLab();
    const parts: Buffer[] = [];
    let goOn: (() => void) | undefined;
    let isReading = false;
    const reader = new Writable({
      write: (part: Buffer, _, taken) => {
        parts.push(part);
        if (isReading) taken();
        else goOn = taken;
      },
    });
    followLab(lab, reader);
    for (let i = 0; i < 9000; i++) change(lab, (i % 100) + 5);
    const most = 1 << 17;
    assert.ok(lab.recording.bytes > 3 * most, `only ${lab.recording.bytes} bytes have happened`);
    assert.ok(reader.writableLength <= most, `${reader.writableLength} bytes wait`);
    isReading = true;
    goOn?.();
    await new Promise((resolve) => setImmediate(resolve));
    change(lab, 7);
    for (let tries = 0; Buffer.concat(parts).length < lab.recording.bytes && tries < 500; tries++) await pause(5);
    assert.deepEqual(Buffer.concat(parts), lab.recording.read(0, lab.recording.bytes));
    lab.close();
  });

  it("forgets a reader that went away, and answers others", async () => {
    const { lab, path } = await servedLab();
    const follower = new Follower(path);
    await follower.lines(BEGINNING.length + 1);
    follower.socket.destroy();
    await pause(20);
    for (let i = 5; i < 50; i++) change(lab, i);
    const client = await LabClient.connect(path);
    assert.deepEqual(JSON.parse(await client.ask(LINES)), { r: 0, lines: BEGINNING.length + 46 });
    client.close();
    lab.close();
  });
});
