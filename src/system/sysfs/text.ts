// Number formats that several directories of the AP bus share.

/** Upper case hex digits without prefix, as in DEV_TYPE and modalias. */
export const upperHex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, "0");

/** A facility word as ap_functions shows it: `0x92800000`. */
export const hexWord = (word: number): string => `0x${upperHex(word >>> 0, 8)}`;
