// Conditions of rules that cannot be decided here, such as what a program answers: which of them the boot depends on. Each is tried both
// ways, and then those that change nothing alone are tried together. The boots themselves: reboot.ts.

/** A boot in which some conditions are taken to hold. */
export interface Attempt {
  /** It ends otherwise than the one in which none holds. */
  readonly isOther: boolean;
  /** By place, the conditions that it has met. */
  readonly undecided: ReadonlyMap<string, string>;
}

/** Those that are tried, at most; the others are told. */
const MOST = 32;

/**
 * @param undecided by place, what the boot has met
 * @param isJump whether the rule at a place is a GOTO, which may take others out of the way
 * @returns one sentence each
 */
export function doubtsIn(
  undecided: ReadonlyMap<string, string>,
  isJump: (place: string) => boolean,
  attempt: (held: readonly string[]) => Attempt,
): readonly string[] {
  const known = new Map(undecided);
  const told = new Set<string>();
  for (const [at, place] of [...known.keys()].entries()) {
    const { isOther, undecided: met } = at < MOST ? attempt([place]) : { isOther: true, undecided: known };
    if (isOther) told.add(place);
    for (const [other, condition] of met) if (!known.has(other)) known.set(other, condition);
  }
  if (known.size > 1)
    for (const isTaken of [(place: string) => !isJump(place), () => true]) {
      const rest = together(known, (place) => isTaken(place) && !told.has(place), attempt);
      for (const place of rest) told.add(place);
    }
  return [...told].map((place) => `${place}: ${known.get(place)} cannot be decided here; ${TAKEN}`);
}

const TAKEN = "what is said is true if it does not hold";

/** All that is met while these are held; nobody, if they change nothing. */
function together(
  known: Map<string, string>,
  isTaken: (place: string) => boolean,
  attempt: (held: readonly string[]) => Attempt,
): readonly string[] {
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    const held = [...known.keys()].filter(isTaken);
    const { isOther, undecided } = attempt(held);
    if (isOther) return held;
    for (const [place, condition] of undecided) if (!known.has(place)) known.set(place, condition);
  }
  return [];
}
