// The known name that is nearest to a mistyped one, for messages that say what was probably meant.

import { must } from "../../system/ap/assert.ts";

/** How many letters must be inserted, left out or replaced to turn one text into the other. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = must(above[j - 1]) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, must(above[j]) + 1, must(row[j - 1]) + 1));
    }
    above = row;
  }
  return must(above[b.length]);
}

/** @param known at least one name; of two that are equally near, the first is taken */
export function nearestName(name: string, known: readonly string[]): string {
  // A long text is not a slip of the finger, and must not cost a table of its size.
  const typed = name.slice(0, 64).toLowerCase();
  const distances = known.map((candidate) => editDistance(typed, candidate.slice(0, 64)));
  return must(known[distances.indexOf(Math.min(...distances))]);
}
