// Where a history comes from if it is not made here: one interface for a server of ours and for Cockpit.

import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { SourceInfo } from "../protocol/page-protocol.ts";

export interface HistoryTransport {
  readonly info: SourceInfo;
  /** All lines so far; the header is the first. */
  history(): Promise<string>;
  /**
   * Further lines, one call for each.
   *
   * @param after number of the last line that is known
   * @param trouble told when the connection breaks (a sentence) and when it is back (undefined)
   * @returns a function that stops it
   */
  follow(after: number, line: (text: string) => void, trouble: (why: string | undefined) => void): () => void;
  /** @throws with one sentence, if the operation could not even be tried */
  send(operation: Operation): Promise<Answer>;
}
