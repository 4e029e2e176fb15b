// Texts that the buffer holds by number: names of guests, texts of driver_override.

/** It only grows, and copies of a host share it, so a number means the same in every snapshot. */
export class Names {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a name, new or known. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#names.push(name);
    this.#numbers.set(name, this.#names.length - 1);
    return this.#names.length - 1;
  }

  /** All names, each at its number. */
  get all(): readonly string[] {
    return [...this.#names];
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }
}
