// What a write would answer, who is in the way, and what to write first so that the same write succeeds. All of it is tried on a copy.
import { formatApqn } from "../../system/ap/apqn.ts";
import type { Errno } from "../../system/ap/errno.ts";
import type { Refusal, Refused } from "../../system/ap/result.ts";
import { realPath } from "../../system/sysfs/real-path.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { BRANCHES, LONGEST } from "./fix.ts";
import { likelyWrites } from "./likely-writes.ts";
import { type Loser, losersOf } from "./losers.ts";
import { withoutNeedless } from "./needless.ts";
import { type Offender, offendersOf } from "./offenders.ts";
import { WhatIf } from "./what-if.ts";
import { shrinkItself } from "./whole-ways.ts";
import { remediesForWrite } from "./write-remedies.ts";

export interface ErrnoExplanation {
  /** undefined: it would succeed. */
  readonly errno: Errno | undefined;
  readonly why: Refusal | undefined;
  /** It would succeed, but only once a guest has let go. */
  readonly waits: boolean;
  /** All that would be in the way, one errno after the other, in the order in which the fix deals with them. */
  readonly offenders: readonly OffenderMet[];
  /** Writes after which it succeeds; empty if it succeeds now; undefined if none help. */
  readonly fix: readonly Write[] | undefined;
  /** Running guests that lose queues by the fix, without the one whose mdev is written to. */
  readonly losers: readonly Loser[];
}

/** A queue in the way, and the errno that it leads to. */
interface OffenderMet extends Offender {
  readonly errno: Errno;
}

/** How deep the search goes for a write that helps but is refused itself at first. */
const DEEPEST = 2;

export function explainErrno(host: Host, write: Write): ErrnoExplanation {
  const whatIf = new WhatIf(host);
  const [path, value] = write;
  const really: Write = [realPath(whatIf.sysfs, path), value];
  const before = whatIf.save();
  const result = whatIf.try(write);
  if (result.ok) {
    return {
      errno: undefined,
      why: undefined,
      waits: result.value.outcome === "waits",
      offenders: [],
      fix: [],
      losers: [],
    };
  }
  const { errno, why } = result;
  whatIf.restore(before);
  // No write helps if the path leads nowhere, such as a path below a file.
  const offenders = offendersOf(host, really, why);
  const search = new WaySearch(whatIf);
  const some = errno === "ENOTDIR" ? undefined : search.to(really, LONGEST, BRANCHES, DEEPEST);
  const found = some && withoutNeedless(some, (fewer) => search.byOneOf([fewer], really) !== undefined);
  const likely = () =>
    search.byOneOf(
      likelyWrites(host, really, offenders).map((one) => [one]),
      really,
    );
  const fix =
    found?.length === 1 ? found : (likely() ?? found ?? search.byOneOf(shrinkItself(host, really, offenders), really));
  const all = [...offenders.map((one) => ({ ...one, errno })), ...laterOffenders(whatIf, really, result, fix)];
  return { errno, why, waits: false, offenders: all, fix, losers: fix ? losersOf(whatIf, fix, ownOf(really)) : [] };
}

/** The mdev that is written to. */
function ownOf(write: Write): string | undefined {
  const file = writtenFile(write);
  return file.kind === "mdev" ? file.uuid : undefined;
}

/**
 * Queues that would be in the way once the first ones are not: the same write is tried after each write of the fix. Where no fix is known,
 * those that other mdevs have come after those of the host, as the kernel looks at them.
 */
function laterOffenders(
  whatIf: WhatIf,
  write: Write,
  first: Refused,
  fix: readonly Write[] | undefined,
): readonly OffenderMet[] {
  const { kind: file } = writtenFile(write);
  // Binding is about one queue, which the fix itself may bind.
  if (file === "driver" || file === "queue") return [];
  const { original } = whatIf;
  const told = new Set([first.why.kind]);
  const met: OffenderMet[] = [];
  const tell = (errno: Errno, kind: Refusal["kind"], host: Host): void => {
    if (told.has(kind)) return;
    told.add(kind);
    met.push(...offendersOf(host, write, { kind }).map((one) => ({ ...one, errno })));
  };
  whatIf.reset();
  for (const one of fix ?? []) {
    whatIf.write(one);
    const before = whatIf.save();
    const result = whatIf.try(write);
    whatIf.restore(before);
    if (!result.ok) tell(result.errno, result.why.kind, whatIf.host);
  }
  if (first.errno === "EADDRNOTAVAIL") tell("EADDRINUSE", "queue-assigned-elsewhere", original);
  return met;
}

