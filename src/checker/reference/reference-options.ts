// The reference model's parameters: how large the host is, and which kernel's rule decides. Next: state.ts, state-words.ts.

/** Linux as merged, two changes of it, and version 11 of the patches with a change of it. */
export const RULES = [
  "mainline",
  "mainline, removal looks at adapters only",
  "mainline, nothing is reset that the filter takes away",
  "v11",
  "v11, removal looks at adapters and domains",
] as const;

export interface ReferenceOptions {
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

/** A set of queues is one number, and so is a set of mdevs. */
const MOST_QUEUES = 16;
const MOST_MDEVS = 16;

/** What is wrong with the options, in a sentence, or undefined. */
export function optionsError(options: ReferenceOptions): string | undefined {
  const { adapters, domains, mdevs, absent, rule } = options;
  if (![adapters, domains, mdevs].every((size) => Number.isInteger(size) && size >= 1)) {
    return "a host needs at least one adapter, one domain and one mdev";
  }
  if (adapters * domains > MOST_QUEUES || mdevs > MOST_MDEVS) {
    return `host ${adapters}x${domains}x${mdevs} is too large: at most ${MOST_QUEUES} queues and ${MOST_MDEVS} mdevs`;
  }
  if (!Number.isInteger(absent) || absent < 0) return "absent must be a whole number from 0";
  if (!(rule in RULES)) return `unknown rule ${rule}; known: 0 to ${RULES.length - 1}`;
  return undefined;
}

export const isV11 = ({ rule }: ReferenceOptions): boolean => rule >= 3;
