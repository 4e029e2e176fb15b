// What must be so, said where it is relied on instead of a cast. If it is not so, this program has a bug, and it ends there.

/** @throws Error with this sentence unless the condition holds */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`bug: ${sentence}`);
}

/** @returns the value itself; throws an Error if there is none */
export function must<T>(value: T | undefined | null, what = "what must be there is missing"): T {
  if (value === undefined || value === null) throw new Error(`bug: ${what}`);
  return value;
}
