// What makes a queue useless to the guest that has it: the masks of the guest contain it, but the machine does not answer there. Reasons
// (reason.ts) say whether the guest has a queue; this says whether it can work with it.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { formatResponseCode, type ResponseCode } from "../../system/ap/response-code.ts";
import { isResetting } from "../../system/bus/queue-reset.ts";
import { hasBindingFiles } from "../../system/bus/secure-binding.ts";
import { BS, bindState } from "../../system/machine/secure-binding.ts";
import type { ObservedHost } from "../../system/sysfs/observed-host.ts";
import { bindSecurelyWrite, configureWrite, RESCAN, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/**
 * What instructions to the queue meet: response code 03 (its card is in standby), 04 (check-stopped), 01 (gone); its last reset failed; or in
 * a Secure Execution guest, the queue is not bound, or its card is not for such guests.
 */
export const HEALTH_STATES = [
  "standby",
  "check-stopped",
  "not-in-machine",
  "se-unbound",
  "se-unusable",
  "reset-failed",
] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface Health {
  readonly state: HealthState;
  /** Response code of the last reset, where that failed. */
  readonly rc?: ResponseCode;
}

/** What is said of a queue, too, that the guest does not have: no reason says it. */
export const OF_CARDS: readonly HealthState[] = ["standby", "check-stopped"];

/** Undefined: nothing is wrong with it that could be known. */
export function healthOf({ state }: Host, apqn: Apqn): Health | undefined {
  const apid = apidOf(apqn);
  if (!state.machine.apm.has(apid) || !state.machine.aqm.has(apqiOf(apqn))) return { state: "not-in-machine" };
  if (state.deconfigured.has(apid)) return { state: "standby" };
  if (state.checkstopped.has(apid)) return { state: "check-stopped" };
  const bs = bindState(state, apqn);
  if (bs === BS.availableForBinding) return { state: "se-unbound" };
  if (bs === BS.unusable) return { state: "se-unusable" };
  if (state.holds(apqn) && state.linked.has(apqn) && state.unpassable.has(apqn))
    return { state: "reset-failed", rc: state.resetRc.get(apqn) };
  return undefined;
}

/** The part of it that a /sys shows. */
export function healthSeen(
  host: Pick<ObservedHost, "cards" | "queues" | "isSecureGuest">,
  apqn: Apqn,
): Health | undefined {
  const { cards, queues, isSecureGuest } = host;
  const card = cards.find(({ id }) => id === apidOf(apqn));
  if (card?.config === false) return { state: "standby" };
  if (card?.chkstop === true) return { state: "check-stopped" };
  if (isSecureGuest !== true) return undefined;
  if (card?.mode === "cca") return { state: "se-unusable" };
  const queue = queues.find((one) => one.apqn === apqn);
  return queue?.secureBind === "unbound" ? { state: "se-unbound" } : undefined;
}

/** Such as `card 0d is check-stopped`. */
export function healthText(apqn: Apqn, { state, rc }: Health): string {
  const card = `card ${formatApid(apidOf(apqn))}`;
  switch (state) {
    case "standby":
      return `${card} is in standby`;
    case "check-stopped":
      return `${card} is check-stopped`;
    case "not-in-machine":
      return "the machine no longer has it";
    case "se-unbound":
      return "it is not bound to this Secure Execution guest";
    case "se-unusable":
      return `${card} is a CCA card, which no Secure Execution guest can use`;
    case "reset-failed":
      return `its last reset failed (response code ${formatResponseCode(rc ?? 0)})`;
  }
}

/**
 * What makes it of use again; undefined: no write does. A card whose standby the host has not noticed is not configured by a write, and a
 * queue that is being reset is not bound by one.
 */
export function healthFix(host: Host, apqn: Apqn, health: Health): readonly Write[] | undefined {
  const { state } = host;
  if (health.state === "se-unbound") {
    const canBeBound = state.devices.has(apqn) && hasBindingFiles(host, apqn) && !isResetting(state, apqn);
    return canBeBound ? [bindSecurelyWrite(apqn)] : undefined;
  }
  if (health.state !== "standby") return undefined;
  const configure = configureWrite(apidOf(apqn));
  return state.cardsDeconfigured.has(apidOf(apqn)) ? [configure] : [RESCAN, configure];
}

/** Where no write helps. */
export function healthRemedy({ state }: Health): string {
  switch (state) {
    case "standby":
      return "configure the card";
    case "check-stopped":
      return "no write helps: the card has to be repaired, or configured off and on, at the machine";
    case "not-in-machine":
      return "no write helps: the machine must change";
    case "se-unbound":
      return "bind it for Secure Execution (chzcrypt --se-bind) once it is idle";
    case "se-unusable":
      return "no write helps: the guest needs a card in EP11 or accelerator mode";
    case "reset-failed":
      return "a reset by its guest may succeed, or unbind it and bind it again, which takes its adapter from the guest meanwhile";
  }
}

/** A queue that is of no use to the guest that has it. */
export interface AilingQueue {
  readonly apqn: Apqn;
  readonly health: Health;
}

/** Those of some queues that are of no use. */
export const ailing = (
  queues: readonly Apqn[],
  healthOfQueue: (apqn: Apqn) => Health | undefined,
): readonly AilingQueue[] =>
  queues.flatMap((apqn) => {
    const health = healthOfQueue(apqn);
    return health ? [{ apqn, health }] : [];
  });

/** One part for each thing that is wrong: `08.0029 08.002a (card 08 is in standby)`. */
export const ailingTexts = (
  queues: readonly AilingQueue[],
  names: (queues: readonly Apqn[]) => string = (some) => some.map(formatApqn).join(" "),
): readonly string[] =>
  [...groupBy(queues, ({ apqn, health }) => healthText(apqn, health))].map(
    ([what, some]) => `${names(some.map(({ apqn }) => apqn))} (${what})`,
  );

export interface AilingJson {
  readonly apqn: string;
  readonly health: HealthState;
}

export const ailingToJson = (queues: readonly AilingQueue[]): readonly AilingJson[] =>
  queues.map(({ apqn, health: { state } }) => ({ apqn: formatApqn(apqn), health: state }));
