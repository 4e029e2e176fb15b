// What an operation answers, as the JSON of docs/trace-format.md §5.

/** apm, aqm, adm as mask texts. */
export type MaskTexts = readonly [string, string, string];

export interface StateReport {
  readonly cards: Readonly<
    Record<string, { readonly dev: string; readonly vfio_ap: string; readonly cex4queue: string }>
  >;
  readonly apmask: string;
  readonly aqmask: string;
  readonly mdevs: Readonly<
    Record<string, { readonly ap_config: string; readonly guest_matrix: string; readonly control_domains: string }>
  >;
  readonly guests: Readonly<Record<string, MaskTexts>>;
  readonly irq: readonly string[];
  /** On request: the guests that have a Linux of their own. */
  readonly inside?: Readonly<Record<string, StateReport>>;
}

export interface Answer {
  /** A count, or the name of an error, or "blocked". */
  r: number | string;
  t?: string;
  l?: readonly string[];
  rc?: string;
  apcb?: Record<string, MaskTexts | null>;
  irq?: Record<string, 0 | 1>;
  done?: { readonly i: number; readonly r: number }[];
  uev?: (readonly string[])[];
  st?: StateReport;
  /** By guest: what happened inside without being asked for there. */
  in?: Record<string, Answer>;
}
