// A lab: a host that lives, changed by writes to its /sys and by events of its machine and its guests, with a journal of all that happens.
// Operations are carried out one after the other, each answered before the next begins.
import type { Happening } from "../system/machine/happening.ts";
import type { Answer } from "../system/trace/answer.ts";
import { isLook, type Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { Journal, type JournalOpened } from "./journal.ts";
import { Recording } from "./recording.ts";

interface LabOptions {
  readonly name: string;
  readonly profile: Profile;
  /** The operations that bring the host up. */
  readonly beginning: readonly Operation[];
  /** Names that people gave to mdevs, by UUID. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Directory of the journal; undefined: none is kept. */
  readonly journal: string | undefined;
}

export interface LabListener {
  /** Something happened beside the answer: a uevent, a guest's masks; in this guest, or on the host. */
  readonly happened?: (happening: Happening, inside?: string) => void;
  /** An operation is done; the journal has it. */
  readonly answered?: (operation: Operation, i: number, answer: Answer) => void;
  /** The lab cannot go on. */
  readonly failed?: (why: unknown) => void;
}

export class Lab {
  readonly name: string;
  readonly profile: Profile;
  readonly player: Player;
  /** Guests have a Linux of their own: the first operation says so. */
  readonly hasInside: boolean;
  readonly restored: JournalOpened["restored"];
  /** All that has happened so far, as a trace: its journal, or a file without a name. */
  readonly recording: Recording;
  readonly #journal: Journal | undefined;
  readonly #listeners: LabListener[] = [];
  /** What to call when the write with this number is done. */
  readonly #waiting = new Map<number, () => void>();
  #next: number;
  /** Why nothing can be done with this lab any more. */
  #failure: unknown;

  /** @throws UserError the journal cannot be used */
  constructor({ name, profile, beginning, labels = new Map(), journal }: LabOptions) {
    this.name = name;
    this.profile = profile;
    this.player = new Player(profile, (happening) => this.#tell((listener) => listener.happened?.(happening)));
    this.player.guestObserver = (happening, path) => this.#tell((listener) => listener.happened?.(happening, path));
    const [init] = beginning;
    this.hasInside = init?.op === "init" && init.guests !== undefined;
    const hostDrivers = init?.op === "init" ? init.hostDrivers : "zcrypt";
    const header = { name, profile: profile.name, hostDrivers, labels, format: this.hasInside ? 3 : 2 } as const;
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

  /** @returns a function that ends it */
  listen(listener: LabListener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  #tell(say: (listener: LabListener) => void): void {
    // A listener that stops listening meanwhile must not make others miss it.
    for (const listener of [...this.#listeners]) say(listener);
  }

  /**
   * Carry out one operation. The journal has it before anybody gets the answer.
   *
   * @param finished called once when a write that was answered "blocked" is done
   * @throws the reason why the answer could not be remembered; all later operations are refused with the same
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

  /** Nothing may build on what the journal does not know: if the answer is not in it, the lab has failed. */
  #answer(operation: Operation, i: number): Answer {
    try {
      const answer = this.player.apply(operation, i);
      // Operations that only look need not be remembered.
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
