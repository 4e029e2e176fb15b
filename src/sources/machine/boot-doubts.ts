// Conditions of rules that cannot be decided here, such as what a program answers: which of them the boot depends on. Many are tried
// together, and those that do something are looked for among them. The boots themselves: reboot.ts.

/** A boot in which some conditions are taken to hold. */
export interface Attempt {
  /** All that was written and run for AP queues. */
  readonly deeds: string;
  /** It ends otherwise than the one in which none holds, or does something that is not known. */
  readonly isOther: boolean;
  /** By place, the conditions that it has met. */
  readonly undecided: ReadonlyMap<string, string>;
}

export interface Doubted {
  /** Without any of them. */
  readonly deeds: string;
  /** By place, what it has met. */
  readonly undecided: ReadonlyMap<string, string>;
  /** Whether the rule at a place is a GOTO, which may take others out of the way. */
  isJump(place: string): boolean;
  attempt(held: readonly string[]): Attempt;
}

/** @returns one sentence each */
export function doubtsIn({ deeds, undecided, isJump, attempt }: Doubted): readonly string[] {
  const known = new Map(undecided);
  const told = new Set<string>();
  /** Those among some places that matter; all of them, if they do only together. */
  const among = (places: readonly string[]): readonly string[] => {
    if (places.length === 0) return [];
    const tried = attempt(places);
    for (const [place, condition] of tried.undecided) if (!known.has(place)) known.set(place, condition);
    if (tried.deeds === deeds && !tried.isOther) return [];
    if (places.length === 1) return tried.isOther ? places : [];
    const half = Math.floor(places.length / 2);
    const found = [...among(places.slice(0, half)), ...among(places.slice(half))];
    return found.length === 0 && tried.isOther ? places : found;
  };
  // What is met only because others hold may matter, too.
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    for (const place of among([...known.keys()].filter((one) => !isJump(one) && !told.has(one)))) told.add(place);
  }
  for (const place of known.keys()) if (isJump(place)) for (const one of among([place])) told.add(one);
  for (const place of among([...known.keys()].filter((one) => !told.has(one)))) told.add(place);
  return [...told].map(
    (place) => `${place}: ${known.get(place)} cannot be decided here; what is said is true if it does not hold`,
  );
}
