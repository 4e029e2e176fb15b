// Labs that run: eight that come up at once, twenty side by side, connections that are closed in the middle, a process that was stopped
// or killed.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { soakKills } from "../soak/lab/kill-soak.ts";
import { Client } from "../support/client.ts";
import { hostFile } from "../support/hosts.ts";
import { labUp } from "../support/lab-command.ts";
import { PageClient, urlIn } from "../support/page-client.ts";
import { rawConnection } from "../support/web-client.ts";
import { type Attack, checkSaid, command, PATIENCE, place, withLab } from "./attack.ts";

const HOST = hostFile("kernel-doc");
const LABS = 8;

const RACES: Attack = {
  name: "eight labs at once",
  holds: "of one name, one mount point or one journal one comes up; the others say why they do not, and leave nothing",
  async run(ground) {
    const kinds: Readonly<Record<string, (n: number, at: (name: string) => string) => readonly string[]>> = {
      name: () => ["--name", "same"],
      mount: (n, at) => ["--name", `n${n}`, "--mount", at("m")],
      journal: (n, at) => ["--name", `n${n}`, "--journal", at("j")],
      all: (_, at) => ["--name", "same", "--mount", at("m"), "--journal", at("j")],
    };
    const rounds = ground.isLong ? 5 : 1;
    for (let round = 0; round < rounds; round++) {
      for (const [kind, words] of Object.entries(kinds)) {
        const { at, options } = place(ground);
        for (const name of ["m", "j"]) mkdirSync(at(name), { mode: 0o700 });
        const started = Array.from({ length: LABS }, (_, n) => labUp([HOST, "--no-timer", ...words(n, at)], options));
        const ended = await Promise.allSettled(started);
        const up = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        const said = ended.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
        assert.equal(up.length, 1, `${kind}: ${up.length} labs are up`);
        for (const why of said) assert.match(why, /ended with 1: apmatrix: [^\n]*\n?$/, kind);
        const mounts = (): number => readFileSync("/proc/self/mountinfo", "utf8").split(at("m")).length - 1;
        assert.equal(mounts(), kind === "mount" || kind === "all" ? 1 : 0, kind);
        const { stdout } = await command(["lab", "list"], options);
        assert.equal(stdout.trim().split("\n").length, 1, `${kind}: ${stdout}`);
        assert.equal((await command(["lab", "event", "scan"], options)).code, 0, kind);
        await up[0]?.stop();
        assert.equal(mounts(), 0, `${kind}: a mount is left`);
        const left = readdirSync(options.run).filter((name) => /\.(?:json|sock|lock|new\d*)$/.test(name));
        assert.deepEqual(left, [], `${kind}: left behind`);
      }
    }
    return `${rounds * Object.keys(kinds).length} races`;
  },
};

const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** MiB that a lab may take more after all of it. */
const MORE = 128;

