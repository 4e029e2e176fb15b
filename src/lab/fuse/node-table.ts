// What the kernel knows of the tree: one entry for every name that it has looked up and not forgotten. Entries are made on LOOKUP and
// freed on FORGET. An entry whose object is gone is dead, and a new object of the same name gets a new entry.
import type { Node } from "../../system/sysfs/node.ts";

export interface KnownNode {
  readonly id: number;
  readonly parent: KnownNode | undefined;
  readonly name: string;
  readonly node: Node;
  /** How many lookups the kernel still remembers. */
  lookups: number;
  /** The object is gone: a process that still holds it open gets ENODEV. */
  dead: boolean;
  /** Undefined for most of a large tree: a map for each entry would take more room than all the rest. */
  children: Map<string, KnownNode> | undefined;
}

export class NodeTable {
  readonly #nodes = new Map<number, KnownNode>();
  readonly root: KnownNode;
  #lastId: number;

  constructor(root: Node, rootId: number) {
    this.root = newNode(rootId, undefined, "", root);
    this.#nodes.set(rootId, this.root);
    this.#lastId = rootId;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(id: number): KnownNode | undefined {
    return this.#nodes.get(id);
  }

  /** The entry of a child that was just looked up, known or new. */
  child(parent: KnownNode, name: string, node: Node): KnownNode {
    const known = parent.children?.get(name);
    if (known && known.node.kind === node.kind && sameTarget(known.node, node)) {
      known.lookups++;
      return known;
    }
    if (known) this.bury(known);
    const fresh = newNode(++this.#lastId, parent, name, node);
    parent.children ??= new Map();
    parent.children.set(name, fresh);
    this.#nodes.set(fresh.id, fresh);
    return fresh;
  }

  forget(id: number, lookups: number): void {
    const known = this.#nodes.get(id);
    if (!known || known === this.root) return;
    known.lookups -= lookups;
    if (known.lookups > 0) return;
    this.#nodes.delete(id);
    leaveParent(known);
  }

  /** The object is gone, with all below it. The kernel may go on asking for it until it forgets it. */
  bury(known: KnownNode): void {
    known.dead = true;
    leaveParent(known);
    for (const child of known.children?.values() ?? []) this.bury(child);
  }

  /** The entry at a path below the root, if the kernel knows it. */
  at(path: string): KnownNode | undefined {
    let known: KnownNode | undefined = this.root;
    for (const name of path.split("/")) known = name === "" ? known : known?.children?.get(name);
    return known;
  }
}

const newNode = (id: number, parent: KnownNode | undefined, name: string, node: Node): KnownNode => ({
  id,
  parent,
  name,
  node,
  lookups: 1,
  dead: false,
  children: undefined,
});

function leaveParent({ parent, name, id }: KnownNode): void {
  const siblings = parent?.children;
  if (!parent || siblings?.get(name)?.id !== id) return;
  siblings.delete(name);
  if (siblings.size === 0) parent.children = undefined;
}

const sameTarget = (a: Node, b: Node): boolean => a.kind !== "link" || b.kind !== "link" || a.target === b.target;

/** Below the root, without a leading slash. */
export function pathOf(known: KnownNode): string {
  const names: string[] = [];
  for (let at: KnownNode | undefined = known; at?.parent; at = at.parent) names.push(at.name);
  return names.reverse().join("/");
}
