// The reference model's parameters and the tables that follow from them. A set of adapters, of domains or of queues is one number
// here, bit by bit; queue (a, d) is bit a * domains + d. Next: layout.ts.

/** Which kernel's rule decides: Linux as merged, two changes of it, and version 11 of the patches with a change of it. */
export const RULES = [
  "mainline",
  "mainline, removal looks at adapters only",
  "mainline, nothing is reset that the filter takes away",
  "v11",
  "v11, removal looks at adapters and domains",
] as const;

export interface Universe {
  readonly adapters: number;
  readonly domains: number;
  readonly mdevs: number;
  /** How many adapters, and how many domains, may be out of the host's configuration at one time. */
  readonly absent: number;
  /** Index into RULES. */
  readonly rule: number;
  readonly controlDomains: boolean;
  /** The last queue belongs to the default driver. */
  readonly reserved: boolean;
}

/** Tables have an entry for every set of queues. */
const MOST_QUEUES = 16;
/** One bit of one word for each queue of each mdev. */
const MOST_DIRTIED = 32;

/** What is wrong with a universe, in a sentence, or undefined. */
export function universeError(universe: Universe): string | undefined {
  const { adapters, domains, mdevs, absent, rule } = universe;
  if (![adapters, domains, mdevs].every((size) => Number.isInteger(size) && size >= 1)) {
    return "a host needs at least one adapter, one domain and one mdev";
  }
  const queues = adapters * domains;
  if (queues > MOST_QUEUES || queues * mdevs > MOST_DIRTIED) {
    const size = `${adapters}x${domains}x${mdevs}`;
    const limits = `at most ${MOST_QUEUES} queues, and ${MOST_DIRTIED} of all mdevs together`;
    return `host ${size} is too large to pack: ${limits}`;
  }
  if (!Number.isInteger(absent) || absent < 0) return "absent must be a whole number from 0";
  if (!(rule in RULES)) return `unknown rule ${rule}; known: 0 to ${RULES.length - 1}`;
  return undefined;
}

/** Sets worked out in advance, and what the rule means for single steps. */
export interface Tables {
  readonly allAdapters: number;
  readonly allDomains: number;
  readonly allQueues: number;
  /** Queues that belong to the default driver. */
  readonly reserved: number;
  /** Queues of adapters x domains, at adapters << M | domains. */
  readonly product: Int32Array;
  /** Adapters that have one of these queues. */
  readonly adaptersOf: Int32Array;
  /** Domains that have one of these queues. */
  readonly domainsOf: Int32Array;
  readonly isV11: boolean;
  /** Removal of a queue asks for both bits of the shadow, not only for the adapter's. */
  readonly removalAsksBoth: boolean;
  readonly resetsFiltered: boolean;
}

export function tablesOf({ adapters, domains, rule, reserved }: Universe): Tables {
  const queues = adapters * domains;
  const allDomains = 2 ** domains - 1;
  const product = new Int32Array(2 ** (adapters + domains));
  for (let sets = 0; sets < product.length; sets++) {
    for (let a = 0; a < adapters; a++) {
      if ((sets >> (domains + a)) & 1)
        product[sets] = (product[sets] as number) | ((sets & allDomains) << (a * domains));
    }
  }
  const adaptersOf = new Int32Array(2 ** queues);
  const domainsOf = new Int32Array(2 ** queues);
  for (let set = 1; set < adaptersOf.length; set++) {
    const top = 31 - Math.clz32(set);
    const rest = set ^ (1 << top);
    adaptersOf[set] = (adaptersOf[rest] as number) | (1 << Math.floor(top / domains));
    domainsOf[set] = (domainsOf[rest] as number) | (1 << (top % domains));
  }
  return {
    allAdapters: 2 ** adapters - 1,
    allDomains,
    allQueues: 2 ** queues - 1,
    reserved: reserved ? 2 ** (queues - 1) : 0,
    product,
    adaptersOf,
    domainsOf,
    isV11: rule >= 3,
    removalAsksBoth: rule === 0 || rule === 2 || rule === 4,
    resetsFiltered: rule === 0 || rule === 1,
  };
}
