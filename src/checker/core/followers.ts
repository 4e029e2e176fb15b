// What equals something else in a universe, or follows from it by an invariant, and is worked out when a state is loaded. This
// makes states smaller; packed-states.test.ts tests that it is true.
import { asApid } from "../../system/ap/id.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { hasScans, hostUsesQueues, tracksHealth, type Universe } from "./universe.ts";

export interface Follower {
  /** Names of variables.ts that need no bits. */
  readonly variables: readonly string[];
  readonly follow: (state: HostState, universe: Universe) => void;
}

export function followersOf(universe: Universe): readonly Follower[] {
  const followers: Follower[] = [];
  if (hasScans(universe)) followers.push(CARDS, ORDER);
  if (hostUsesQueues(universe) && !tracksHealth(universe)) followers.push(HEALTH);
  if (!universe.kinds.has("hardware")) followers.push(CONFIGURATION);
  if (linksFollow(universe)) followers.push(LINKS);
  return followers;
}

/** The v11 and v12 patches unlink queues that the host lost while they are still bound; in no other kernel is such a queue unlinked. */
export const linksFollow = ({ profile }: Universe): boolean => profile.filter !== "v11" && profile.filter !== "v12";

/** Every card is bound and as it was created: no event touches cards, and their types never change. */
const CARDS: Follower = {
  variables: ["cardsBound", "cardType"],
  follow(state, { adapters }) {
    copyWord(state, state.cards, state.cardsBound);
    for (let a = 0; a < adapters; a++) {
      if (state.cards.has(asApid(a))) state.adoptCard(asApid(a));
      else state.forgetCard(asApid(a));
    }
  },
};

/** All devices are as if they were made together: nothing in a state depends on their order. */
const ORDER: Follower = {
  variables: ["deviceRuns"],
  follow: (state) => state.set("deviceRuns", 1),
};

/** Only resets of the host's own queues can have failed, and the bus forgets that when it gives them away. */
const HEALTH: Follower = {
  variables: ["bad", "resetStart"],
  follow(state, { adapters }) {
    for (let a = 0; a < adapters; a++) {
      state.bad.row(asApid(a)).clear();
      state.resetStart.row(asApid(a)).clear();
    }
  },
};

/** A host that notices changes at once holds what the machine holds. */
const CONFIGURATION: Follower = {
  variables: ["noticed", "driver"].flatMap((who) => ["Adapters", "Domains", "Control"].map((what) => who + what)),
  follow(state) {
    const { machine, qci, info } = state;
    copyWord(state, machine.apm, qci.apm);
    copyWord(state, machine.aqm, qci.aqm);
    copyWord(state, machine.adm, qci.adm);
    copyWord(state, machine.apm, info.apm);
    copyWord(state, machine.aqm, info.aqm);
    copyWord(state, machine.adm, info.adm);
  },
};

/** Of masks of 256 ids only the first word varies in a small host. */
function copyWord(
  { words }: HostState,
  { at: from }: { readonly at: number },
  { at: to }: { readonly at: number },
): void {
  words[to] = words[from]!;
}

/** A queue is linked if and only if it is bound and in some matrix. */
const LINKS: Follower = {
  variables: ["linked"],
  follow(state, { adapters, mdevs }) {
    for (let a = 0; a < adapters; a++) {
      const linked = state.linked.row(asApid(a));
      linked.clear();
      for (let n = 0; n < mdevs; n++) {
        const { apm, aqm } = state.mdevs[n]!.matrix;
        if (apm.has(asApid(a))) linked.addAll(aqm);
      }
      linked.retainAll(state.vfioBound.row(asApid(a)));
    }
  },
};
