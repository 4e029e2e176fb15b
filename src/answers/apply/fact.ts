// One fact of a host, and what it is called in the file of a plan.
import { parseApqn } from "../../system/ap/apqn.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";

/**
 * What a fact says: the state of a card; the driver of a queue, or its override if it has one; an attribute of the bus; the matrix of an
 * mdev, what its guest has of it, or whether a guest runs.
 */
export type FactKind = "card" | "queue" | "override" | "bus" | "mdev" | "guest" | "running";

export interface Fact {
  readonly kind: FactKind;
  /** The card, queue or mdev as sysfs names it, without `card`; for the bus, the attribute. */
  readonly of: string;
  readonly text: string;
}

/** All that is known of a host, by the names of the facts. */
export type FactMap = ReadonlyMap<string, Fact>;

/** Facts of the bus and the matrix device; `machine` is the three masks of what the machine gives. */
const BUS_FACTS = ["apmask", "aqmask", "machine", "features"] as const;

/** What stands after the name, where one name has several facts. */
const WORD: Readonly<Partial<Record<FactKind, string>>> = {
  override: " override",
  guest: " guest",
  running: " running",
};

/** `04`, `04.0047`, `04.0047 override`, `apmask`; a UUID alone, with ` guest` or ` running`. */
export const factName = ({ kind, of }: Pick<Fact, "kind" | "of">): string => `${of}${WORD[kind] ?? ""}`;

/** The fact of this name; undefined if a fact cannot have such a name. */
export function factNamed(name: string): Pick<Fact, "kind" | "of"> | undefined {
  const [of = "", word] = name.split(" ");
  const kind = kindOf(of, word);
  return kind && factName({ kind, of }) === name ? { kind, of } : undefined;
}

function kindOf(of: string, word: string | undefined): FactKind | undefined {
  if (parseUuid(of)) return word === "guest" || word === "running" ? word : "mdev";
  if (parseApqn(of) !== undefined) return word === "override" ? word : "queue";
  if (/^[0-9a-f]{2}$/.test(of)) return "card";
  return BUS_FACTS.some((one) => one === of) ? "bus" : undefined;
}
