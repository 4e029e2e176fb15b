// A uuid made of a text: the same text gives the same uuid, on every machine, and no other is likely to.

/** The largest prime below 2^32: products of two numbers below it and a small factor are exact. */
const PRIME = 4_294_967_291;
const FACTORS = [65_599, 131_071, 92_821, 257_951] as const;

/** Version 8 of RFC 9562: whoever makes it says how. */
export function madeUpUuid(text: string): string {
  const words = FACTORS.map((factor, at) => {
    let sum = at + 1;
    // Twice, so that the last characters reach all digits as well.
    for (const character of `${text}\n${text}\n`) sum = (sum * factor + (character.codePointAt(0) ?? 0)) % PRIME;
    return sum.toString(16).padStart(8, "0");
  });
  const hex = words.join("");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}
