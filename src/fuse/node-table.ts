// What the kernel knows of the tree: one entry for every name it has looked up and not forgotten. Entries are made on LOOKUP and
// freed on FORGET; one whose object is gone is dead, and a new object of the same name gets an entry of its own.
import type { Node } from "../sysfs/node.ts";

export interface KnownNode {
  readonly id: bigint;
  readonly parent: KnownNode | undefined;
  readonly name: string;
  readonly node: Node;
  /** How many lookups the kernel still remembers. */
  lookups: bigint;
  /** The object is gone: whoever still holds it open gets ENODEV. */
  dead: boolean;
  readonly children: Map<string, KnownNode>;
}

export class NodeTable {
  readonly #nodes = new Map<bigint, KnownNode>();
  readonly root: KnownNode;
  #lastId: bigint;

  constructor(root: Node, rootId: bigint) {
    this.root = { id: rootId, parent: undefined, name: "", node: root, lookups: 1n, dead: false, children: new Map() };
    this.#nodes.set(rootId, this.root);
    this.#lastId = rootId;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(id: bigint): KnownNode | undefined {
    return this.#nodes.get(id);
  }

  /** The entry of a child that has just been looked up: known already, or new. */
  child(parent: KnownNode, name: string, node: Node): KnownNode {
    const known = parent.children.get(name);
    if (known && known.node.kind === node.kind && sameTarget(known.node, node)) {
      known.lookups++;
      return known;
    }
    if (known) this.bury(known);
    const id = ++this.#lastId;
    const fresh: KnownNode = { id, parent, name, node, lookups: 1n, dead: false, children: new Map() };
    parent.children.set(name, fresh);
    this.#nodes.set(id, fresh);
    return fresh;
  }

  forget(id: bigint, lookups: bigint): void {
    const known = this.#nodes.get(id);
    if (!known || known === this.root) return;
    known.lookups -= lookups;
    if (known.lookups > 0n) return;
    this.#nodes.delete(id);
    if (known.parent?.children.get(known.name) === known) known.parent.children.delete(known.name);
  }

  /** The object is gone, and everything below it. The kernel may go on asking for it until it forgets. */
  bury(known: KnownNode): void {
    known.dead = true;
    if (known.parent?.children.get(known.name) === known) known.parent.children.delete(known.name);
    for (const child of known.children.values()) this.bury(child);
  }

  /** The entry at a path below the root, if the kernel knows it. */
  at(path: string): KnownNode | undefined {
    let known: KnownNode | undefined = this.root;
    for (const name of path.split("/")) known = name === "" ? known : known?.children.get(name);
    return known;
  }
}

const sameTarget = (a: Node, b: Node): boolean => a.kind !== "link" || b.kind !== "link" || a.target === b.target;

/** Below the root, without a leading slash. */
export function pathOf(known: KnownNode): string {
  const names: string[] = [];
  for (let at: KnownNode | undefined = known; at?.parent; at = at.parent) names.push(at.name);
  return names.reverse().join("/");
}
