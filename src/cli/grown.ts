// Waiting for more of a history.
import type { Growing } from "../page/server/page-source.ts";

/** Resolves when there is more, or when it must stop. */
export function grown(history: Growing, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stopListening();
      stop.removeEventListener("abort", go);
      resolve();
    };
    const stopListening = history.listen(go);
    stop.addEventListener("abort", go);
    if (stop.aborted) go();
  });
}
