// Queues that can take each other's place: of cards of one type and mode, with the same master keys in use. What one of them has wrapped,
// the others can unwrap.
import { type Apqn, apidOf, formatApqn } from "../../system/ap/apqn.ts";
import { type CardMode, MODE_LETTER, typeName } from "../../system/ap/card-type.ts";
import { currentKeys, type MasterKeys } from "../../system/ap/master-keys.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { ObservedCard, ObservedHost } from "../../system/sysfs/observed-host.ts";
import { wrapText } from "./grid-text.ts";

export interface EquivalentQueues {
  /** Such as CEX8C. */
  readonly type: string;
  readonly mode: CardMode;
  /** The keys in use; null: none is loaded, or an accelerator, which has none. */
  readonly keys: string | null;
  readonly queues: readonly Apqn[];
}

export interface Equivalence {
  /** By the first queue of each. */
  readonly groups: readonly EquivalentQueues[];
  /** Queues whose keys nobody tells, such as those of a /sys that vfio_ap has. */
  readonly unknown: readonly Apqn[];
}

/** @param only mdevs: just the groups of which one of them has a queue, and unknown queues that one of them has */
export function equivalentQueues(
  { cards, queues, mdevs }: ObservedHost,
  keys: ReadonlyMap<Apqn, MasterKeys>,
  only?: ReadonlySet<string>,
): Equivalence {
  const kinds = new Map(cards.flatMap((card) => kindOf(card) ?? []));
  const groups = new Map<string, EquivalentQueues & { readonly queues: Apqn[] }>();
  const unknown: Apqn[] = [];
  for (const { apqn } of queues) {
    const kind = kinds.get(apidOf(apqn));
    const known = keys.get(apqn);
    if (!kind || (kind.mode !== "accel" && !known)) {
      unknown.push(apqn);
      continue;
    }
    const used = known ? (currentKeys(known) ?? null) : null;
    const key = `${kind.type} ${used}`;
    const group = groups.get(key) ?? { ...kind, keys: used, queues: [] };
    group.queues.push(apqn);
    groups.set(key, group);
  }
  const wanted = mdevs.filter(({ uuid }) => only?.has(uuid));
  const isWanted = (apqn: Apqn): boolean =>
    only === undefined || wanted.some(({ matrix }) => matrix && hasQueue(matrix, apqn));
  return {
    groups: [...groups.values()].filter((group) => group.queues.some(isWanted)),
    unknown: unknown.filter(isWanted),
  };
}

function kindOf({ id, type, hwtype, mode }: ObservedCard) {
  if (mode === undefined) return undefined;
  const name = type ?? (hwtype === undefined ? `CEX?${MODE_LETTER[mode]}` : typeName(hwtype, mode));
  return [[id, { type: name, mode }] as const];
}

/** Lines for people; they end with the queues that cannot be told apart. */
export function equivalentText({ groups, unknown }: Equivalence): string {
  const lines = groups.flatMap(({ type, mode, keys, queues }) => [
    `${type}: ${keys ?? (mode === "accel" ? "an accelerator, without master keys" : "no master key is loaded")}`,
    ...listed(queues),
  ]);
  if (unknown.length > 0) lines.push("master keys that nobody tells", ...listed(unknown));
  return lines.map((line) => `${line}\n`).join("");
}

const listed = (queues: readonly Apqn[]): readonly string[] => wrapText(queues.map(formatApqn).join(" "), "  ");

export const equivalentJson = ({ groups, unknown }: Equivalence): string =>
  `${JSON.stringify({
    equivalent: groups.map(({ queues, ...kind }) => ({ ...kind, queues: queues.map(formatApqn) })),
    unknown: unknown.map(formatApqn),
  })}\n`;
