// Kinds of events that can happen in the checker's host, with the names that --events takes.
import type { FixName } from "../../system/vfio-ap/profile.ts";

export interface KindOfEvent {
  readonly name: string;
  readonly sentence: string;
  /** Taken unless the user chooses: enough for the questions of the seed discussion, few enough to explore all of 2x2x2. */
  readonly usual: boolean;
  /** Also taken where one of these fixes has been taken away: without such events nobody would see the fault. */
  readonly forFixes?: readonly FixName[];
}

const KINDS = [
  { name: "bind", sentence: "a free queue is bound to vfio_ap by hand", usual: true },
  { name: "unbind", sentence: "a queue is unbound from vfio_ap by hand", usual: true },
  { name: "assign", sentence: "an adapter or domain is assigned to an mdev", usual: true },
  { name: "unassign", sentence: "an adapter or domain is unassigned", usual: true },
  { name: "open", sentence: "a guest starts", usual: true },
  { name: "close", sentence: "a guest stops", usual: true },
  {
    name: "config",
    sentence: "the host loses or gains an adapter or domain and notices; its devices go and come one by one",
    usual: true,
  },
  {
    name: "control",
    sentence: "control domains are assigned and unassigned, and with config come and go",
    usual: false,
    forFixes: ["control-removal", "cleared-filtered"],
  },
  { name: "hardware", sentence: "like config, but the host notices later, at a scan", usual: false },
  { name: "card", sentence: "a card is put on standby and back, or check-stops and is repaired", usual: false },
  { name: "fault", sentence: "resets of a queue begin to fail, and work again", usual: false },
  { name: "reset", sentence: "a guest resets its device", usual: false },
  { name: "mdev", sentence: "mdevs are removed and created; a removal waits for its guest", usual: false },
  { name: "ap_config", sentence: "a whole matrix is written at once", usual: false },
  { name: "masks", sentence: "apmask and aqmask are written", usual: false },
  { name: "override", sentence: "driver_override of a queue is written (from 6.19)", usual: false },
  {
    name: "probe",
    sentence: "a queue is offered to all drivers, or bound to and unbound from cex4queue",
    usual: false,
  },
] as const satisfies readonly KindOfEvent[];

export type EventKind = (typeof KINDS)[number]["name"];
export const EVENT_KINDS: readonly (KindOfEvent & { readonly name: EventKind })[] = KINDS;
