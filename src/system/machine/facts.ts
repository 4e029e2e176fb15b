// What never changes while a machine runs: what it can number, which facilities it has, who made its cards.
import type { CardMode } from "../ap/card-type.ts";
import type { Adm, Apm, Aqm } from "../ap/mask.ts";

/** The size and the facilities of a machine. They decide the layout of its buffer. */
export interface Facts {
  /** Extended addressing. Without it adapters 0..63 and domains 0..15 are all there is. */
  readonly apxa: boolean;
  /** The query instruction (facility 12). Without it all adapters and domains up to the maxima count as configured. */
  readonly qci: boolean;
  /** Highest adapter and domain number, 0..255. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  /** Serial number of a card, by adapter; cards that are not listed have none. */
  readonly serials: ReadonlyMap<number, string>;
  /** A machine under z/VM polls less often. */
  readonly zvm: boolean;
}

/** The hardware at boot. */
export interface HardwareAtBoot {
  readonly apm: Apm;
  readonly aqm: Aqm;
  readonly adm: Adm;
  /** Type number by adapter, 0..255. */
  readonly typeOf: (adapter: number) => number;
  readonly modeOf: (adapter: number) => CardMode;
}

/** Highest numbers of a machine with or without extended addressing. */
export const MAX_ADAPTER = { apxa: 255, plain: 63 } as const;
export const MAX_DOMAIN = { apxa: 255, plain: 15 } as const;

export const DEFAULT_FACTS: Facts = {
  apxa: true,
  qci: true,
  maxAdapter: MAX_ADAPTER.apxa,
  maxDomain: MAX_DOMAIN.apxa,
  serials: new Map(),
  zvm: false,
};
