// Writes of a list that are not needed: found one after the other, each for a good reason, they may be too many together.
import type { Write } from "../../system/sysfs/writes.ts";

/** Of longer lists nothing is left out: that takes many trials. */
const FEW = 12;

/** What is left when one write, or two next to one another such as unbind and bind, are left out as often as the rest still works. */
export function withoutNeedless(
  writes: readonly Write[],
  works: (writes: readonly Write[]) => boolean,
): readonly Write[] {
  if (writes.length > FEW) return writes;
  for (const many of [2, 1]) {
    for (let at = 0; at + many <= writes.length; at++) {
      const fewer = [...writes.slice(0, at), ...writes.slice(at + many)];
      if (works(fewer)) return withoutNeedless(fewer, works);
    }
  }
  return writes;
}
