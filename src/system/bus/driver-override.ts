// driver_override (from 6.19): a queue names its driver itself, and then the masks do not count for it. docs/kernel/bus.md §4.5.
import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import type { ApBus } from "./ap-bus.ts";

const MASKS_IN_USE = refused("EINVAL", "masks-in-use");

/**
 * Set the name, or clear it with an empty one. Nothing is bound or unbound by this, and the name need not be a driver's.
 *
 * @returns EINVAL while apmask or aqmask have been written to something else than all ones
 */
export function storeOverride(bus: ApBus, apqn: Apqn, name: string): Result<void> {
  const { state } = bus;
  if (state.get("masksInUse") !== 0) return MASKS_IN_USE;
  const row = state.overridden.row(apidOf(apqn));
  const [before, after] = [row.has(apqiOf(apqn)), name !== ""];
  row.set(apqiOf(apqn), after);
  state.override.set(apqn, after ? state.names.numberOf(name) : 0);
  state.set("overrides", state.get("overrides") + Number(after) - Number(before));
  return DONE;
}
