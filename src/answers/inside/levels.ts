// A queue on its way to a guest of a guest: each host on the way gives it or withholds it, for reasons of its own, and the innermost
// guest can use it only if all of them give it.
import { type Reading, refuse, taken } from "../../formats/reading/input-error.ts";
import { nearestName } from "../../formats/reading/nearest-name.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { hasQueue, queuesOf } from "../../system/ap/product.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type Explanation, type ExplanationJson, explain } from "../explain/explain.ts";
import { explanationLines } from "../explain/sentences.ts";
import { explainedToJson } from "./explained-json.ts";
import { allInside, GuestInside, mdevOfGuest } from "./guest-inside.ts";
import { insideLines } from "./inside-text.ts";

/** One host on the way, and the guest that it gives queues to. */
export interface Level {
  readonly host: Host;
  readonly mdev: Mdev;
  readonly guest: GuestInside;
}

/** Up to this many guests are listed. */
const FEW = 8;

/**
 * The hosts from the outermost to the one whose guest is meant.
 *
 * @param path name of a guest that runs, with its hosts before slashes
 */
export function levelsTo(player: Player, path: string): Reading<readonly Level[]> {
  const levels: Level[] = [];
  let outer = player;
  const names = path.split("/");
  for (const [at, name] of names.entries()) {
    const mdev = outer.guestPlayer(name) && mdevOfGuest(outer, name);
    if (!mdev) return noSuchGuest(player, path);
    const guest = new GuestInside(outer, name, names.slice(0, at + 1).join("/"));
    levels.push({ host: outer.host, mdev, guest });
    outer = guest.player;
  }
  return taken(levels);
}

function noSuchGuest(player: Player, path: string): Reading<never> {
  const known = allInside(player).map((guest) => shortened(guest.path));
  if (known.length === 0) return refuse(`no guest ${JSON.stringify(shortened(path))} runs; none does`);
  const all = known.length <= FEW ? `there are ${known.join(", ")}` : `there are ${known.length}`;
  return refuse(`no guest "${shortened(path)}" runs: did you mean "${nearestName(path, known)}"? ${all}`);
}

export interface LevelsOfQueue {
  readonly apqn: Apqn;
  /** The innermost guest can use it now, whether or not its bus shows it. */
  readonly usable: boolean;
  /** From the outermost host inwards. */
  readonly levels: readonly Explanation[];
}

/** @param asked undefined: what is assigned to the innermost guest, and what its bus still shows; ascending */
export function explainLevels(levels: readonly Level[], asked?: readonly Apqn[]): readonly LevelsOfQueue[] {
  const { mdev, guest } = must(levels.at(-1));
  const queues = asked ?? queuesAround(mdev, guest);
  const byLevel = levels.map((level) => explain(level.host, level.mdev, queues));
  return queues.map((apqn, n) => ({
    apqn,
    usable: hasQueue(guest.player.host.state.answering, apqn),
    levels: byLevel.map((explanations) => must(explanations[n])),
  }));
}

/** What is assigned to a guest, and what its bus still shows; ascending. */
export function queuesAround({ matrix }: Mdev, guest: GuestInside | undefined): readonly Apqn[] {
  return [...new Set([...queuesOf(matrix), ...(guest?.stillShown() ?? [])])].sort((a, b) => a - b);
}

export function levelLines(ways: readonly Level[], { apqn, usable, levels }: LevelsOfQueue): readonly string[] {
  const queue = formatApqn(apqn);
  const name = shortened(must(ways.at(-1)).guest.path);
  const lines = [`${queue}  ${name} ${usable ? "can use it" : "cannot use it"}`];
  for (const [at, { guest }] of ways.entries()) {
    const where = at === 0 ? "the host" : shortened(must(ways[at - 1]).guest.path);
    const [first = "", ...rest] = explanationLines(must(levels[at]));
    lines.push(`  ${where} for ${shortened(guest.path)}: ${first.slice(queue.length).trimStart()}`, ...rest);
    lines.push(...insideLines(guest, apqn));
  }
  return lines;
}

/** What `apmatrix explain --guest PATH --format json` prints for one queue. */
export interface LevelsJson {
  readonly apqn: string;
  readonly usable: boolean;
  /** From the outermost host inwards; `inside` is of the guest that this host gives queues to. */
  readonly levels: readonly (ExplanationJson & { readonly guest: string })[];
}

export const levelsToJson = (ways: readonly Level[], { apqn, usable, levels }: LevelsOfQueue): LevelsJson => ({
  apqn: formatApqn(apqn),
  usable,
  levels: ways.map(({ guest }, at) => ({ guest: guest.path, ...explainedToJson(must(levels[at]), guest) })),
});
