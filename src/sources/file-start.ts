// What kind of file it is, by its first bytes.

const MAGIC_AT = 257;

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** @param start the first bytes, unpacked */
export const isTarHeader = (start: Buffer): boolean => start.toString("latin1", MAGIC_AT, MAGIC_AT + 5) === "ustar";
