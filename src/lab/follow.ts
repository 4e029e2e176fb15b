// Following a lab: its whole trace so far, and then every line as it is written. All of it is read back from the lab's recording, so a
// reader that is slow or stops reading costs the lab no memory: only its place in the file is remembered.
import type { Writable } from "node:stream";
import type { Lab } from "./lab.ts";

/** How many bytes are on their way to one reader at a time. */
const AT_ONCE = 1 << 16;

/**
 * Write the lines of a lab's trace, the header first, until the reader goes away. They are written as bytes: a line may come in pieces.
 * The stream is ended here only if lines will be missing from now on.
 *
 * @param ready may keep lines back for a moment: it is given the function that goes on
 * @returns a function that ends it earlier
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
