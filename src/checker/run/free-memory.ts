// How much memory an exploration may take if the user does not say: three quarters of what is free, or of what the container allows.
import { freemem } from "node:os";

const SHARE = 0.75;
/** In bytes: to fill more than this takes longer than anybody waits. */
const MOST = 64 * 2 ** 30;

/** Bytes. */
export function memoryToUse(): number {
  // 0 or far too much if nothing constrains the process.
  const allowed = process.constrainedMemory?.() || MOST;
  return Math.floor(Math.min(freemem() * SHARE, allowed * SHARE, MOST));
}