class WaySearch {
  readonly #whatIf: WhatIf;

  constructor(whatIf: WhatIf) {
    this.#whatIf = whatIf;
  }

  /** The first of these lists after which this write succeeds. */
  byOneOf(lists: readonly (readonly Write[])[], write: Write): readonly Write[] | undefined {
    return lists.find((list) => {
      this.#whatIf.reset();
      return [...list, write].every((one) => this.#whatIf.write(one));
    });
  }

  /** The shortest list of at most `limit` writes after which this one succeeds. The copy may be in any state afterwards. */
  to(write: Write, limit: number, branches: number, depth: number): readonly Write[] | undefined {
    const whatIf = this.#whatIf;
    const before = whatIf.save();
    const result = whatIf.try(write);
    if (result.ok) return [];
    whatIf.restore(before);
    const remedies = remediesForWrite(whatIf.host, write, result.why);
    const choices = branches > 0 ? remedies : remedies.slice(0, 1);
    const left = choices.length > 1 ? branches - 1 : branches;
    let best: readonly Write[] | undefined;
    for (const remedy of choices) {
      whatIf.restore(before);
      const most = best ? best.length - 1 : limit;
      const done = this.#carryOut(remedy, most, left, depth);
      // Writes that succeed but change nothing would be tried for ever.
      if (!done || whatIf.isAs(before)) continue;
      const rest = this.to(write, most - done.length, left, depth);
      if (rest) best = [...done, ...rest];
    }
    return best;
  }

  /** Each of these writes, and before it the writes that it needs itself. */
  #carryOut(writes: readonly Write[], limit: number, branches: number, depth: number): readonly Write[] | undefined {
    const done: Write[] = [];
    for (const write of writes) {
      if (done.length >= limit) return undefined;
      const before = this.#whatIf.save();
      if (!this.#whatIf.write(write)) {
        const needed =
          depth > 0 ? this.to(write, limit - done.length - 1, Math.min(branches, 1), depth - 1) : undefined;
        if (!needed) return undefined;
        // The search may have left any state, so what it found is written again.
        this.#whatIf.restore(before);
        if (![...needed, write].every((one) => this.#whatIf.write(one))) return undefined;
        done.push(...needed);
      }
      done.push(write);
    }
    return done.length <= limit ? done : undefined;
  }
}

/** What `apmatrix explain-write --format json` prints. */
export interface ErrnoJson {
  /** null: it would succeed. */
  readonly errno: Errno | null;
  /** It would succeed, but only once a guest has let go. */
  readonly waits?: true;
  readonly offenders: readonly {
    readonly apqn: string;
    readonly owner: Offender["owner"];
    /** What it leads to, once whatever leads to the first errno is out of the way; left out if that is the first. */
    readonly errno?: Errno;
  }[];
  /** Writes after which it succeeds; empty if it succeeds now; null if nothing helps. */
  readonly fix: readonly Write[] | null;
  /** Running guests that lose queues by the fix, and how many of how many; left out if none does. */
  readonly losers?: readonly Loser[];
}

export function errnoToJson({ errno, offenders, fix, waits, losers }: ErrnoExplanation): ErrnoJson {
  return {
    errno: errno ?? null,
    ...(waits && { waits: true }),
    offenders: offenders.map(({ apqn, owner, errno: met }) => ({
      apqn: formatApqn(apqn),
      owner,
      ...(met !== errno && { errno: met }),
    })),
    fix: fix ?? null,
    ...(losers.length > 0 && { losers }),
  };
}
