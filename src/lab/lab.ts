// A lab: a host that lives, changed by writes to its /sys and by events of its machine and its guests, with a journal of all of it.
// One operation after the other, each answered before the next begins.
import type { Happening } from "../system/machine/happening.ts";
import type { Answer } from "../system/trace/answer.ts";
import type { Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { Journal, type JournalOpened } from "./journal.ts";
import { Recording } from "./recording.ts";

export interface LabOptions {
  readonly name: string;
  readonly profile: Profile;
  /** What brings the host up. */
  readonly beginning: readonly Operation[];
  /** Directory of the journal; undefined: none is kept. */
  readonly journal: string | undefined;
}

export interface LabListener {
  /** Something happened besides the answer: a uevent, a guest's masks. */
  readonly happened?: (happening: Happening) => void;
  /** An operation is done; the journal has it. */
  readonly answered?: (operation: Operation, i: number, answer: Answer) => void;
  /** The lab cannot go on. */
  readonly failed?: (why: unknown) => void;
}

export class Lab {
  readonly name: string;
  readonly profile: Profile;
  readonly player: Player;
  readonly restored: JournalOpened["restored"];
  /** All that has happened so far, as a trace: its journal, or a file without a name. */
  readonly recording: Recording;
  readonly #journal: Journal | undefined;
  readonly #listeners: LabListener[] = [];
  /** What to call when the write with this number is through. */
  readonly #waiting = new Map<number, () => void>();
  #next: number;
  /** Why nothing can be done with this lab any more. */
  #failure: unknown;

  /** @throws LabError the journal cannot be used */
  constructor({ name, profile, beginning, journal }: LabOptions) {
    this.name = name;
    this.profile = profile;
    this.player = new Player(profile, (happening) => this.#tell((listener) => listener.happened?.(happening)));
    const [init] = beginning;
    const hostDrivers = init?.op === "init" ? init.hostDrivers : "zcrypt";
    const header = { name, profile: profile.name, hostDrivers };
    if (journal === undefined) {
      this.recording = Recording.unnamed({ ...header, beginning: beginning.length });
      for (const [at, operation] of beginning.entries())
        this.recording.append(operation, at + 1, this.player.apply(operation, at + 1));
      this.#next = beginning.length + 1;
    } else {
      const opened = Journal.open(journal, this.player, header, beginning);
      this.#journal = opened.journal;
      this.recording = opened.journal.recording;
      this.restored = opened.restored;
      this.#next = opened.next;
    }
  }

  /** @returns what ends it */
  listen(listener: LabListener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  #tell(say: (listener: LabListener) => void): void {
    // Whoever stops listening meanwhile must not make others miss it.
    for (const listener of [...this.#listeners]) say(listener);
  }

  /**
   * Carry out one operation. The journal has it before anybody gets the answer.
   *
   * @param finished called once when a write that was answered "blocked" is through
   * @throws whatever kept the answer from being remembered; all later operations are refused with the same
   */
  apply(operation: Operation, finished?: () => void): Answer {
    if (this.#failure !== undefined) throw this.#failure;
    const i = this.#next++;
    const answer = this.#answer(operation, i);
    if (answer.r === "blocked" && finished) this.#waiting.set(i, finished);
    this.#tell((listener) => listener.answered?.(operation, i, answer));
    for (const { i: waited } of answer.done ?? []) {
      this.#waiting.get(waited)?.();
      this.#waiting.delete(waited);
    }
    return answer;
  }

  /** What a journal does not know must not become the past of what follows: without the answer in it a lab has failed. */
  #answer(operation: Operation, i: number): Answer {
    try {
      const answer = this.player.apply(operation, i);
      if (!isLook(operation)) this.recording.append(operation, i, answer);
      return answer;
    } catch (error) {
      if (!this.#journal) throw error;
      this.#failure = error;
      this.#tell((listener) => listener.failed?.(error));
      throw error;
    }
  }

  close(): void {
    if (this.#journal) this.#journal.close();
    else this.recording.close(false);
  }
}

/** Operations that only look need not be remembered. */
const isLook = ({ op }: Operation): boolean => op === "read" || op === "readlink" || op === "ls" || op === "state";
