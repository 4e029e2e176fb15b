// What a write would answer, who is in the way, and what to write first so that the same write succeeds. All of it tried on a copy.
import { formatApqn } from "../ap/apqn.ts";
import type { Errno } from "../ap/errno.ts";
import type { Refusal } from "../ap/result.ts";
import type { Host } from "../vfio-ap/host.ts";
import { type Offender, offendersOf } from "./offenders.ts";
import type { Write } from "./reason.ts";
import { WhatIf } from "./what-if.ts";
import { remediesForWrite } from "./write-remedies.ts";

export interface ErrnoExplanation {
  /** undefined: it would succeed. */
  readonly errno: Errno | undefined;
  readonly why: Refusal | undefined;
  /** It would succeed, but only once a guest has let go. */
  readonly waits: boolean;
  readonly offenders: readonly Offender[];
  /** Writes after which it succeeds, none if it does already; undefined if none help. */
  readonly fix: readonly Write[] | undefined;
}

const LONGEST = 600;
/** So many times all alternatives are tried; after that the first one that works is taken. */
const BRANCHES = 4;

export function explainErrno(host: Host, write: Write): ErrnoExplanation {
  const whatIf = new WhatIf(host);
  const result = whatIf.try(write);
  if (result.ok) {
    return { errno: undefined, why: undefined, waits: result.value.outcome === "waits", offenders: [], fix: [] };
  }
  const { errno, why } = result;
  const fix = searchFix(whatIf, write, [], LONGEST, BRANCHES);
  return { errno, why, waits: false, offenders: offendersOf(host, write, why), fix };
}

/** The shortest list of writes, of at most `limit`, that goes on from what is written and lets the write succeed. */
function searchFix(
  whatIf: WhatIf,
  write: Write,
  written: readonly Write[],
  limit: number,
  branches: number,
): readonly Write[] | undefined {
  const before = whatIf.save();
  const result = whatIf.try(write);
  whatIf.restore(before);
  if (result.ok) return written;
  const remedies = remediesForWrite(whatIf.host, write, result.why);
  const choices = branches > 0 ? remedies : remedies.slice(0, 1);
  let best: readonly Write[] | undefined;
  for (const remedy of choices) {
    whatIf.restore(before);
    const most = best ? best.length - 1 : limit;
    if (written.length + remedy.length > most) continue;
    // What is taken but changes nothing would be tried for ever.
    if (!remedy.every((one) => whatIf.write(one)) || whatIf.isAs(before)) continue;
    best =
      searchFix(whatIf, write, [...written, ...remedy], most, choices.length > 1 ? branches - 1 : branches) ?? best;
  }
  return best;
}

/** The JSON that `apmatrix explain errno --format json` prints. */
export function errnoToJson({ errno, offenders, fix, waits }: ErrnoExplanation): Record<string, unknown> {
  return {
    errno: errno ?? null,
    ...(waits && { waits: true }),
    offenders: offenders.map(({ apqn, owner }) => ({ apqn: formatApqn(apqn), owner })),
    fix: fix ?? null,
  };
}
