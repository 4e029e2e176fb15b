// Ways to write the matrix of one mdev: all at once where the kernel has ap_config, or number by number in several orders. Trying them
// shows which is best (settle.ts).

import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { copyOf, type Mask } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { commonProduct, copyProduct, queuesOf } from "../../system/ap/product.ts";
import { mayBind } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { configWrite, numberWrites, rebindWrites, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { coversOf, sickQueues } from "./sick.ts";
import type { Target } from "./targets.ts";

export type Way = readonly Write[];

const without = (ids: readonly number[], other: readonly number[]): readonly number[] => {
  const known = new Set(other);
  return ids.filter((id) => !known.has(id));
};

/**
 * Numbers that the host does not have come first. Kernels before 6.8 look only at what was just assigned: for a number that is not
 * there they take adapters away, and with the next number they give them back.
 */
const absentFirst = <I extends Apid | Apqi>(ids: readonly I[], there: Mask<I>): readonly I[] => [
  ...ids.filter((id) => !there.has(id)),
  ...ids.filter((id) => there.has(id)),
];

function differences({ state: { info } }: Host, mdev: Mdev, { uuid, apm, aqm }: Target) {
  const now = { apm: mdev.matrix.apm.ids(), aqm: mdev.matrix.aqm.ids() };
  const to = { apm: absentFirst(apm.ids(), info.apm), aqm: absentFirst(aqm.ids(), info.aqm) };
  return {
    shrink: {
      adapters: numberWrites(uuid, "unassign_adapter", without(now.apm, to.apm)),
      domains: numberWrites(uuid, "unassign_domain", without(now.aqm, to.aqm)),
    },
    grow: {
      adapters: numberWrites(uuid, "assign_adapter", without(to.apm, now.apm)),
      domains: numberWrites(uuid, "assign_domain", without(to.aqm, now.aqm)),
    },
  };
}

/** Control domains need no queue, so their order does not matter. */
export function controlDomainWrites(mdev: Mdev, { uuid, adm }: Target): Way {
  const [now, to] = [mdev.matrix.adm.ids(), adm.ids()];
  return [
    ...numberWrites(uuid, "unassign_control_domain", without(now, to)),
    ...numberWrites(uuid, "assign_control_domain", without(to, now)),
  ];
}

/** What the mdev has and is to keep, with all its control domains. */
export const keptMasks = (mdev: Mdev, target: Target): Matrix => ({
  ...commonProduct(mdev.matrix, target),
  adm: copyOf(mdev.matrix.adm),
});

export const isMatrixAsDesired = (mdev: Mdev, target: Target): boolean => {
  const now = copyProduct(mdev.matrix);
  return now.apm.equals(target.apm) && now.aqm.equals(target.aqm);
};

/** Number by number, as somebody would write who goes through the lists. */
export function bitWrites(host: Host, mdev: Mdev, target: Target): Way {
  const { shrink, grow } = differences(host, mdev, target);
  return [...shrink.adapters, ...shrink.domains, ...grow.adapters, ...grow.domains];
}

/** Ways to give up what the mdev is not to keep, and no more. */
export function shrinkWays(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const { adapters, domains } = differences(host, mdev, target).shrink;
  const singles = [
    [...domains, ...adapters],
    [...adapters, ...domains],
  ];
  if (!host.profile.apConfig) return singles;
  const atOnce = [configWrite(target.uuid, keptMasks(mdev, target))];
  return adapters.length + domains.length === 1 ? [...singles.slice(0, 1), atOnce] : [atOnce, ...singles];
}

/** Ways to the whole desired matrix, the shortest first. */
export function fullWays(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const { shrink, grow } = differences(host, mdev, target);
  const control = controlDomainWrites(mdev, target);
  const shrunk: readonly [Way, Way] = [
    [...shrink.domains, ...shrink.adapters],
    [...shrink.adapters, ...shrink.domains],
  ];
  const grown: readonly [Way, Way] = [
    [...grow.adapters, ...grow.domains],
    [...grow.domains, ...grow.adapters],
  ];
  const singles = shrunk.flatMap((first) => grown.map((second) => [...first, ...second, ...control]));
  const healing = healingWays(host, mdev, target);
  if (!host.profile.apConfig) {
    const healed = healing.flatMap(({ out, back }) => [
      [...out, ...shrunk[0], ...grown[0], ...back, ...control],
      [...out, ...shrunk[0], ...back, ...grown[0], ...control],
    ]);
    return [...singles, ...healed];
  }
  const config = configWrite(target.uuid, target);
  const atOnce: Way[] = [[config]];
  const [single] = singles;
  if (single?.length === 1) return [single, ...atOnce];
  const inTwo: Way[] = [
    [configWrite(target.uuid, keptMasks(mdev, target)), config],
    ...shrunk.map((first) => [...first, config]),
    ...healing.map(({ out }) => [...out, ...shrunk[0], config]),
  ];
  return [...atOnce, ...inTwo, ...singles];
}

interface Healing {
  readonly out: Way;
  readonly back: Way;
}

/** Queues that would take their adapters away (sick.ts) go out and come back, either as they are or bound anew in between. */
export function healingWays(host: Host, mdev: Mdev, target: Target): readonly Healing[] {
  const sick = sickQueues(host, mdev, target);
  const anew = (queues: readonly Apqn[]): Way =>
    queues.filter((apqn) => mayBind(host, "vfio_ap", apqn)).flatMap(rebindWrites);
  const kept = queuesOf(commonProduct(mdev.shadow, target));
  const { uuid } = target;
  return coversOf(sick).flatMap(({ adapters, domains }) => {
    const out = [
      ...numberWrites(uuid, "unassign_domain", domains),
      ...numberWrites(uuid, "unassign_adapter", adapters),
    ];
    const back = [...numberWrites(uuid, "assign_adapter", adapters), ...numberWrites(uuid, "assign_domain", domains)];
    if (out.length === 0) return [];
    // Everything that goes out is reset, and the reset of another queue may fail.
    const gone = kept.filter((apqn) => adapters.includes(apidOf(apqn)) || domains.includes(apqiOf(apqn)));
    return [
      { out, back },
      { out: [...out, ...anew(sick)], back },
      { out: [...out, ...anew(gone)], back },
    ];
  });
}
