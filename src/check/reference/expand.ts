// The reference model's expand and gatherer, made for one universe.
import { RECENT_BITS } from "../explorer/gather.ts";
import type { Gatherer, Model, NoteEvent, StateBatch, Successors } from "../model.ts";
import { compile } from "../wasm/compile.ts";
import { instantiate, isLittleEndian, memoryOf, type Numbers } from "../wasm/engine.ts";
import { expandSource, type Parts } from "./expand-source.ts";
import { TO_BATCH, toList } from "./source-output.ts";

type Expand = (states: Int32Array, at: number, successors: Successors) => void;

/** A gatherer for states of two words, where WebAssembly's numbers are the machine's. */
export function expandersOf(parts: Parts): Pick<Model, "expand" | "gatherer"> {
  const { words } = parts.layout;
  const { product, adaptersOf, domainsOf } = parts.tables;
  const source = `"use strict"; ${expandSource(parts, toList(words))} return expand;`;
  const expand = new Function("product", "adaptersOf", "domainsOf", source)(product, adaptersOf, domainsOf) as Expand;
  if (words !== 2 || !isLittleEndian) return { expand };
  return { expand, gatherer: (room, note) => new BatchGatherer(parts, room, note) };
}

/** The whole of it in WebAssembly: a state goes in as two numbers, its successors stay in the memory. */
class BatchGatherer implements Gatherer {
  readonly batch: StateBatch;
  readonly #counted: Int32Array;
  readonly #expand: Numbers;
  #transitions = 0;

  constructor(parts: Parts, room: number, note: NoteEvent) {
    const { product, adaptersOf, domainsOf } = parts.tables;
    const lengths = {
      recent: 2 * 2 ** RECENT_BITS,
      to: 2 * room,
      parents: room,
      hashes: room,
      counted: 1,
      product: product.length,
      adaptersOf: adaptersOf.length,
      domainsOf: domainsOf.length,
    };
    const arrays: Record<string, number> = {};
    let bytes = 0;
    for (const [name, length] of Object.entries(lengths)) {
      arrays[name] = bytes;
      bytes += 4 * length;
    }
    const memory = memoryOf(bytes);
    const array = (name: keyof typeof lengths): Int32Array =>
      new Int32Array(memory.buffer, arrays[name], lengths[name]);
    array("product").set(product);
    array("adaptersOf").set(adaptersOf);
    array("domainsOf").set(domainsOf);
    const module = compile({ source: expandSource(parts, TO_BATCH), arrays, imports: { note: 2 } });
    this.#expand = instantiate(module, memory, { note }).expand!;
    this.#counted = array("counted");
    this.batch = { states: array("to"), parents: array("parents"), hashes: array("hashes"), count: 0 };
  }

  get transitions(): number {
    this.#transitions += this.#counted[0]!;
    this.#counted[0] = 0;
    return this.#transitions;
  }

  gather(states: Int32Array, at: number, place: number): void {
    const { batch } = this;
    batch.count = this.#expand(states[at]!, states[at + 1]!, place, batch.count);
  }
}
