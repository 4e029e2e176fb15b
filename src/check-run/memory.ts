// How much memory an exploration may take when nobody says: three quarters of what is free.
import { freemem } from "node:os";

const SHARE = 0.75;

/** Bytes. */
export const memoryToUse = (): number => Math.floor(freemem() * SHARE);
