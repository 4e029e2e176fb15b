// What a picture of a host has to show: the host itself and a panel for each mdev, with what is known of its guest. Every view
// (table, JSON, SVG, page) draws this. Next: host-grid.ts, guest-grid.ts.
import type { Adm } from "../../system/ap/mask.ts";
import { queuesOf } from "../../system/ap/product.ts";
import type { ObservedHost, ObservedMatrix } from "../../system/sysfs/observed-host.ts";
import type { RunningGuest } from "../../system/sysfs/running-guests.ts";
import { type AilingQueue, ailing, healthSeen } from "../explain/health.ts";

export interface Shown {
  readonly describes: string;
  /** Name of the profile whose rules the host follows, if those are ours. */
  readonly profile: string | undefined;
  readonly host: ObservedHost;
  /** Running guests by the uuid of their mdev, if anybody knows them. */
  readonly guests: ReadonlyMap<string, RunningGuest> | undefined;
  /** Names that people gave to mdevs, by uuid. */
  readonly labels?: ReadonlyMap<string, string>;
  /** UUIDs of the mdevs that have a panel; undefined: all. */
  readonly only?: ReadonlySet<string>;
}

export interface Panel {
  /** From 1, by which the host's grid names the mdev. */
  readonly number: number;
  readonly uuid: string;
  /** What people call it, if that is not the name of its guest. */
  readonly label: string | undefined;
  readonly guest: GuestState;
  /** What is assigned. */
  readonly matrix: ObservedMatrix | undefined;
  readonly controlDomains: Adm | undefined;
  /** What the guest has; without a running one, what it would get. */
  readonly view: ObservedMatrix | undefined;
  /** What of the view is of no use to the guest. */
  readonly ailing: readonly AilingQueue[];
  /** Control domains of a running guest. */
  readonly guestControlDomains: Adm | undefined;
}

export interface GuestState {
  readonly name: string | undefined;
  /** `leaving`: the mdev is gone from sysfs, its removal waits for the guest. */
  readonly run: "running" | "not running" | "leaving" | "unknown";
}

/** Mdevs by uuid; after them those of which only the guest is left. */
export function panelsOf({ host, guests, labels, only }: Shown): readonly Panel[] {
  const panels = host.mdevs.map((mdev, at): Panel => {
    const guest = guests?.get(mdev.uuid);
    const label = labels?.get(mdev.uuid);
    const run = runOf(guests ? guest !== undefined : mdev.isRunning);
    // In /sys a guest has no name, but people may have given it one.
    const name = guest?.name ?? (run === "running" ? label : undefined);
    const view = guest ? { apm: guest.apm, aqm: guest.aqm, isCut: false } : mdev.guestView;
    return {
      number: at + 1,
      uuid: mdev.uuid,
      label: label === name ? undefined : label,
      guest: { name, run },
      matrix: mdev.matrix,
      controlDomains: mdev.controlDomains,
      view,
      ailing: ailingIn(host, view),
      guestControlDomains: guest?.adm,
    };
  });
  const shown = new Set(host.mdevs.map(({ uuid }) => uuid));
  const leaving = [...(guests ?? [])].filter(([uuid]) => !shown.has(uuid)).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = [
    ...panels,
    ...leaving.map(([uuid, guest], at) => leavingPanel(host, panels.length + at + 1, { uuid, ...guest })),
  ];
  return only === undefined ? all : all.filter(({ uuid }) => only.has(uuid));
}

function runOf(isRunning: boolean | undefined): GuestState["run"] {
  if (isRunning === undefined) return "unknown";
  return isRunning ? "running" : "not running";
}

const ailingIn = (host: ObservedHost, view: ObservedMatrix | undefined): readonly AilingQueue[] =>
  ailing(view ? queuesOf(view) : [], (apqn) => healthSeen(host, apqn));

const leavingPanel = (
  host: ObservedHost,
  number: number,
  { uuid, name, apm, aqm, adm }: RunningGuest & { readonly uuid: string },
): Panel => ({
  number,
  uuid,
  label: undefined,
  guest: { name, run: "leaving" },
  matrix: undefined,
  controlDomains: undefined,
  view: { apm, aqm, isCut: false },
  ailing: ailingIn(host, { apm, aqm, isCut: false }),
  guestControlDomains: adm,
});
