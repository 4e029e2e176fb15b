// The sentences of all views: what a sign means, how a guest is doing, how much of its matrix it has.
import type { ObservedCard, ObservedMatrix } from "../sysfs/observed-host.ts";
import type { DomainMark, Grid } from "./grid.ts";
import { marksOf, signsOf } from "./grid.ts";
import type { GuestSign } from "./guest-grid.ts";
import type { HostSign, HostSignName } from "./host-grid.ts";
import { adaptersText, domainsText } from "./id-span.ts";
import type { GuestState, Panel, Shown } from "./shown.ts";

const HOST_MEANINGS: Readonly<Record<HostSignName, string>> = {
  host: "with the host's driver",
  "host-not-online": "with the host's driver, not online",
  unassigned: "with vfio_ap, assigned to no mdev",
  "assigned-unseen": "with vfio_ap, assigned to an mdev that sysfs does not show",
  "no-driver": "no driver has it",
  unknown: "cannot be told",
  absent: "no such queue",
};

/** One entry of a legend. */
export interface Meaning<Sign> {
  readonly sign: Sign;
  readonly means: string;
}

/** The signs that occur, and no others; all mdevs are one entry, that of the lowest number. */
export function hostLegend(grid: Grid<HostSign>): readonly Meaning<HostSign>[] {
  const signs = signsOf([grid]);
  const numbers = [...signs].filter((sign) => typeof sign === "number").sort((a, b) => a - b);
  const mdevs = numbers
    .slice(0, 1)
    .map((sign) => ({ sign, means: `with vfio_ap, assigned to the mdev of ${numbers.length > 1 ? "the" : "this"} number` }));
  const names = Object.keys(HOST_MEANINGS) as HostSignName[];
  return [...mdevs, ...names.filter((name) => signs.has(name)).map((sign) => ({ sign, means: HOST_MEANINGS[sign] }))];
}

const GUEST_MEANINGS: Readonly<Record<Exclude<GuestSign, "none" | "plugged">, string>> = {
  filtered: "assigned and with vfio_ap, but filtered: not in the guest",
  "not-with-vfio-ap": "assigned, but not with vfio_ap: not in the guest",
  "not-in-host": "assigned, but the host has no such queue",
  unknown: "assigned; whether the guest has it is not known",
};

/** The signs that occur. A queue of a guest that does not run is in none yet. */
export function guestLegend(panels: readonly { readonly panel: Panel; readonly grid: Grid<GuestSign> }[]): readonly Meaning<GuestSign>[] {
  const signs = signsOf(panels.map(({ grid }) => grid));
  const runs = new Set(panels.filter(({ grid }) => signsOf([grid]).has("plugged")).map(({ panel }) => isThere(panel.guest)));
  const plugged = [...runs].map((there) => PLUGGED_MEANINGS[`${there}`]).sort().join(", or ");
  const others = (Object.keys(GUEST_MEANINGS) as (keyof typeof GUEST_MEANINGS)[]).filter((name) => signs.has(name));
  return [
    ...(runs.size > 0 ? [{ sign: "plugged", means: plugged } as const] : []),
    ...others.map((sign) => ({ sign, means: GUEST_MEANINGS[sign] })),
  ];
}

/** Whether there is a guest; undefined: nobody knows. */
const isThere = ({ run }: GuestState): boolean | undefined => {
  if (run === "unknown") return undefined;
  return run !== "not running";
};

const PLUGGED_MEANINGS: Readonly<Record<string, string>> = {
  true: "in the guest",
  false: "would be in the guest if it ran",
  undefined: "in the guest if it runs",
};

const MARK_MEANINGS: Readonly<Record<Exclude<DomainMark, " ">, string>> = {
  C: "control domain",
  U: "usage domain",
  B: "both",
};

