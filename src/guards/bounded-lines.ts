// Lines that come through a socket or pipe, each with a limited length, so that a sender without newlines cannot fill the memory.
import type { Readable } from "node:stream";

export interface Hearer {
  /** Without its newline; the last line may have none. */
  readonly line: (line: string) => void;
  /** A line is longer than the limit; nothing more is read. */
  readonly excess: () => void;
}

/**
 * @param limit the longest line, in characters
 */
export function boundedLines(stream: Readable, limit: number, { line, excess }: Hearer): void {
  /** The beginning of a line whose end has not come, in pieces, which are joined once. */
  let pieces: string[] = [];
  let length = 0;
  let isOver = false;
  stream.setEncoding("utf8");
  const take = (piece: string): boolean => {
    length += piece.length;
    if (length > limit) {
      isOver = true;
      pieces = [];
      excess();
      return false;
    }
    pieces.push(piece);
    return true;
  };
  const tell = (): void => {
    const whole = pieces.join("");
    pieces = [];
    length = 0;
    line(whole.endsWith("\r") ? whole.slice(0, -1) : whole);
  };
  stream.on("data", (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); !isOver && end >= 0; end = chunk.indexOf("\n", from)) {
      if (!take(chunk.slice(from, end))) return;
      from = end + 1;
      tell();
    }
    if (!isOver && from < chunk.length) take(chunk.slice(from));
  });
  stream.on("end", () => {
    if (!isOver && length > 0) tell();
  });
}
