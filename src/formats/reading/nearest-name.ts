// The known name that a mistyped one is nearest to, for messages that say what was probably meant.

/** How many letters have to be inserted, left out or replaced to make one text of the other. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}

/** @param known at least one name; of two that are equally near the first is taken */
export function nearestName(name: string, known: readonly string[]): string {
  // A long name is nobody's slip, and must not cost a table of its size.
  const typed = name.slice(0, 64).toLowerCase();
  let nearest = known[0] as string;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}
