// A queue in words: what the machine and the host say of it, and why a guest has it or not. The page shows it, and reads it to people
// who do not see the grid.

import { healthOf, healthText } from "../../answers/explain/health.ts";
import { reasonSentence } from "../../answers/explain/sentences.ts";
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { typeName } from "../../system/ap/card-type.ts";
import { isHostOwned } from "../../system/bus/ownership.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Question } from "./question.ts";

/** `04.0047: assigned to m1 (guest alpha); the guest has it`. */
export function queueSentence(host: Host, { apqn, owner, mdev, cause }: Question): string {
  if (!owner || !mdev || !cause) return `${formatApqn(apqn)}: ${hostWords(host, apqn)}`;
  const ill = cause.reason === "plugged" ? healthOf(host, apqn) : undefined;
  const but = ill ? `, but ${healthText(apqn, ill)}` : "";
  const more =
    mdev.uuid === owner.uuid ? `; ${reasonSentence(cause.reason, cause.because)}${but}` : `, not to ${mdev.label}`;
  return `${formatApqn(apqn)}: assigned to ${owner.label}${more}`;
}

/** Who has the queue in the host. */
export function hostWords({ state }: Host, apqn: Apqn): string {
  const isThere = state.holds(apqn) && state.devices.has(apqn);
  if (!isThere) {
    if (state.facts.qci && (!state.machine.apm.has(apidOf(apqn)) || !state.machine.aqm.has(apqiOf(apqn))))
      return "not in the machine";
    return "in the machine, but the host has no device of it";
  }
  if (state.cexBound.has(apqn))
    return state.queuesOffline.has(apqn) ? "with the host's driver, offline" : "with the host's driver";
  if (state.vfioBound.has(apqn)) return "with vfio_ap, assigned to no mdev";
  return isHostOwned(state, apqn) ? "kept for the host, but no driver has it" : "free, but no driver has it";
}

/** Facts of a queue, one a line: card, machine, driver, last reset. */
export function queueFacts(host: Host, apqn: Apqn): readonly string[] {
  const { state } = host;
  const [apid, apqi] = [apidOf(apqn), apqiOf(apqn)];
  const inMachine = state.machine.apm.has(apid) && state.machine.aqm.has(apqi);
  const inHost = state.info.apm.has(apid) && state.info.aqm.has(apqi);
  const facts: string[] = [];
  if (state.cards.has(apid)) {
    const condition = state.deconfigured.has(apid)
      ? "standby"
      : state.checkstopped.has(apid)
        ? "check-stopped"
        : "configured";
    facts.push(`card ${formatApid(apid)}: ${typeName(state.cardType(apid), state.cardMode(apid))}, ${condition}`);
  }
  if (state.facts.qci && !inMachine) {
    const missing = state.machine.apm.has(apid) ? `domain ${formatApqi(apqi)}` : `adapter ${formatApid(apid)}`;
    const unnoticed = inHost ? "; the host has not noticed" : "";
    facts.push(`the machine does not give ${missing} to this host${unnoticed}`);
  } else if (state.facts.qci && !inHost) {
    facts.push("the machine has it; the host will notice at its next scan");
  }
  facts.push(hostWords(host, apqn).replace(", assigned to no mdev", ""));
  if (state.holds(apqn)) {
    if (state.overridden.has(apqn)) facts.push(`driver_override is ${state.names.nameOf(state.override.get(apqn))}`);
    if (state.unpassable.has(apqn))
      facts.push(`its last reset ended with response code ${state.resetRc.get(apqn).toString(16).padStart(2, "0")}`);
    if (state.faulty.has(apqn) && state.resetFault.get(apqn) !== 0)
      facts.push("a fault is set: its next reset will fail");
    if (state.interrupts.has(apqn)) facts.push("its interrupts are on");
  }
  return facts;
}
