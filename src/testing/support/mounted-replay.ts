// A trace played through a mount: reads and writes are real system calls of another process, everything else are events of
// the lab. All members of every answer are compared.
import type { Answer } from "../../system/trace/answer.ts";
import { mismatches } from "../../system/trace/compare.ts";
import type { Operation, Read, WriteOperation } from "../../system/trace/operation.ts";
import type { Difference } from "../../system/trace/play.ts";
import { Player } from "../../system/trace/player.ts";
import type { Trace } from "../../system/trace/trace-file.ts";
import { profileNamed, TRACE_PROFILE } from "../../system/vfio-ap/profiles.ts";
import type { Client } from "./client.ts";
import type { CallAnswer } from "./client-calls.ts";
import { type MountedLab, mountedLab } from "./mounted-lab.ts";

type Json = Record<string, unknown>;

/** A write of the client's that waits, and its number in the trace. */
interface Waiting {
  readonly i: number;
  readonly answer: Promise<CallAnswer>;
}

/** A write that waits longer than this, in milliseconds, although it should be done, counts as hanging. */
const PATIENCE = 10_000;

export class MountedReplay {
  readonly #mounted: MountedLab;
  /** By the number of the lab. */
  readonly #waiting = new Map<number, Waiting>();
  /** The lab's side of the write in progress. */
  #answered: { readonly i: number; readonly answer: Answer } | undefined;
  #onBlocked = (): void => {};

  private constructor(mounted: MountedLab) {
    this.#mounted = mounted;
    mounted.lab.listen({
      answered: (_, i, answer) => {
        this.#answered = { i, answer };
        if (answer.r === "blocked") this.#onBlocked();
      },
    });
  }

  /** @throws Error something hangs, or the server had a bug */
  static async play(trace: Trace, parent: string, client: Client): Promise<readonly Difference[]> {
    const profile = profileNamed(trace.profile ?? TRACE_PROFILE.name) ?? TRACE_PROFILE;
    const [first, ...rest] = trace.lines;
    if (!first) return [];
    const differences: Difference[] = [];
    const compare = (line: typeof first, came: object): void => {
      const found = line.expected ? mismatches(line.expected, came as Json) : [];
      if (found.length > 0) differences.push({ line, mismatches: found });
    };
    compare(first, new Player(profile).apply(first.operation, first.i));
    const mounted = await mountedLab({ beginning: [first.operation], profile, parent, client });
    try {
      const replay = new MountedReplay(mounted);
      for (const line of rest) compare(line, await replay.#carryOut(line.operation, line.i));
    } finally {
      await mounted.stop();
    }
    if (mounted.bugs.length > 0) throw mounted.bugs[0];
    return differences;
  }

  async #carryOut(operation: Operation, i: number): Promise<object> {
    this.#answered = undefined;
    switch (operation.op) {
      case "write":
        return await this.#write(operation, i);
      case "read":
      case "readlink":
      case "ls":
        return await this.#look(operation);
      default: {
        const answer = this.#mounted.lab.apply(operation);
        await new Promise<void>((resolve) => this.#mounted.mount.afterNotices(resolve));
        return await this.#withFinished(answer);
      }
    }
  }

  async #write({ path, value }: WriteOperation, i: number): Promise<object> {
    const { client, sys } = this.#mounted;
    const call = { kind: "write", path: `${sys}/${path}`, value } as const;
    const r = path.endsWith("/remove")
      ? await this.#writeThatMayWait(client.start(call), i)
      : resultOf(await client.call(call));
    // The answer to a write that was refused before it reached the lab has no other members.
    return this.#answered ? await this.#withFinished({ ...(this.#answered as { answer: Answer }).answer, r }) : { r };
  }

  async #writeThatMayWait(answer: Promise<CallAnswer>, i: number): Promise<number | string> {
    const blocked = new Promise<"blocked">((resolve) => {
      this.#onBlocked = () => resolve("blocked");
    });
    const r = await Promise.race([answer.then(resultOf), blocked]);
    if (r === "blocked" && this.#answered) {
      this.#waiting.set(this.#answered.i, { i, answer });
      // The writer has no answer yet that would show that the names are gone.
      await new Promise<void>((resolve) => this.#mounted.mount.afterNotices(resolve));
    }
    return r;
  }

  async #look({ op, path }: Read): Promise<object> {
    const { client, sys } = this.#mounted;
    const at = `${sys}/${path}`;
    const answer = await client.call({ kind: op === "ls" ? "list" : op, path: at });
    if (this.#answered) throw new Error(`${op} ${path} changed something`);
    if ("errno" in answer) return { r: answer.errno };
    if (op === "ls") {
      const isDriver = /^bus\/ap\/drivers\/[^/]+\/*$/.test(path);
      const names = (answer.value as string[]).filter((name) => !isDriver || DEVICE.test(name)).sort();
      return { r: names.length, l: names };
    }
    const text = answer.value as string;
    return op === "read" ? { r: text.length, t: text } : { r: 0, t: text.slice(text.lastIndexOf("/") + 1) };
  }

  /** Writes that are done according to the lab must be done for the clients, too. */
  async #withFinished(answer: Answer): Promise<object> {
    if (!answer.done) return answer;
    const done = [];
    for (const { i } of answer.done) {
      const waiting = this.#waiting.get(i);
      if (!waiting) throw new Error(`no write waits as ${i}`);
      this.#waiting.delete(i);
      done.push({ i: waiting.i, r: resultOf(await within(waiting.answer)) });
    }
    return { ...answer, done };
  }
}

const DEVICE = /^card..$|^..\.....$/;

const resultOf = (answer: CallAnswer): number | string => ("errno" in answer ? answer.errno : (answer.value as number));

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("a write that is through goes on waiting")), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
