// Where a history comes from that is not made here: one interface, whether a server of ours or Cockpit is behind it.

import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { SourceInfo } from "../protocol/protocol.ts";

export interface Transport {
  readonly info: SourceInfo;
  /** All lines so far, the header first. */
  history(): Promise<string>;
  /**
   * Further lines, one call each.
   *
   * @param after number of the last line that is known
   * @param trouble told when the connection breaks (a sentence) and when it is back (undefined)
   * @returns stops it
   */
  follow(after: number, line: (text: string) => void, trouble: (why: string | undefined) => void): () => void;
  /** @throws with one sentence, if the operation could not even be tried */
  send(operation: Operation): Promise<Answer>;
}