const CLOSED: Attack = {
  name: "connections that are closed in the middle",
  holds: "the lab answers as before, and keeps neither descriptors nor memory",
  async run(ground) {
    const { options } = place(ground);
    const rounds = ground.isLong ? 2000 : 200;
    return await withLab([HOST, "--no-timer", "--web", "127.0.0.1:0", "--web-open"], options, async (lab) => {
      const url = urlIn(lab.output.stdout);
      const { host } = new URL(url);
      const socket = `${options.run}/lab.sock`;
      const lines = [
        "",
        '{"op":"scan"}\n',
        '{"op":"sc',
        "follow\n",
        '{"op":"state"}\n'.repeat(200),
        `{"op":${"[".repeat(60_000)}\n`,
        "x".repeat(70_000),
        "page\nlines\ndow",
      ];
      const requests = [
        "",
        "GET / HTT",
        `GET /api/events?after=0 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        `GET /api/history HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        `POST /api/operations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"op"`,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n\x81\x85`,
      ];
      const page = await PageClient.open(url);
      const descriptors = (): number => readdirSync(`/proc/${lab.pid}/fd`).length;
      const [files, memory] = [descriptors(), memoryOf(lab.pid)];
      for (let n = 0; n < rounds; n++) {
        const one = n % 2 === 0 ? connect(socket) : await rawConnection(url);
        one.on("error", () => undefined);
        const sent = n % 2 === 0 ? lines[(n >> 1) % lines.length] : requests[(n >> 1) % requests.length];
        await new Promise<void>((resolve) => one.write(sent ?? "", () => resolve()));
        if (n % 3 > 0) await pause(2);
        if (n % 10 === 1) one.resetAndDestroy();
        else one.destroy();
      }
      await pause(500);
      assert.equal((await command(["lab", "event", "scan"], options)).code, 0);
      assert.equal((await page.operate({ op: "scan" })).status, 200);
      assert.ok(descriptors() <= files + 2, `${descriptors()} descriptors, ${files} before`);
      const more = memoryOf(lab.pid) - memory;
      assert.ok(more < MORE, `${Math.round(more)} MiB more`);
      assert.doesNotMatch(lab.output.stderr, /\n\s+at |rror/);
      return `${rounds} connections, ${Math.round(more)} MiB more`;
    });
  },
};

const STOPPED: Attack = {
  name: "a lab whose process was stopped",
  holds: "no command waits for it without an end",
  async run(ground) {
    const { at, options } = place(ground);
    mkdirSync(at("m"));
    return await withLab([HOST, "--no-timer", "--mount", at("m")], options, async (lab) => {
      lab.process.kill("SIGSTOP");
      const commands = [
        ["lab", "event", "scan"],
        ["lab", "down"],
        ["lab", "list"],
        ["lab", "page"],
        // It is given a minute.
        ...(ground.isLong ? [["show", "--from", "lab:lab"]] : []),
        ["lab", "up", HOST, "--no-timer"],
        ["lab", "up", HOST, "--no-timer", "--name", "b", "--mount", at("m")],
      ];
      await Promise.all(
        commands.map(async (words) => {
          const ended = await command(words, options, 3 * PATIENCE);
          checkSaid(ended, words.join(" "));
          if (words[1] !== "list") assert.equal(ended.code, 1, `${words.join(" ")}: ${ended.stdout}`);
        }),
      );
      lab.process.kill("SIGCONT");
      // What it was asked meanwhile it does now.
      assert.equal((await lab.ended).code, 0);
      return `${commands.length} commands`;
    });
  },
};

const MATRIX = "devices/vfio_ap/matrix";
const uuid = (n: number): string => `62177883-f1bb-47f0-914d-${n.toString(16).padStart(12, "0")}`;

const SIDE_BY_SIDE: Attack = {
  name: "labs side by side",
  holds: "each comes up, takes the writes to its own mount and no others, and leaves nothing",
  async run(ground) {
    const { at, options } = place(ground);
    const numbers = Array.from({ length: ground.isLong ? 20 : 4 }, (_, n) => n);
    const mount = (n: number): string => at(`m${n}`);
    for (const n of numbers) for (const name of [mount(n), at(`j${n}`)]) mkdirSync(name, { mode: 0o700 });
    const labs = await Promise.all(
      numbers.map((n) => {
        const words = ["--name", `n${n}`, "--mount", mount(n), "--journal", at(`j${n}`), "--no-timer"];
        return labUp([HOST, ...words], options);
      }),
    );
    const client = new Client();
    for (const n of numbers) {
      const path = `${mount(n)}/${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`;
      assert.deepEqual(await client.call({ kind: "write", path, value: uuid(n) }), { value: uuid(n).length });
    }
    for (const n of numbers) {
      const listed = await client.call({ kind: "list", path: `${mount(n)}/${MATRIX}` });
      const names =
        "value" in listed ? (listed.value as readonly string[]).filter((name) => name.startsWith("62")) : [];
      assert.deepEqual(names, [uuid(n)]);
    }
    client.stop();
    await Promise.all(labs.map((lab) => lab.stop()));
    assert.deepEqual(
      numbers.filter((n) => readFileSync("/proc/self/mountinfo", "utf8").includes(mount(n))),
      [],
    );
    return `${numbers.length} labs`;
  },
};

const KILLED: Attack = {
  name: "kill -9 while a client writes",
  holds: "the next lab with the journal has done all that was acknowledged",
  async run(ground) {
    const seed = 1 + (Date.now() % 1_000_000);
    const rounds = ground.isLong ? 54 : 2;
    mkdirSync(ground.directory, { recursive: true });
    const answered = await soakKills({ rounds, writes: ground.isLong ? 300 : 20, seed, parent: ground.directory });
    return `${rounds} rounds, ${answered} writes, seed ${seed}`;
  },
};

export const RUNNING: readonly Attack[] = [RACES, CLOSED, STOPPED, SIDE_BY_SIDE, KILLED];
