// What the status attribute of a queue says. Decided from the masks of the mdevs, not from the link. docs/kernel/bus.md §6.4.
import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import type { Host } from "./host.ts";
import { isPlugged } from "./plugged.ts";

export type QueueStatus = "unassigned" | "assigned" | "in use";

export function queueStatus({ state, profile }: Host, apqn: Apqn): QueueStatus {
  const mdev = state.ownerOf(apqn);
  if (!mdev) return "unassigned";
  if (profile.queueStatus === "by-guest") return mdev.isAttached ? "in use" : "assigned";
  return mdev.isAttached && isPlugged(mdev.shadow, apidOf(apqn), apqiOf(apqn)) ? "in use" : "assigned";
}
