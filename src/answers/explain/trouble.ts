// What is wrong on a host, for whom and why, at first sight: causes instead of queues, and no remedies yet, so that it can be worked
// out anew at every moment. explain-all.ts tells the same of each queue, with what helps.
import { type Apqn, apidOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { type Apid, asApid } from "../../system/ap/id.ts";
import { adaptersText } from "../../system/ap/id-span.ts";
import { type Apm, type Aqm, copyOf, maskOf } from "../../system/ap/mask.ts";
import { copyProduct, queueCount, queuesOf } from "../../system/ap/product.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { causeOf, type FilteredAdapters } from "./cause.ts";
import { HEALTH_STATES, type HealthState, healthOf, healthRemedy, OF_CARDS } from "./health.ts";
import type { Because, Reason } from "./reason.ts";
import { whatMustChange } from "./sentences.ts";

/** One thing that is wrong, and all that comes of it. */
export interface TroubleCause {
  /** Why the guest lacks queues, or what makes those that it has useless. */
  readonly kind: Reason | HealthState;
  readonly because: Because;
  /** Where it is wrong, ascending. */
  readonly queues: readonly Apqn[];
  /** In order themselves, but held back with these because they are of the same adapters; ascending. */
  readonly heldBack: readonly Apqn[];
}

/** An mdev whose guest lacks queues of its matrix, or cannot use them. */
export interface Trouble {
  readonly uuid: string;
  /** Of its guest; undefined if there is none, or if the guest is known by its mdev only. */
  readonly guest: string | undefined;
  readonly isRunning: boolean;
  /** Queues of its matrix. */
  readonly assigned: number;
  /** Those that its guest does not have, or would not have if it ran. */
  readonly lacks: number;
  /** Those that it has, or would have, and cannot use. */
  readonly useless: number;
  /** Those that most queues are lost by come first. */
  readonly causes: readonly TroubleCause[];
}

/** The worst first: running guests, those that can use nothing, those that lack most. */
export function troublesOf(host: Host): readonly Trouble[] {
  return host.state
    .listedMdevs()
    .map((mdev) => troubleOf(host, mdev))
    .filter(({ causes, isRunning, assigned }) => causes.length > 0 || (isRunning && assigned === 0))
    .sort(
      (a, b) =>
        Number(b.isRunning) - Number(a.isRunning) ||
        Number(isUsable(a)) - Number(isUsable(b)) ||
        b.lacks - a.lacks ||
        b.useless - a.useless ||
        (a.uuid < b.uuid ? -1 : 1),
    );
}

const isUsable = ({ assigned, lacks, useless }: Trouble): boolean => lacks + useless < assigned;

interface Found {
  readonly kind: Reason | HealthState;
  readonly because: Because;
  readonly apqn: Apqn;
  readonly isHeldBack: boolean;
}

function troubleOf(host: Host, mdev: Mdev): Trouble {
  const found: Found[] = [];
  const filtered: FilteredAdapters = new Map();
  let [lacks, useless] = [0, 0];
  for (const apqn of suspects(host, mdev)) {
    const { reason, because } = causeOf(host, mdev, apqn, filtered);
    const health = healthOf(host, apqn);
    const has = reason === "plugged" || reason === "guest-not-running";
    if (!has) {
      lacks++;
      const isHeldBack = reason === "adapter-filtered";
      found.push({ kind: isHeldBack ? (because.reason ?? reason) : reason, because, apqn, isHeldBack });
    }
    if (health && (reason === "plugged" || OF_CARDS.includes(health.state))) {
      if (has) useless++;
      found.push({ kind: health.state, because: { ...(health.rc && { rc: health.rc }) }, apqn, isHeldBack: false });
    }
  }
  const guest = mdev.guest === undefined ? undefined : host.state.names.nameOf(mdev.guest);
  const uuid = mdevName(mdev);
  const causes = [...groupBy(found, keyOf).values()].map(causeFrom);
  return {
    uuid,
    guest: guest === uuid ? undefined : guest,
    isRunning: mdev.isAttached,
    assigned: queueCount(mdev.matrix),
    lacks,
    useless,
    causes: causes.sort((a, b) => affectedBy(b) - affectedBy(a)),
  };
}

/**
 * Queues of the matrix that may be in trouble, ascending: most adapters of most guests are in order as a whole, and on a large host there
 * are 50,000 queues.
 */
function suspects({ state }: Host, { isAttached, matrix, guestMasks }: Mdev): readonly Apqn[] {
  const { apm, aqm } = matrix;
  // In a Secure Execution guest each queue has a state of its own.
  const hasDomains =
    !state.facts.se && isAttached && guestMasks.aqm.containsAll(aqm) && state.machine.aqm.containsAll(aqm);
  const isFine = (apid: Apid): boolean =>
    hasDomains &&
    guestMasks.apm.has(apid) &&
    state.machine.apm.has(apid) &&
    !state.deconfigured.has(apid) &&
    !state.checkstopped.has(apid) &&
    !(apid < state.layout.adapters && state.unpassable.row(apid).intersects(aqm));
  const adapters = maskOf(apm.ids().filter((apid) => !isFine(apid)));
  return queuesOf({ apm: adapters, aqm });
}

const keyOf = ({ kind, because: { driver, mask, rc, mdev } }: Found): string =>
  [kind, driver, mask?.startsWith("driver_override") ? mask : "", rc, mdev].join();

const queuesIn = (some: readonly Found[], isHeldBack: boolean): readonly Apqn[] =>
  some.filter((one) => one.isHeldBack === isHeldBack).map(({ apqn }) => apqn);

function causeFrom(some: readonly Found[]): TroubleCause {
  const [first] = some;
  const own = some.find(({ isHeldBack }) => !isHeldBack) ?? first;
  return {
    kind: own?.kind ?? "adapter-filtered",
    because: own?.because ?? {},
    queues: queuesIn(some, false),
    heldBack: queuesIn(some, true),
  };
}

export const affectedBy = ({ queues, heldBack }: TroubleCause): number => queues.length + heldBack.length;

/** Up to this many queues are named. */
const NAMED = 4;

/** `0b.0034 and 0b.0035`, `0b.0034, 0b.0035, 0b.0036 and 12 more`. */
export function queueList(queues: readonly Apqn[]): string {
  const named = queues.length > NAMED ? queues.slice(0, NAMED - 1) : queues;
  const names = named.map(formatApqn);
  if (queues.length > named.length) names.push(`${queues.length - named.length} more`);
  return names.length < 2 ? `${names[0]}` : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const adaptersOf = (queues: readonly Apqn[]): readonly Apid[] => [...new Set(queues.map(apidOf))];

const HEALTH_WORDS = { standby: "in standby", "check-stopped": "check-stopped" } as const;

const cardsAre = (ids: readonly Apid[]): string =>
  `${ids.length === 1 ? "card" : "cards"} ${adaptersText(ids)} ${ids.length === 1 ? "is" : "are"}`;

/** What is wrong, as a sentence without its point: `no driver has 0b.0034 and 0b.0035, which holds adapter 0b back`. */
export function causeSentence(cause: TroubleCause): string {
  const { heldBack } = cause;
  const held = adaptersOf(heldBack);
  const more =
    held.length === 0 ? "" : `, which holds adapter${held.length === 1 ? "" : "s"} ${adaptersText(held)} back`;
  return `${causeWords(cause)}${more}`;
}

function causeWords({ kind, because, queues }: TroubleCause): string {
  const list = queueList(queues);
  const [is, its] = queues.length === 1 ? ["is", "its"] : ["are", "their"];
  switch (kind) {
    case "queue-unbound":
      return `no driver has ${list}`;
    case "queue-bound-elsewhere":
      return `driver ${because.driver} has ${list}`;
    case "host-owned":
      return because.mask?.startsWith("driver_override")
        ? `${because.mask} keeps ${list} for the host`
        : `the host's masks keep ${list}`;
    case "queue-not-passable":
    case "reset-failed":
      return `the last reset of ${list} failed (response code ${formatResponseCode(because.rc ?? 0)})`;
    case "no-queue-device":
      return `the bus has no device of ${list}`;
    case "adapter-not-in-host":
      return `${list}: ${its} adapter is not in the host's configuration`;
    case "domain-not-in-host":
      return `${list}: ${its} domain is not in the host's configuration`;
    case "adapter-not-assigned":
    case "domain-not-assigned":
    case "assigned-elsewhere":
      return `${list} ${is} not assigned to it`;
    case "waiting-for-refilter":
      return `nothing keeps ${list} out any more, but the driver has not filtered again`;
    case "removal-requested":
      return `the guest was asked to give the mdev back, and its masks were cleared`;
    case "adapter-filtered":
      return `${list} ${is} held back with the adapter`;
    case "guest-not-running":
      return `${list} ${is} ready, but no guest runs`;
    case "plugged":
      return `the guest has ${list}`;
    case "standby":
    case "check-stopped":
      return `${cardsAre(adaptersOf(queues))} ${HEALTH_WORDS[kind]}`;
    case "not-in-machine":
      return `the machine no longer has ${list}`;
    case "se-unbound":
      return `${list} ${is} not bound to this Secure Execution guest`;
    case "se-unusable":
      return `${cardsAre(adaptersOf(queues))} in CCA mode, which no Secure Execution guest can use`;
  }
}

/** `lacks 8 of 48 and cannot use 6`. */
export function lackWords({ assigned, lacks, useless, isRunning }: Trouble): string {
  if (assigned === 0) return "has nothing";
  const verbs = isRunning ? (["lacks", "cannot use"] as const) : (["would lack", "could not use"] as const);
  const parts = [
    ...(lacks > 0 ? [`${verbs[0]} ${lacks} of ${assigned}`] : []),
    ...(useless > 0 ? [`${verbs[1]} ${useless}${lacks > 0 ? "" : ` of ${assigned}`}`] : []),
  ];
  return parts.join(" and ");
}

/** A queue of the cause for which a remedy is sought: where something is wrong, if that is a queue of this guest. */
export const askedOf = ({ queues, heldBack }: TroubleCause): Apqn | undefined => queues[0] ?? heldBack[0];

/** The sentence for when no write helps. */
export function helpless({ kind, because }: TroubleCause): string {
  return isHealth(kind) ? healthRemedy({ state: kind, ...because }) : whatMustChange(kind, because);
}

const isHealth = (kind: Reason | HealthState): kind is HealthState => HEALTH_STATES.some((state) => state === kind);

/** Something that no guest suffers from, but somebody should know. */
export interface HostNote {
  readonly kind: "unassigned" | "unbound" | "leaving" | "standby" | "check-stopped" | "se-unbound" | "se-unusable";
  readonly words: string;
  readonly queues: readonly Apqn[];
  /** UUID of the mdev that it is about. */
  readonly mdev?: string;
}

/** What is not about a guest: queues for guests that nobody has, queues without a driver, removals that wait, cards that do not work. */
export function hostNotes(host: Host): readonly HostNote[] {
  const { state } = host;
  const [unassigned, unbound]: [Apqn[], Apqn[]] = [[], []];
  const secure: Record<"se-unbound" | "se-unusable", Apqn[]> = { "se-unbound": [], "se-unusable": [] };
  const matrices = state.listedMdevs().map(({ matrix }) => copyProduct(matrix));
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
    const apid = asApid(adapter);
    const free: Aqm = copyOf(state.devices.row(apid));
    for (const { apm, aqm } of matrices) if (apm.has(apid)) free.removeAll(aqm);
    for (const apqi of free.ids()) {
      const apqn = apqnOf(apid, apqi);
      const health = state.facts.se && healthOf(host, apqn)?.state;
      if (health === "se-unbound" || health === "se-unusable") secure[health].push(apqn);
      if (state.vfioBound.has(apqn)) unassigned.push(apqn);
      else if (!state.isBound(apqn)) unbound.push(apqn);
    }
  }
  const leaving = state.listedMdevs().filter(({ isBeingRemoved }) => isBeingRemoved);
  return [
    ...cardNote("check-stopped", state.checkstopped, state.cards),
    ...cardNote("standby", state.deconfigured, state.cards),
    ...leaving.map(mdevName).map((mdev): HostNote => {
      const words = `mdev ${mdev} is to be removed, and waits until its guest lets it go`;
      return { kind: "leaving", words, queues: [], mdev };
    }),
    ...queueNote("unassigned", unassigned, "with vfio_ap and assigned to no mdev"),
    ...queueNote("unbound", unbound, "without a driver, and assigned to no mdev"),
    ...queueNote(
      "se-unbound",
      secure["se-unbound"],
      "not bound to this Secure Execution guest, and so of no use to it",
    ),
    ...queueNote("se-unusable", secure["se-unusable"], "of CCA cards, which no Secure Execution guest can use"),
  ];
}

function cardNote(kind: "check-stopped" | "standby", sick: Apm, cards: Apm): readonly HostNote[] {
  const ids = sick.ids().filter((id) => cards.has(id));
  if (ids.length === 0) return [];
  return [{ kind, words: `${cardsAre(ids)} ${HEALTH_WORDS[kind]}`, queues: [] }];
}

function queueNote(kind: HostNote["kind"], queues: readonly Apqn[], words: string): readonly HostNote[] {
  if (queues.length === 0) return [];
  return [{ kind, words: `${queueList(queues)} ${queues.length === 1 ? "is" : "are"} ${words}`, queues }];
}
