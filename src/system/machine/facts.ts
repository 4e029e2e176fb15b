// What never changes while a machine runs: what it can number, which facilities it has, who made its cards.

import type { CardMode } from "../ap/card-type.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { KeysAndCounts } from "./keys-and-counts.ts";

/**
 * What cex4card and cex4queue are: those of zcrypt, as on every machine; or stand-ins that take every device and do nothing with it,
 * with which the first traces were recorded (docs/trace-format.md §3).
 */
export type HostDrivers = "zcrypt" | "bind-only";

export const HOST_DRIVERS: readonly HostDrivers[] = ["zcrypt", "bind-only"];

/**
 * What a CPU model has of AP: the instructions; the query instruction (STFLE bit 12); the type of a queue (bit 15), without which Linux
 * finds no device; interrupts (bit 65).
 */
export const FACILITIES = ["ap", "apqci", "apft", "apqi"] as const;
export type Facility = (typeof FACILITIES)[number];

/** The size and the facilities of a machine. They decide the layout of its buffer. */
export interface Facts {
  /** Facilities that the machine lacks; `qci` says the same of the query instruction. */
  readonly lacks: ReadonlySet<Facility>;
  /** Its console takes the order to put a card into standby, or back (SCLP). */
  readonly reconfigures: boolean;
  /** Extended addressing. Without it adapters 0..63 and domains 0..15 are all there is. */
  readonly apxa: boolean;
  /** The query instruction (facility 12). Without it all adapters and domains up to the maxima count as configured. */
  readonly qci: boolean;
  /** The AP secure binding facility, a bit of what the query instruction answers. */
  readonly apsb: boolean;
  /** Linux runs in a Secure Execution guest: the machine lets it use a queue only after it has bound it (secure-binding.ts). */
  readonly se: boolean;
  /** Highest adapter and domain number for vfio_ap, 0..255. The bus does not believe a 0: busMaxima. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  /** Serial number of a card, by adapter; cards that are not listed have none. */
  readonly serials: ReadonlyMap<number, string>;
  /** Undefined: its cards tell of no master keys and of no requests before. */
  readonly keysAndCounts?: KeysAndCounts;
  /** A machine under z/VM polls less often. */
  readonly zvm: boolean;
  readonly hostDrivers: HostDrivers;
  /** The texts with which the kernel was started, as far as given: what /sys/module shows of them. */
  readonly parameters: BootMasks;
}

/** Boot parameters of the AP bus that are texts. */
export interface BootMasks {
  readonly apmask?: string;
  readonly aqmask?: string;
}

/** The hardware at boot. */
export interface HardwareAtBoot extends Matrix {
  /** Type number by adapter, 0..255. */
  readonly typeOf: (adapter: number) => number;
  readonly modeOf: (adapter: number) => CardMode;
}

/** Highest numbers of a machine with or without extended addressing. */
export const MAX_ADAPTER = { apxa: 255, plain: 63 } as const;
export const MAX_DOMAIN = { apxa: 255, plain: 15 } as const;

/** Only the query instruction tells of larger numbers, and only with extended addressing. */
export function maximaOf({
  apxa,
  qci,
  maxAdapter,
  maxDomain,
}: Pick<Facts, "apxa" | "qci" | "maxAdapter" | "maxDomain">) {
  return apxa && qci ? { maxAdapter, maxDomain } : { maxAdapter: MAX_ADAPTER.plain, maxDomain: MAX_DOMAIN.plain };
}

/** Highest adapter and domain as the bus counts them: a machine that says 0 is not believed (docs/kernel/faults.md B-33). */
export const busMaxima = ({ maxAdapter, maxDomain }: Pick<Facts, "maxAdapter" | "maxDomain">) => ({
  maxAdapter: maxAdapter || MAX_ADAPTER.plain,
  maxDomain: maxDomain || MAX_DOMAIN.plain,
});

/** A fact that another one needs, which is not there. */
export interface MissingFacility {
  readonly fact: "apsb" | "se";
  readonly needs: "qci" | "apsb";
}

/** @returns undefined: there can be such a machine */
export function missingFacility({ qci, apsb, se }: Pick<Facts, "qci" | "apsb" | "se">): MissingFacility | undefined {
  if (se && !apsb) return { fact: "se", needs: "apsb" };
  return apsb && !qci ? { fact: "apsb", needs: "qci" } : undefined;
}

export const DEFAULT_FACTS: Facts = {
  lacks: new Set(),
  reconfigures: true,
  apxa: true,
  qci: true,
  apsb: false,
  se: false,
  maxAdapter: MAX_ADAPTER.apxa,
  maxDomain: MAX_DOMAIN.apxa,
  serials: new Map(),
  zvm: false,
  hostDrivers: "zcrypt",
  parameters: {},
};
