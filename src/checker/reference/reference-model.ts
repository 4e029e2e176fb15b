// The reference model: small, exact, written to be read, and counted by other checkers too, so that the explorer can be compared with
// them. It deals with sets of queues and has no sysfs. This file makes a model for the explorer of it.

import type { Model, ShownValue, Successors } from "../model.ts";
import { adapterText, domainText, queueText, range } from "../number-names.ts";
import { canonicalOf } from "../symmetry.ts";
import { eventsOf } from "./reference-events.ts";
import type { ReferenceOptions } from "./reference-options.ts";
import { REFERENCE_PROPERTIES } from "./reference-properties.ts";
import { Rules } from "./rules.ts";
import { ReferenceState } from "./state.ts";
import { StateWords } from "./state-words.ts";
import { brokenIn, settle } from "./violations.ts";

/** @param options one in which optionsError finds nothing */
export function referenceModel(options: ReferenceOptions): Model {
  const rules = new Rules(options);
  const events = eventsOf(rules);
  const packing = new StateWords(options);
  const { words } = packing;
  const before = new ReferenceState(options);
  const now = new ReferenceState(options);
  const canonical = options.reserved ? undefined : canonicalOf(packing.bits, words, options);
  return {
    name: "reference",
    words,
    events: events.length,
    properties: REFERENCE_PROPERTIES,
    initial(states, at) {
      const first = new ReferenceState(options);
      first.devices = rules.product(rules.allAdapters, rules.allDomains);
      first.hostAdapters = rules.allAdapters;
      first.hostDomains = rules.allDomains;
      packing.write(first, states, at);
    },
    expand(states: Int32Array, at: number, successors: Successors) {
      packing.read(states, at, before);
      for (let number = 0; number < events.length; number++) {
        const event = events[number]!;
        if (!event.canHappen(before)) continue;
        now.copy(before);
        event.happen(now);
        const n = successors.count++;
        successors.events[n] = number;
        successors.violations[n] = settle(rules, before, now, event);
        packing.write(now, successors.states, n * words);
      }
    },
    violations(states, at) {
      packing.read(states, at, before);
      return brokenIn(rules, before);
    },
    ...(canonical && { canonical }),
    eventText: (event) => events[event]!.text,
    variables(states, at) {
      packing.read(states, at, before);
      return shown(rules, before);
    },
  };
}

const members = <T>(set: number, names: readonly T[]): T[] => names.filter((_, n) => ((set >> n) & 1) === 1);

/** A state by name, always the same names in the same order. */
function shown({ options, isV11 }: Rules, s: ReferenceState): Readonly<Record<string, ShownValue>> {
  const { adapters, domains, mdevs, controlDomains } = options;
  const adapterNames = range(adapters).map(adapterText);
  const domainNames = range(domains).map(domainText);
  const queueNames = range(adapters).flatMap((a) => range(domains).map((d) => queueText(a, d)));
  const ofMdev = (g: number): readonly (readonly [string, ShownValue])[] => {
    const m = s.mdevs[g]!;
    return [
      [`mdev ${g} adapters`, members(m.matrixAdapters, adapterNames)],
      [`mdev ${g} domains`, members(m.matrixDomains, domainNames)],
      [`mdev ${g} shadow adapters`, members(m.shadowAdapters, adapterNames)],
      [`mdev ${g} shadow domains`, members(m.shadowDomains, domainNames)],
      ...(controlDomains
        ? ([
            [`mdev ${g} control domains`, members(m.matrixControl, domainNames)],
            [`mdev ${g} shadow control domains`, members(m.shadowControl, domainNames)],
          ] as const)
        : []),
      [`mdev ${g} dirtied`, members(m.dirtied, queueNames)],
    ];
  };
  return {
    devices: members(s.devices, queueNames),
    bound: members(s.bound, queueNames),
    ...(isV11 ? { "cut off": members(s.cut, queueNames) } : {}),
    "host adapters": members(s.hostAdapters, adapterNames),
    "host domains": members(s.hostDomains, domainNames),
    scanning: s.scanning === 1,
    added: [...members(s.addedAdapters, adapterNames), ...members(s.addedDomains, domainNames)],
    ...(isV11 ? {} : { pending: members(s.pending, range(mdevs)) }),
    running: members(s.running, range(mdevs)),
    ...Object.fromEntries(range(mdevs).flatMap(ofMdev)),
  };
}
