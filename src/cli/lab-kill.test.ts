// kill -9 at random moments, while a client writes and while the lab comes up: the next lab is in exactly the state whose answers
// were given out. The one write that had no answer yet may have been done or not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { LabClient } from "../lab/control.ts";
import type { WriteOperation } from "../system/trace/operation.ts";
import { playTrace } from "../system/trace/play.ts";
import { Player } from "../system/trace/player.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { Client } from "../testing/support/client.ts";
import { hostFile, hostNamed } from "../testing/support/hosts.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { inLongForm } from "../testing/support/long-form.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const SEED = 11;
const ROUNDS = inLongForm(10, 3);
const parent = temporaryDirectory();
const HOST = hostFile("kernel-doc-guests");

const client = new Client();
after(() => {
  client.stop();
  killLabs();
});

/** What the host must be like, from the answers alone. */
class Model {
  readonly #player = new Player(DEFAULT_PROFILE);
  #next = 1;

  constructor() {
    for (const operation of hostNamed("kernel-doc-guests")) this.apply(operation);
  }

  apply(operation: Parameters<Player["apply"]>[0]) {
    return this.#player.apply(operation, this.#next++);
  }

  get state(): string {
    return JSON.stringify(this.apply({ op: "state" }).st);
  }
}

async function stateOf(run: string): Promise<string> {
  const console = await LabClient.connect(join(run, "lab.sock"));
  const { st } = JSON.parse(await console.ask('{"op":"state"}')) as { st: object };
  console.close();
  return JSON.stringify(st);
}

describe("a lab with a journal", { skip: await mountSkip() }, () => {
  it(`is after ${ROUNDS} kills where its answers were, seed ${SEED}`, async () => {
    const random = new Random(SEED);
    // Numbers beyond those of the host as well: refusals are answers, too.
    const operations = new RandomOperations(random, { adapters: 7, domains: 12, mdevs: 4 });
    const nextWrite = (): WriteOperation => {
      for (;;) {
        const operation = operations.next();
        if (operation.op === "write") return operation;
      }
    };
    const options = { run: freshDirectory(parent, "run") };
    const [mount, journal] = [freshDirectory(parent, "sys"), freshDirectory(parent, "journal")];
    const model = new Model();
    let [answered, unanswered] = [0, 0];
    let last: WriteOperation | undefined;
    for (let round = 0; round <= ROUNDS; round++) {
      const lab = await labUp([HOST, "--mount", mount, "--journal", journal, "--no-timer"], options);
      const state = await stateOf(options.run);
      if (state !== model.state) {
        assert.ok(last, `round ${round}: the state is another one`);
        model.apply(last);
        assert.equal(
          state,
          model.state,
          `round ${round}: the state is another one, with ${JSON.stringify(last)} or without`,
        );
      }
      last = undefined;
      if (round === ROUNDS) {
        await lab.stop();
        break;
      }
      await client.call({ kind: "list", path: mount });
      // A slow machine answers fewer writes in a time, so the answers are counted; the kill comes in the middle of a later one.
      let killed: Promise<unknown> | undefined;
      for (let left = 6 + random.below(30); ; left--) {
        if (left === 0) killed = pause(random.below(5)).then(() => lab.stop("SIGKILL"));
        const operation = nextWrite();
        const answer = await client.call({ kind: "write", path: `${mount}/${operation.path}`, value: operation.value });
        const isGone = "errno" in answer && /^(ECONNABORTED|ENOTCONN)$/.test(answer.errno);
        if (isGone) {
          last = operation;
          unanswered++;
          break;
        }
        const { r } = model.apply(operation);
        assert.equal("errno" in answer ? answer.errno : answer.value, r, JSON.stringify(operation));
        answered++;
      }
      await killed;
    }
    assert.ok(answered > ROUNDS * 5, `${answered} answers`);
    assert.equal(unanswered, ROUNDS);
    const trace = parseTrace(readFileSync(join(journal, "journal.jsonl"), "utf8"));
    assert.ok(trace.ok);
    assert.deepEqual(playTrace(trace.value).differences, []);
  });

  it("can be killed while it comes up, again and again", async () => {
    const random = new Random(SEED);
    const options = { run: freshDirectory(parent, "run") };
    const [mount, journal] = [freshDirectory(parent, "sys"), freshDirectory(parent, "journal")];
    const words = [HOST, "--mount", mount, "--journal", journal, "--no-timer"];
    for (let round = 0; round < inLongForm(8, 4); round++) {
      const env = { ...process.env, APMATRIX_RUN: options.run };
      const child = spawn(process.execPath, [PROGRAM, "lab", "up", ...words], { env, stdio: "ignore" });
      await pause(120 + random.below(200));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
    }
    const lab = await labUp(words, options);
    assert.equal(await stateOf(options.run), new Model().state);
    assert.equal((await lab.stop()).code, 0);
  });
});