/** `C control domain, U usage domain, B both`; empty if no mark occurs. */
export function marksLegend(grids: readonly Grid<unknown>[]): string {
  const marks = marksOf(grids);
  const occurring = (["C", "U", "B"] as const).filter((mark) => marks.has(mark));
  const text = ({ C: "C control domain", U: "U usage domain", B: "B control and usage domain" } as const);
  return occurring.map((mark) => text[mark]).join(", ");
}

/** `Kernel linux-7.3, 2 cards, 8 queues, 8 of 8 bound (complete)`. */
export function hostSummary({ host, profile }: Shown): string {
  const { cards, queues, bindings } = host;
  const bound = bindings && `${bindings.bound} of ${bindings.devices} bound${bindings.complete ? " (complete)" : ""}`;
  const parts = [profile && `kernel ${profile}`, count(cards.length, "card"), count(queues.length, "queue"), bound];
  return parts.filter((part) => part !== undefined).join(", ");
}

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** `guest Guest1, running`. */
export function guestText({ name, run }: GuestState): string {
  const who = name === undefined ? "guest" : `guest ${name}`;
  switch (run) {
    case "running":
      return `${who}, running`;
    case "not running":
      return "no guest runs";
    case "leaving":
      return `${who}, still running while its mdev is being removed`;
    case "unknown":
      return "not known whether a guest runs";
  }
}

const queuesOf = ({ apm, aqm }: ObservedMatrix): number => apm.count() * aqm.count();
const atLeast = (matrix: ObservedMatrix): string => (matrix.isCut ? `at least ${queuesOf(matrix)}` : `${queuesOf(matrix)}`);

/** How much of its matrix the guest has. */
export function matrixText({ matrix, view, guest }: Panel): string {
  if (!matrix) return view && guest.run === "leaving" ? `has ${count(queuesOf(view), "queue")}` : "what is assigned cannot be told";
  if (matrix.apm.isEmpty() && matrix.aqm.isEmpty()) return "nothing is assigned";
  if (matrix.aqm.isEmpty()) return `adapters ${adaptersText(matrix.apm.ids())} and no domain are assigned, so no queue`;
  if (matrix.apm.isEmpty()) return `domains ${domainsText(matrix.aqm.ids())} and no adapter are assigned, so no queue`;
  const assigned = `${atLeast(matrix)} assigned queue${queuesOf(matrix) === 1 ? "" : "s"}`;
  if (!view) return `${assigned}; which of them its guest has is not known`;
  const verb = { running: "has", leaving: "has", "not running": "would have", unknown: "has, or would have," }[guest.run];
  return `${verb} ${atLeast(view)} of ${assigned}`;
}

/** Control domains, and which of them did not get into a running guest; undefined if there are none. */
export function controlDomainsText({ controlDomains, guestControlDomains, guest }: Panel): string | undefined {
  const assigned = controlDomains?.ids() ?? guestControlDomains?.ids() ?? [];
  if (assigned.length === 0) return undefined;
  const missing = guestControlDomains && guest.run === "running" ? assigned.filter((id) => !guestControlDomains.has(id)) : [];
  const less = missing.length > 0 ? `; not in the guest: ${domainsText(missing)}` : "";
  return `control domains ${domainsText(assigned)}${less}`;
}

/** What a page was too small for; undefined if all is known. */
export function cutText({ matrix, view }: Panel): string | undefined {
  const cut = [matrix?.isCut && "matrix", view?.isCut && "guest_matrix"].filter((name) => name !== undefined && name);
  return cut.length > 0 ? `the kernel cut the text of ${cut.join(" and ")}: further adapters are not known` : undefined;
}

/** The words of lszcrypt. */
export function cardStatus({ config, chkstop, online }: ObservedCard): string {
  if (config === false) return "deconfig";
  if (chkstop === true) return "chkstop";
  if (online === undefined) return "-";
  return online ? "online" : "offline";
}

const MODE_WORDS = { accel: "Accelerator", cca: "CCA-Coproc", ep11: "EP11-Coproc" } as const;
/** The words of lszcrypt. */
export const cardMode = ({ mode }: ObservedCard): string => (mode === undefined ? "-" : MODE_WORDS[mode]);
