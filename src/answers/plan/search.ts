// The best order by search over single writes, cheapest way first, so that nothing better exists: for hosts where the usual order costs
// a running guest something, as long as they are small enough.
import { snapshot } from "../../system/machine/snapshot.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { type FullCost, fullCost, isCheaper, type PathCost, pathCost } from "./cost.ts";
import { isMatrixAsDesired } from "./matrix-ways.ts";
import { movesFrom } from "./moves.ts";
import { leakCount, leastInAll, leastMissing, missingCount } from "./reach.ts";
import type { Rehearsal, Saved } from "./rehearsal.ts";
import { settleControlDomains } from "./settle.ts";
import type { Target } from "./targets.ts";

interface Node {
  readonly cost: PathCost;
  readonly saved: Saved;
  readonly key: string;
}

export interface Found {
  readonly saved: Saved;
  readonly cost: FullCost;
  /** Of the way alone. */
  readonly path: PathCost;
}

/** Words of hosts that are looked at at most: some tenths of a second. */
const EFFORT = 20_000_000;
/** Trying a write costs as much as looking at so many words. */
const WORDS_OF_A_TRY = 4_000;
/** Among orders of more mdevs than this a search finds the less, the longer it would take. */
const FEW = 4;

/**
 * @param rehearsal where the search begins; it is left changed
 * @param known what there is already: only something better is looked for
 * @returns the cheapest way to where every matrix is as desired; undefined if none better than what is known was found
 */
export function searchOrder(
  rehearsal: Rehearsal,
  targets: readonly Target[],
  known: Found | undefined,
): Found | undefined {
  const { host } = rehearsal;
  const start = snapshot(host.state);
  const least = leastInAll(host, targets);
  const leaks = leakCount(host);
  const open: Node[] = [nodeOf(rehearsal, start)];
  const closed = new Set<string>();
  const changing = targets.filter((target) => !isSettled(rehearsal, target) || lacksMore(rehearsal, target)).length;
  let tries = Math.floor(EFFORT / (start.length + WORDS_OF_A_TRY) / Math.max(1, changing / FEW));
  let best = known;
  while (open.length > 0 && tries > 0) {
    const node = open.pop() as Node;
    if (closed.has(node.key)) continue;
    closed.add(node.key);
    // From here on every way loses more, or is no better than one that leaves nothing to be wished for.
    if (best && (node.cost[0] > best.cost[0] || (isEnough(best, least, leaks) && !isCheaper(node.cost, best.path))))
      break;
    rehearsal.restore(node.saved);
    if (isGoal(rehearsal, targets)) {
      const found = finish(rehearsal, targets);
      if (found && (!best || isCheaper(found.cost, best.cost))) best = found;
      if (best === found && found && isEnough(found, least, leaks)) break;
      rehearsal.restore(node.saved);
    }
    for (const way of movesFrom(host, targets)) {
      if (rehearsal.write(way)) {
        const next = nodeOf(rehearsal, start);
        if (!closed.has(next.key)) insert(open, next);
      }
      rehearsal.restore(node.saved);
      tries--;
    }
  }
  return best === known ? undefined : best;
}

const isEnough = ({ cost }: Found, least: number, leaks: number): boolean => cost[1] === least && cost[2] <= leaks;

function nodeOf(rehearsal: Rehearsal, start: Uint32Array): Node {
  const { state } = rehearsal.host;
  // It only counts, and hosts are not to differ by it.
  state.set("bindingsCompleteCount", 0);
  const key = `${differences(start, state.words)}|${rehearsal.tally.lostKey()}`;
  return { cost: pathCost(rehearsal), saved: rehearsal.save(), key };
}

/** Where the buffer is not as in the beginning, and what is there: tells hosts apart, and is short. */
function differences(start: Uint32Array, words: Uint32Array): string {
  let text = "";
  for (let i = 0; i < words.length; i++) if (words[i] !== start[i]) text += `${i}=${words[i]} `;
  return text;
}

/** The cheapest stands last. */
function insert(open: Node[], node: Node): void {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isCheaper((open[middle] as Node).cost, node.cost)) high = middle;
    else low = middle + 1;
  }
  open.splice(low, 0, node);
}

const isGoal = (rehearsal: Rehearsal, targets: readonly Target[]): boolean =>
  targets.every((target) => isSettled(rehearsal, target));

function isSettled(rehearsal: Rehearsal, target: Target): boolean {
  const mdev = rehearsal.mdev(target.uuid);
  return !mdev || isMatrixAsDesired(mdev, target);
}

const lacksMore = ({ host }: Rehearsal, target: Target): boolean =>
  target.isNamed && missingCount(host, mdevNamed(host, target.uuid), target) > leastMissing(host, target);

function finish(rehearsal: Rehearsal, targets: readonly Target[]): Found | undefined {
  return settleControlDomains(rehearsal, targets) ? foundIn(rehearsal, targets) : undefined;
}

/** The rehearsal as it stands. */
export const foundIn = (rehearsal: Rehearsal, targets: readonly Target[]): Found => ({
  saved: rehearsal.save(),
  cost: fullCost(rehearsal, targets),
  path: pathCost(rehearsal),
});
