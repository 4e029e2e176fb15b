// How much memory an exploration may take when nobody says: three quarters of what is free, or of what the container allows.
import { freemem } from "node:os";

const SHARE = 0.75;
/** Beyond this nobody has waited for the end. */
const MOST = 64 * 2 ** 30;

/** Bytes. */
export function memoryToUse(): number {
  // 0 or far too much where nothing constrains the process.
  const allowed = process.constrainedMemory?.() || MOST;
  return Math.floor(Math.min(freemem() * SHARE, allowed * SHARE, MOST));
}
