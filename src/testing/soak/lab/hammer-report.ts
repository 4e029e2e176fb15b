// What a hammering process tells at its end, and how its writes are matched with those of the journal.

export interface HammerReport {
  /** How often each write had each answer, by writeKey. */
  readonly writes: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly listings: number;
  /** Answers that nobody may get. */
  readonly errors: readonly string[];
}

/** Small, so that clients often get in each other's way. */
export const SIZE = { adapters: 4, domains: 4, mdevs: 3 } as const;

/** Equal for client and journal: a path may lead through links, so only its last two names count. */
export function writeKey(path: string, value: string, r: number | string): string {
  return JSON.stringify([path.split("/").slice(-2).join("/"), value, r]);
}
