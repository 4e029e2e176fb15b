// The reference model: small, exact, and counted by other checkers too, so that the explorer can be held against them. It speaks of
// sets of queues and knows no sysfs. Its rules are its own on purpose; the product's are in src/system/bus and src/system/vfio-ap.
import { apqnOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Model, Shown } from "../model.ts";
import { canonicalOf, hasCanonical } from "./canonical.ts";
import { eventNumbersOf, eventTextOf } from "./event-numbers.ts";
import { expandersOf } from "./expand.ts";
import { type Field, layoutOf } from "./layout.ts";
import { REFERENCE_PROPERTIES } from "./properties.ts";
import { tablesOf, type Universe } from "./universe.ts";
import { violationsOf } from "./violations.ts";

/** @param universe one without an error (universeError) */
export function referenceModel(universe: Universe): Model {
  const tables = tablesOf(universe);
  const layout = layoutOf(universe, tables.isV11);
  const numbers = eventNumbersOf(universe);
  const put = (states: Int32Array, at: number, { word, shift, mask }: Field, value: number): void => {
    states[at + word]! |= (value & mask) << shift;
  };
  const get = (states: Int32Array, at: number, { word, shift, mask }: Field): number =>
    (states[at + word]! >>> shift) & mask;
  const { adapters, domains, mdevs, controlDomains } = universe;

  const members = <T>(set: number, size: number, text: (n: number) => T): T[] =>
    Array.from({ length: size }, (_, n) => n)
      .filter((n) => Math.floor(set / 2 ** n) % 2 === 1)
      .map(text);
  const adapterSet = (set: number) => members(set, adapters, (n) => formatApid(asApid(n)));
  const domainSet = (set: number) => members(set, domains, (n) => formatApqi(asApqi(n)));
  const queueSet = (set: number) =>
    members(set, adapters * domains, (n) => formatApqn(apqnOf(asApid(Math.floor(n / domains)), asApqi(n % domains))));

  const variables = (states: Int32Array, at: number): Record<string, Shown> => {
    const bound = get(states, at, layout.bound);
    const mark = get(states, at, layout.mark);
    const added = get(states, at, layout.added);
    const shown: Record<string, Shown> = {
      devices: queueSet(bound | mark),
      bound: queueSet(bound),
      ...(tables.isV11 ? { "cut off": queueSet(bound & mark) } : {}),
      "host adapters": adapterSet(get(states, at, layout.hostAdapters)),
      "host domains": domainSet(get(states, at, layout.hostDomains)),
      scanning: get(states, at, layout.scanning) === 1,
      added: [...adapterSet(added > adapters ? 0 : 2 ** added / 2), ...domainSet(2 ** (added - adapters) / 2)],
      ...(tables.isV11 ? {} : { pending: members(get(states, at, layout.pending), mdevs, (g) => g) }),
      running: members(get(states, at, layout.running), mdevs, (g) => g),
    };
    const dirtied = get(states, at, layout.dirtied);
    for (let g = 0; g < mdevs; g++) {
      const matrix = { adapters: layout.matrixAdapters[g]!, domains: layout.matrixDomains[g]! };
      const shadow = { adapters: layout.shadowAdapters[g]!, domains: layout.shadowDomains[g]! };
      shown[`mdev ${g} adapters`] = adapterSet(get(states, at, matrix.adapters));
      shown[`mdev ${g} domains`] = domainSet(get(states, at, matrix.domains));
      shown[`mdev ${g} shadow adapters`] = adapterSet(get(states, at, shadow.adapters));
      shown[`mdev ${g} shadow domains`] = domainSet(get(states, at, shadow.domains));
      if (controlDomains) {
        shown[`mdev ${g} control domains`] = domainSet(get(states, at, layout.matrixControl[g]!));
        shown[`mdev ${g} shadow control domains`] = domainSet(get(states, at, layout.shadowControl[g]!));
      }
      shown[`mdev ${g} dirtied`] = queueSet((dirtied >>> (g * adapters * domains)) & tables.allQueues);
    }
    return shown;
  };

  const initial = new Int32Array(layout.words);
  put(initial, 0, layout.mark, tables.allQueues);
  put(initial, 0, layout.hostAdapters, tables.allAdapters);
  put(initial, 0, layout.hostDomains, tables.allDomains);
  for (const one of layout.ones) put(initial, 0, one, 1);

  return {
    name: "reference",
    words: layout.words,
    wordsAreNeverZero: layout.ones.length === layout.words,
    events: numbers.end,
    properties: REFERENCE_PROPERTIES,
    initial: (states, at) => states.set(initial, at),
    ...expandersOf({ universe, tables, layout, numbers }),
    violations: violationsOf(universe, tables, layout),
    ...(hasCanonical(universe) ? { canonical: canonicalOf(universe, tables, layout) } : {}),
    eventText: (event) => eventTextOf(universe, event),
    variables,
  };
}
