// The best order by search over single writes, cheapest way first, so that nothing better exists: for hosts where the usual order costs
// a running guest something, as long as they are small enough.
import { type FullCost, fullCost, isCheaper, pathCost } from "./cost.ts";
import { controlDomainWrites, isMatrixAsDesired } from "./matrix-ways.ts";
import { movesFrom } from "./moves.ts";
import { leakCount, leastInAll } from "./reach.ts";
import type { Rehearsal, Saved } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

interface Node {
  readonly cost: ReturnType<typeof pathCost>;
  readonly saved: Saved;
  readonly key: string;
}

export interface Found {
  readonly saved: Saved;
  readonly cost: FullCost;
}

/** Words of hosts that are copied at most: some tenths of a second. */
const EFFORT = 4_000_000;
/** Looking at fewer hosts than this finds nothing. */
const FEWEST = 200;

/**
 * @param rehearsal where the search begins; it is left changed
 * @returns the cheapest way to where every matrix is as desired; undefined if none was found
 */
export function searchOrder(rehearsal: Rehearsal, targets: readonly Target[]): Found | undefined {
  const { host } = rehearsal;
  let left = Math.floor(EFFORT / host.state.words.length);
  if (left < FEWEST) return undefined;
  const least = leastInAll(host, targets);
  const leaks = leakCount(host);
  const open: Node[] = [nodeOf(rehearsal)];
  const closed = new Set<string>();
  let best: Found | undefined;
  while (open.length > 0 && left > 0) {
    const node = open.pop() as Node;
    if (closed.has(node.key)) continue;
    closed.add(node.key);
    // From here on every way loses more.
    if (best && node.cost[0] > best.cost[0]) break;
    left--;
    rehearsal.restore(node.saved);
    if (isGoal(rehearsal, targets)) {
      const found = finish(rehearsal, targets);
      if (found && (!best || isCheaper(found.cost, best.cost))) best = found;
      if (best && best.cost[1] === least && best.cost[2] <= leaks) return best;
      rehearsal.restore(node.saved);
    }
    for (const way of movesFrom(host, targets)) {
      if (rehearsal.write(...way)) {
        const next = nodeOf(rehearsal);
        if (!closed.has(next.key)) insert(open, next);
      }
      rehearsal.restore(node.saved);
      left -= 0.2;
    }
  }
  return best;
}

function nodeOf(rehearsal: Rehearsal): Node {
  const { words } = rehearsal.host.state;
  const saved = rehearsal.save();
  return { cost: pathCost(rehearsal), saved, key: `${textOf(words)}${rehearsal.tally.lostKey()}` };
}

/** The buffer as text, so that a Set can tell hosts apart. */
function textOf(words: Uint32Array): string {
  const halves = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
  let text = "";
  for (let at = 0; at < halves.length; at += 4096) text += String.fromCharCode(...halves.subarray(at, at + 4096));
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
  targets.every((target) => {
    const mdev = rehearsal.mdev(target.uuid);
    return !mdev || isMatrixAsDesired(mdev, target);
  });

function finish(rehearsal: Rehearsal, targets: readonly Target[]): Found | undefined {
  for (const target of targets) {
    const mdev = rehearsal.mdev(target.uuid);
    if (mdev && !rehearsal.write(...controlDomainWrites(mdev, target))) return undefined;
  }
  return { saved: rehearsal.save(), cost: fullCost(rehearsal, targets) };
}
