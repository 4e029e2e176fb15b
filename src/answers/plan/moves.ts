// Every single step that could lie on a way to the desired state: what the search for the best order tries.
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { configWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { controlDomainWrites, fullWays, healingWays, keptMasks, shrinkWays, type Way } from "./matrix-ways.ts";
import { mendingWays, singleMends } from "./mend.ts";
import { missingCount } from "./reach.ts";
import type { Target } from "./targets.ts";

export function movesFrom(host: Host, targets: readonly Target[]): readonly Way[] {
  const moves: Way[] = [];
  for (const target of targets) {
    const mdev = mdevNamed(host, target.uuid);
    if (!mdev) continue;
    moves.push(...matrixMoves(host, mdev, target));
    if (target.isNamed && missingCount(host, mdev, target) > 0) {
      moves.push(...singleMends(host, target), ...mendingWays(host, mdev, target));
    }
  }
  return unique(moves);
}

/** Single numbers in any order, and ap_config for the desired matrix or for what is kept. */
function matrixMoves(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const control = new Set(controlDomainWrites(mdev, target).map(keyOf));
  const out = healingWays(host, mdev, target).flatMap((way) => way.out);
  const singles = [...out, ...[...fullWays(host, mdev, target), ...shrinkWays(host, mdev, target)].flat()]
    .filter((write) => !control.has(keyOf(write)))
    .map((write): Way => [write]);
  if (singles.length === 0 || !host.profile.apConfig) return singles;
  return [...singles, [configWrite(target.uuid, keptMasks(mdev, target))]];
}

const keyOf = ([path, value]: readonly [string, string]): string => `${value} > ${path}`;

function unique(moves: readonly Way[]): readonly Way[] {
  return [...new Map(moves.map((way) => [way.map(keyOf).join("; "), way])).values()];
}
