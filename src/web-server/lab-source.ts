// A lab of this process as what a page shows: what happens to it, by whatever way, is history there; what is done there happens to it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { answerLine } from "../lab/control.ts";
import type { Lab } from "../lab/lab.ts";
import type { Operation } from "../trace/operation.ts";
import { operationToJson } from "../trace/operation-json.ts";
import { Player } from "../trace/player.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import type { Growing, Operated, PageSource } from "./page-source.ts";

export interface LabSourceOptions {
  readonly lab: Lab;
  /** What brought it up, and its journal, if there is one. */
  readonly beginning: readonly Operation[];
  readonly journal: string | undefined;
  /** Go on once everybody sees what has changed: only then is an operation answered, and told. */
  readonly afterNotices: (then: () => void) => void;
}

export function labSource({ lab, beginning, journal, afterNotices }: LabSourceOptions): PageSource {
  const history = historyOf(lab, beginning, journal, afterNotices);
  const operate = (line: string): Promise<Operated> =>
    new Promise((resolve) => {
      const answer = answerLine(lab, line);
      afterNotices(() => resolve("error" in answer ? { error: String(answer.error) } : { answer }));
    });
  const info = {
    source: `lab:${lab.name}`,
    kind: "lab",
    name: lab.name,
    profile: lab.profile.name,
    profileIsDetected: false,
    canAct: true,
    live: true,
    warnings: [],
  } as const;
  return { info, history, operate, close: () => undefined };
}

function historyOf(
  lab: Lab,
  beginning: readonly Operation[],
  journal: string | undefined,
  afterNotices: (then: () => void) => void,
): Growing {
  const header = JSON.stringify({ trace: lab.name, format: 2, profile: lab.profile.name });
  const history = new LinesInMemory(header);
  if (journal !== undefined) {
    const [, ...lines] = readFileSync(join(journal, "journal.jsonl"), "utf8").trimEnd().split("\n");
    for (const line of lines) history.append(line);
  } else {
    const player = new Player(lab.profile);
    for (const [at, operation] of beginning.entries()) {
      const i = at + 1;
      history.append(JSON.stringify({ i, ...operationToJson(operation), x: player.apply(operation, i) }));
    }
  }
  lab.listen({
    answered(operation, i, answer) {
      const line = JSON.stringify({ i, ...operationToJson(operation), x: answer });
      if (!["read", "readlink", "ls", "state"].includes(operation.op)) afterNotices(() => history.append(line));
    },
  });
  return history;
}
