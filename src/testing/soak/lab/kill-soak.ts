// kill -9 at random moments, while a client writes: the next lab is in exactly the state whose answers were given out. The one write
// that had no answer yet may have been done or not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LabClient } from "../../../lab/control.ts";
import type { WriteOperation } from "../../../system/trace/operation.ts";
import { playTrace } from "../../../system/trace/play.ts";
import { Player } from "../../../system/trace/player.ts";
import { parseTrace } from "../../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../../../system/vfio-ap/profiles.ts";
import { Client } from "../../support/client.ts";
import { hostFile, hostNamed } from "../../support/hosts.ts";
import { labUp } from "../../support/lab-command.ts";
import { freshDirectory } from "../../support/temporary.ts";
import { Random } from "../random.ts";
import { RandomOperations } from "../random-operations.ts";

const NAME = "kernel-doc-guests";
export const KILLED_HOST = hostFile(NAME);

interface Kills {
  readonly rounds: number;
  /** About so many are answered in each round. */
  readonly writes: number;
  readonly seed: number;
  /** For the files of it. */
  readonly parent: string;
}

/** What the host must be like, from the answers alone. */
export class KilledModel {
  readonly #player = new Player(DEFAULT_PROFILE);
  #next = 1;

  constructor() {
    for (const operation of hostNamed(NAME)) this.apply(operation);
  }

  apply(operation: Parameters<Player["apply"]>[0]) {
    return this.#player.apply(operation, this.#next++);
  }

  get state(): string {
    return JSON.stringify(this.apply({ op: "state" }).st);
  }
}

/** The state that a lab tells, as text. */
export async function stateOf(run: string): Promise<string> {
  const console = await LabClient.connect(join(run, "lab.sock"));
  const { st } = JSON.parse(await console.ask('{"op":"state"}')) as { st: object };
  console.close();
  return JSON.stringify(st);
}

/** @returns how many writes were answered; throws where a lab is not in the state of its answers */
export async function soakKills({ rounds, writes, seed, parent }: Kills): Promise<number> {
  const client = new Client();
  const random = new Random(seed);
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
  const model = new KilledModel();
  let [answered, unanswered] = [0, 0];
  let last: WriteOperation | undefined;
  for (let round = 0; round <= rounds; round++) {
    const lab = await labUp([KILLED_HOST, "--mount", mount, "--journal", journal, "--no-timer"], options);
    const state = await stateOf(options.run);
    if (state !== model.state) {
      assert.ok(last, `round ${round}: the state is another one`);
      model.apply(last);
      const which = `${JSON.stringify(last)} or without`;
      assert.equal(state, model.state, `round ${round}: the state is another one, with ${which}`);
    }
    last = undefined;
    if (round === rounds) {
      await lab.stop();
      break;
    }
    await client.call({ kind: "list", path: mount });
    // A slow machine answers fewer writes in a time, so the answers are counted; the kill comes in the middle of a later one.
    let killed: Promise<unknown> | undefined;
    for (let left = Math.ceil(writes / 2) + random.below(writes); ; left--) {
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
  client.stop();
  assert.equal(unanswered, rounds);
  const trace = parseTrace(readFileSync(join(journal, "journal.jsonl"), "utf8"));
  assert.ok(trace.ok);
  assert.deepEqual(playTrace(trace.value).differences, []);
  return answered;
}
