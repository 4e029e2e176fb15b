// A function's local variables: where each name of the blocks around stands.
import type { Pattern } from "acorn";

export class Locals {
  /** Names of the blocks around, the innermost last. Locals of a block that is left are used again. */
  readonly #scopes: Map<string, number>[] = [new Map()];
  #used = 0;
  #most = 0;

  /** How many there are at once at the most. */
  get most(): number {
    return this.#most;
  }

  /** @throws SyntaxError if it is more than a name */
  declare(name: Pattern): number {
    if (name.type !== "Identifier") throw new SyntaxError(`no WebAssembly for ${name.type}`);
    const local = this.#used++;
    this.#most = Math.max(this.#most, this.#used);
    this.#scopes.at(-1)?.set(name.name, local);
    return local;
  }

  /** @throws SyntaxError if there is none of this name */
  find(name: string): number {
    const local = this.#scopes.findLast((names) => names.has(name))?.get(name);
    if (local === undefined) throw new SyntaxError(`unknown name ${name}`);
    return local;
  }

  /** Names that are declared meanwhile are gone afterwards. */
  scope(inside: () => void): void {
    const used = this.#used;
    this.#scopes.push(new Map());
    inside();
    this.#scopes.pop();
    this.#used = used;
  }
}
