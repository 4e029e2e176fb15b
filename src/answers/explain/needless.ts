// Leaves out writes that a list does not need: each was added for a good reason, but together they may be too many.
import type { Write } from "../../system/sysfs/writes.ts";

/** Longer lists stay as they are: shortening them takes too many trials. */
const FEW = 12;

/** Leaves out single writes, and pairs such as unbind and bind, as long as the rest still works. */
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
