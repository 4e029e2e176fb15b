// The best order, found by a search over single writes, cheapest way first. It is for hosts where the usual order costs a running guest
// something, as long as they are small enough.
import { must } from "../../system/ap/assert.ts";
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
  /** The cost of the way alone. */
  readonly path: PathCost;
}

/** How many words of hosts are looked at, at most: some tenths of a second. */
const EFFORT = 20_000_000;
/** Trying a write costs as much as looking at this many words. */
const WORDS_OF_A_TRY = 4_000;
/** With more mdevs than this a search takes longer and finds less, so it may try less. */
const FEW = 4;

/**
 * @param rehearsal where the search begins; it is changed
 * @param known an order found before: only a better one is looked for
 * @returns the cheapest way after which every matrix is as desired; undefined if none better than the known one was found
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
    const node = must(open.pop());
    if (closed.has(node.key)) continue;
    closed.add(node.key);
    // From here on every way loses more, or is not better than one that reaches all that is possible.
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
  // This is only a count: hosts that differ by it alone count as equal.
  state.set("bindingsCompleteCount", 0);
  const key = `${differences(start, state.words)}|${rehearsal.tally.lostKey()}`;
  return { cost: pathCost(rehearsal), saved: rehearsal.save(), key };
}

/** The words that differ from the beginning, as a short text that tells hosts apart. */
function differences(start: Uint32Array, words: Uint32Array): string {
  let text = "";
  for (let i = 0; i < words.length; i++) if (words[i] !== start[i]) text += `${i}=${words[i]} `;
  return text;
}

/** Keeps the list sorted, the cheapest last. */
function insert(open: Node[], node: Node): void {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isCheaper(must(open[middle]).cost, node.cost)) high = middle;
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
