// The cards of a host description, as what its /sys shows of them.
import type { CardDescription } from "../formats/description/host-description.ts";
import { readTypeName } from "../formats/description/host-file.ts";
import type { ObservedCard, ObservedHost } from "../system/sysfs/observed-host.ts";

const OTHERWISE = { type: 12, mode: "cca" } as const;

/** A card shows its type only while it is bound to its driver, but always its hardware type and functions. */
export function describeCard({
  id,
  type,
  hwtype,
  mode,
  serial,
  config,
  chkstop,
  online,
}: ObservedCard): CardDescription {
  const named = type === undefined ? undefined : readTypeName(type);
  const known = named ?? { type: hwtype ?? OTHERWISE.type, mode: mode ?? OTHERWISE.mode };
  const broken = chkstop === true ? "chkstop" : online === false ? "offline" : "online";
  return { id, ...known, serial, state: config === false ? "deconfig" : broken };
}

/** Without a domain no queue answers for a card, so the bus has no device that shows its type. */
export function cardsWithoutDevice({ cards, machine: { apm } }: ObservedHost): readonly CardDescription[] {
  const seen = new Set(cards.map(({ id }) => id));
  const ids = typeof apm === "object" ? apm.ids().filter((id) => !seen.has(id)) : [];
  return ids.map((id) => ({ id, ...OTHERWISE, serial: undefined, state: "online" }));
}
