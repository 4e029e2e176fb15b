// A value that components follow: they are drawn anew when what they take from it has changed.
import { useEffect, useReducer, useRef } from "preact/hooks";

export class Store<T extends object> {
  #value: T;
  readonly #followers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  /** Some members replaced. */
  set(change: Partial<T>): void {
    this.#value = { ...this.#value, ...change };
    for (const follower of this.#followers) follower();
  }

  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}

/** What a component takes from a store. Compared by identity: take members, make nothing new. */
export function useStore<T extends object, S>(store: Store<T>, take: (value: T) => S): S {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const taken = take(store.get());
  const last = useRef(taken);
  last.current = taken;
  useEffect(() => {
    const look = () => {
      if (take(store.get()) !== last.current) redraw(undefined);
    };
    // It may have changed between drawing and now.
    look();
    return store.follow(look);
  }, [store]);
  return taken;
}
