// What a machine holds for the users of its cards: master keys of its domains, which stay as they are while it runs, and how many
// requests there have been when it boots.
import type { Apqn } from "../ap/apqn.ts";
import type { Apid } from "../ap/id.ts";
import type { MasterKeys } from "../ap/master-keys.ts";

export interface KeysAndCounts {
  /** Queues that are not listed tell of no keys. */
  readonly keys: ReadonlyMap<Apqn, MasterKeys>;
  /** Requests so far, 0..2^53-1, of queues and of cards. */
  readonly requests: ReadonlyMap<Apqn, number>;
  readonly cardRequests: ReadonlyMap<Apid, number>;
}

/** Undefined if there is nothing. */
export const ifAny = (held: KeysAndCounts): KeysAndCounts | undefined =>
  held.keys.size + held.requests.size + held.cardRequests.size > 0 ? held : undefined;

/** For another kernel on the same domains, such as a guest's, which counts from nothing. */
export const keysOnly = ({ keys }: KeysAndCounts): KeysAndCounts => ({
  keys,
  requests: new Map(),
  cardRequests: new Map(),
});
