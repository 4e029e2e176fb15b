// Two properties for `apmatrix check --property-file examples/property.ts`. Types are taken off before it runs, so it may import
// types and nothing else. `state` is the host, with its views; it must not be changed.
import type { CheckedHost, CheckProperty, Step } from "apmatrix";

export const properties: readonly CheckProperty[] = [
  {
    name: "some-queue",
    sentence: "a running guest that has an adapter has a queue of it",
    kind: "always",
    on: "state",
    holds: ({ state }: CheckedHost) =>
      state.mdevs.every(({ isAttached, guestMasks: { apm, aqm } }) => !isAttached || apm.isEmpty() || !aqm.isEmpty()),
  },
  {
    name: "lost-and-found",
    sentence: "one event gives queues to two guests at once",
    kind: "sometimes",
    on: "event",
    holds: ({ before, state }: Step) =>
      state.mdevs.filter((mdev, n) => {
        const had = before.mdevs[n]?.guestMasks;
        const gained =
          had !== undefined && !(had.apm.containsAll(mdev.guestMasks.apm) && had.aqm.containsAll(mdev.guestMasks.aqm));
        return mdev.isAttached && gained;
      }).length > 1,
  },
];
