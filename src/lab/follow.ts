// Following a lab: its whole trace so far, and then every line as it is written. All of it is read back from the lab's recording, so
// a reader that is slow, or stops reading, costs the lab no memory: its place in the file is all that is remembered.
import type { Writable } from "node:stream";
import type { Lab } from "./lab.ts";

/** Bytes that are on their way to one reader at a time. */
const AT_ONCE = 1 << 16;

/**
 * Write the lines of a lab's trace, the header first, until the reader goes away. They come as bytes: a line may come in pieces.
 * The end of the stream is the reader's to see; it is ended here only if lines are missing from now on.
 *
 * @param ready may keep lines back for a moment: it is given what goes on
 * @returns what ends it before
 */
export function followLab(lab: Lab, out: Writable, ready: (then: () => void) => void = (then) => then()): () => void {
  let at = 0;
  let isOver = false;
  let isFull = false;
  const end = (): void => {
    isOver = true;
    stopListening();
  };
  const passOn = (): void => {
    while (!isOver && !isFull) {
      const bytes = lab.recording.read(at, AT_ONCE);
      if (bytes.length === 0) break;
      at += bytes.length;
      isFull = !out.write(bytes);
    }
    if (!isOver && !isFull && lab.recording.isLost) {
      end();
      out.end();
    }
  };
  const stopListening = lab.listen({ answered: () => ready(passOn) });
  out.on("drain", () => {
    isFull = false;
    passOn();
  });
  out.once("close", end);
  passOn();
  return end;
}
