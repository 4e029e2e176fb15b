// A loaded state as a person reads it: sets of queues, adapters and domains by their names.

import { formatApqn } from "../../system/ap/apqn.ts";
import type { Id } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import type { QueueBits } from "../../system/machine/rows.ts";
import type { ShownValue } from "../model.ts";
import { adapterText, domainText, guestText, mdevText } from "../number-names.ts";
import type { Core } from "./core.ts";
import { hasHostDriver, tracksStale } from "./universe.ts";
import { PHASE } from "./world.ts";

type Named = Record<string, ShownValue>;

const ids = (mask: Mask<Id>, text: (id: number) => string): readonly string[] => mask.ids().map(text);

const masks = ({ apm, aqm, adm }: Matrix): ShownValue => ({
  adapters: ids(apm, adapterText),
  domains: ids(aqm, domainText),
  control: ids(adm, domainText),
});

/** Always the same names, whatever the state. */
export function shownState({ world }: Core): Named {
  const { state, phase } = world.before;
  const { kinds } = world.universe;
  const queues = (bits: QueueBits): ShownValue =>
    world.queues().flatMap(({ apqn }) => (bits.has(apqn) ? [formatApqn(apqn)] : []));
  const shown: Named = {
    scan: phase === PHASE.idle ? "idle" : "under way",
    machine: masks(state.machine),
    noticed: masks(state.info),
    devices: queues(state.devices),
    bound: queues(state.vfioBound),
    linked: queues(state.linked),
    "not passable": queues(state.unpassable),
  };
  if (hasHostDriver(world.universe)) shown["bound to host"] = queues(state.cexBound);
  if (kinds.has("masks"))
    shown.masks = { apmask: ids(state.apmask, adapterText), aqmask: ids(state.aqmask, domainText) };
  if (kinds.has("override")) shown.overridden = queues(state.overridden);
  if (kinds.has("fault")) shown.faulty = queues(state.faulty);
  if (tracksStale(world.universe)) shown["pointer left behind"] = queues(state.stale);
  for (let g = 0; g < world.universe.mdevs; g++) {
    const mdev = state.mdevs[g]!;
    const used = world.queues().flatMap(({ a, d, apqn }) => (world.before.hasUsed(g, a, d) ? [formatApqn(apqn)] : []));
    shown[mdevText(g)] = {
      there: mdev.isFree ? "no" : mdev.isBeingRemoved ? "being removed" : "yes",
      matrix: masks(mdev.matrix),
      shadow: masks(mdev.shadow),
      pending: masks(mdev.pending),
    };
    shown[guestText(g)] = { runs: mdev.isAttached, has: masks(mdev.guestMasks), used };
  }
  return shown;
}
