// What apmatrix apply says: a line for each step, for people or as JSON, and how it ended.
import type { ScriptStep } from "../answers/apply/script.ts";
import type { LackingJson } from "../answers/plan/plan-json.ts";
import { complain, printLines } from "./terminal.ts";

interface StepLine {
  readonly at: number;
  readonly of: number;
  readonly step: ScriptStep;
  readonly result: "done" | "waits" | "deviation" | "to do" | "done before";
  readonly more?: Readonly<Record<string, unknown>>;
}

const WORDS: Readonly<Record<StepLine["result"], string>> = {
  done: "ok",
  waits: "waits for its guest",
  deviation: "not as planned",
  "to do": "to do",
  "done before": "done before",
};

export interface EndLine {
  readonly result: "applied" | "unchanged" | "deviation" | "stopped" | "dry run";
  /** How many steps have been done, with those of an earlier run. */
  readonly done?: number;
  readonly of?: number;
  /** For people; JSON has the other members. */
  readonly sentences: readonly string[];
  /** Mdevs that go when their guests let go. */
  readonly waiting?: readonly string[];
  /** What guests lack in the end; undefined for a plan from a file. */
  readonly missing?: readonly LackingJson[] | undefined;
  /** Files that --persist has written or removed. */
  readonly persisted?: readonly string[];
  /** How the host will differ after its next boot, where that can be told. */
  readonly afterReboot?: readonly string[] | undefined;
  readonly message?: string;
}

/** What is reported on the way. */
export interface Report {
  /** A sentence beside the result. */
  note(sentence: string): void;
  lines(lines: readonly string[]): void;
  /** Before the first step. */
  begin(standing: HowFar): void;
  step(line: StepLine): void;
  end(line: EndLine): void;
}

/** How many steps of how many have been done. */
interface HowFar {
  readonly done: number;
  readonly of: number;
}

export class ApplyReport implements Report {
  readonly #isJson: boolean;
  #standing: HowFar | undefined;

  constructor(format: "text" | "json") {
    this.#isJson = format === "json";
  }

  /** Undefined if it is not known yet. */
  get standing(): HowFar | undefined {
    return this.#standing;
  }

  begin(standing: HowFar): void {
    this.#standing = standing;
  }

  note(sentence: string): void {
    complain(sentence);
  }

  lines(lines: readonly string[]): void {
    printLines(lines);
  }

  step({ at, of, step: { path, value }, result, more }: StepLine): void {
    if (result === "done" || result === "waits") this.#standing = { done: at, of };
    const number = `${at}`.padStart(`${of}`.length);
    console.log(
      this.#isJson
        ? JSON.stringify({ step: at, of, path, value, result, ...more })
        : `${number}/${of} ${path} ${value.trim() === "" ? '""' : value.trimEnd()}  ${WORDS[result]}`,
    );
  }

  end({ sentences, persisted, afterReboot, ...more }: EndLine): void {
    const kept = { ...(persisted && persisted.length > 0 && { persisted }), after_reboot: afterReboot };
    if (this.#isJson) console.log(JSON.stringify({ ...more, ...kept }));
    else if (sentences.length > 0) printLines(sentences);
    if (more.message !== undefined) this.note(more.message);
  }
}
