// What a mount keeps of an object beside its tree, by the object's path, for as long as the object is there: an object that comes in its
// place is as new.
import type { Node } from "../../system/sysfs/node.ts";

export class KeptByPath<T> {
  readonly #kept = new Map<string, T>();

  /** @param path asked for only if anything is kept at all */
  at(path: () => string): T | undefined {
    return this.#kept.size === 0 ? undefined : this.#kept.get(path());
  }

  keep(path: string, value: T): void {
    this.#kept.set(path, value);
  }

  /** The object is gone, and all below it. */
  forget(path: string): void {
    for (const known of this.#kept.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#kept.delete(known);
    }
  }

  /** Names may have gone. */
  forgetGone(root: Node): void {
    for (const path of this.#kept.keys()) if (!exists(root, path)) this.#kept.delete(path);
  }

  values(): IterableIterator<T> {
    return this.#kept.values();
  }
}

function exists(root: Node, path: string): boolean {
  let node: Node | undefined = root;
  for (const name of path.split("/")) {
    if (name !== "") node = node?.kind === "directory" ? node.child(name) : undefined;
  }
  return node !== undefined;
}
