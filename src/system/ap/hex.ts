// Numbers with their base in front, as people and the kernel's grammars take them.

/** `0x4`, or with at least this many digits: `0x04`, `0x0047`. */
export const hex = (value: number, digits = 1): string => `0x${value.toString(16).padStart(digits, "0")}`;
