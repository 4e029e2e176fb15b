// Where everything stands in a host's buffer, worked out from the size of the host. Nobody but host-state.ts and the views
// (rows.ts, mdev.ts) uses offsets.
import { ID_LIMIT } from "../ap/id.ts";
import { wordsFor } from "../ap/mask.ts";
import { busMaxima, type Facts } from "./facts.ts";

/** How many of each a buffer has room for. */
export interface Size {
  /** 1..256 */
  readonly adapters: number;
  /** 1..256 */
  readonly domains: number;
  /** 1..65536; a host that needs more is moved to a larger buffer. */
  readonly mdevs: number;
  /** Queues can be bound for Secure Execution: in this host, or in a guest of it. */
  readonly secure?: boolean;
}

/** Room for all that the bus of such a machine can number. */
export function sizeFor(facts: Pick<Facts, "maxAdapter" | "maxDomain" | "apsb">, mdevs: number): Size {
  const { maxAdapter, maxDomain } = busMaxima(facts);
  return { adapters: maxAdapter + 1, domains: maxDomain + 1, mdevs, secure: facts.apsb };
}

/** Single words, in the order in which they stand. What only counts comes last and is read by no rule. */
export const SCALAR_AT = {
  scannedOnce: 0,
  bindingsDone: 1,
  masksInUse: 2,
  overrides: 3,
  mdevCount: 4,
  /** Default domain + 1, 0 none. */
  domain: 5,
  configTime: 6,
  pollThread: 7,
  pollTimeoutLow: 8,
  pollTimeoutHigh: 9,
  autoprobe: 10,
  scans: 11,
  bindingsCompleteCount: 12,
  /** Within an operation only: the bus has started a reset and will poll; queue devices have come or gone. */
  pollDue: 13,
  devicesChanged: 14,
  /** How many runs the order of the queue devices has (bus/device-order.ts). */
  deviceRuns: 15,
} as const;
export type Scalar = keyof typeof SCALAR_AT;
const SCALAR_WORDS = 16;

/** Masks of the machine and the bus: always 256 ids, because a mask may name what the host does not have. */
export const ADAPTER_MASKS = [
  "machineApm",
  "deconfigured",
  "checkstopped",
  "qciApm",
  "infoApm",
  "apmask",
  "cards",
  "cardsBound",
  "cardsDeconfigured",
  "cardsCheckstopped",
  "cardsOffline",
  "bindOrder",
  "cardsCounting",
] as const;
export const DOMAIN_MASKS = ["machineAqm", "qciAqm", "infoAqm", "aqmask"] as const;
export const CONTROL_MASKS = ["machineAdm", "qciAdm", "infoAdm"] as const;

/** One bit a queue, kept as one mask over domains per adapter, so that rules work on whole rows. */
export const QUEUE_BITS = [
  "interrupts",
  "faulty",
  "devices",
  "vfioBound",
  "cexBound",
  "linked",
  "stale",
  "unpassable",
  "registered",
  "overridden",
  "queuesDeconfigured",
  "queuesCheckstopped",
  "up",
  "bad",
  "resetStart",
  "resetWait",
  "queuesOffline",
  "oldCard",
  "oldCardOffline",
  "counting",
] as const;

/** One number a queue: in which of its words it stands, its lowest bit there, and how many bits it has. */
export const QUEUE_FIELDS = {
  resetFault: [0, 0, 9],
  aqicFault: [0, 9, 9],
  isc: [0, 18, 4],
  resetRc: [0, 22, 8],
  nib: [1, 0, 24],
  bindRank: [1, 24, 8],
  staleMdev: [2, 0, 17],
  override: [2, 17, 14],
  deviceRun: [3, 0, 17],
} as const satisfies Readonly<Record<string, readonly [word: number, shift: number, bits: number]>>;
const QUEUE_WORDS = 4;

/** The same for what only queues of a machine with secure binding have. */
export const SECURE_FIELDS = {
  bound: [0, 0, 1],
  pending: [0, 1, 1],
  failure: [0, 2, 8],
  index: [0, 10, 16],
  known: [1, 0, 16],
  waits: [1, 16, 1],
  bindFault: [2, 0, 9],
  associateFault: [2, 9, 9],
} as const satisfies Readonly<Record<string, readonly [word: number, shift: number, bits: number]>>;
const SECURE_WORDS = 3;

/** Words of an mdev's record before its masks: state, guest, the four words of its UUID, eventfds. */
export const MDEV_HEAD = 7;
/** Matrix, shadow, pending additions and what the guest runs with. */
export const MDEV_MATRICES = 4;

/** Offsets into the buffer, in words. */
export interface Layout extends Size {
  readonly adapterWidth: number;
  readonly domainWidth: number;
  readonly scalars: number;
  readonly masks: number;
  readonly adapterFacts: number;
  readonly queueBits: number;
  readonly queueWords: number;
  readonly secureWords: number;
  readonly mdevOrder: number;
  readonly mdevRecords: number;
  readonly mdevSize: number;
  readonly words: number;
}

export function layoutFor(size: Size): Layout {
  const adapterWidth = wordsFor(size.adapters);
  const domainWidth = wordsFor(size.domains);
  const mask = wordsFor(ID_LIMIT);
  const scalars = 0;
  const masks = scalars + SCALAR_WORDS;
  const adapterFacts = masks + mask * (ADAPTER_MASKS.length + DOMAIN_MASKS.length + CONTROL_MASKS.length);
  const queueBits = adapterFacts + 2 * ID_LIMIT;
  const queueWords = queueBits + QUEUE_BITS.length * size.adapters * domainWidth;
  const secureWords = queueWords + QUEUE_WORDS * size.adapters * size.domains;
  const mdevOrder = secureWords + (size.secure === true ? SECURE_WORDS * size.adapters * size.domains : 0);
  const mdevRecords = mdevOrder + size.mdevs;
  const mdevSize = MDEV_HEAD + MDEV_MATRICES * (adapterWidth + 2 * domainWidth);
  const words = mdevRecords + size.mdevs * mdevSize;
  return {
    ...size,
    adapterWidth,
    domainWidth,
    scalars,
    masks,
    adapterFacts,
    queueBits,
    queueWords,
    secureWords,
    mdevOrder,
    mdevRecords,
    mdevSize,
    words,
  };
}
