// What the signs of a picture mean: legends that explain exactly the signs that occur in it.
import { type DomainMark, type Grid, marksOf, signsOf } from "./grid.ts";
import type { GuestSign, PanelGrid } from "./guest-grid.ts";
import type { HostSign, HostSignName } from "./host-grid.ts";
import type { GuestState } from "./shown.ts";

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
    .map((sign) => ({ sign, means: "with vfio_ap, assigned to the mdev of this number" }));
  const names = Object.keys(HOST_MEANINGS) as HostSignName[];
  return [...mdevs, ...names.filter((name) => signs.has(name)).map((sign) => ({ sign, means: HOST_MEANINGS[sign] }))];
}

const GUEST_MEANINGS: Readonly<Record<Exclude<GuestSign, "none" | "plugged">, string>> = {
  filtered: "assigned and with vfio_ap, but filtered: not in the guest",
  "not-with-vfio-ap": "assigned, but not with vfio_ap: not in the guest",
  "not-in-host": "assigned, but the host has no such queue",
  unknown: "assigned; whether the guest has it is not known",
};

/** The signs that occur. What a guest that does not run will have is in no guest yet. */
export function guestLegend(panels: readonly PanelGrid[]): readonly Meaning<GuestSign>[] {
  const signs = signsOf(panels.map(({ grid }) => grid));
  const runs = new Set(
    panels.filter(({ grid }) => signsOf([grid]).has("plugged")).map(({ panel }) => isThere(panel.guest)),
  );
  const plugged = [...runs]
    .map((there) => PLUGGED_MEANINGS[`${there}`])
    .sort()
    .join(", or ");
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
  B: "control and usage domain",
};

/** The letters at the left of the domains that occur. */
export function marksLegend(grids: readonly Grid<unknown>[]): readonly Meaning<DomainMark>[] {
  const marks = marksOf(grids);
  return (["C", "U", "B"] as const)
    .filter((mark) => marks.has(mark))
    .map((sign) => ({ sign, means: MARK_MEANINGS[sign] }));
}
