// Reading members of a JSON object that somebody wrote: each of the type that is expected, or a MalformedError that names it.
// The error stays inside src/system/trace: parse functions turn it into a value with line and column.

export class MalformedError extends Error {
  /** The member that is wrong; undefined: the object as such. */
  readonly key: string | undefined;

  constructor(key: string | undefined, expected: string) {
    super(expected);
    this.key = key;
  }
}

export class JsonReader {
  readonly #object: Record<string, unknown>;

  /** @throws MalformedError if the value is not an object */
  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new MalformedError(undefined, "a JSON object");
    }
    this.#object = value as Record<string, unknown>;
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  isNull(key: string): boolean {
    return this.#get(key) === null;
  }

  any(key: string): unknown {
    return this.#get(key);
  }

  optional<T>(key: string, read: (key: string) => T): T | undefined {
    return this.has(key) ? read(key) : undefined;
  }

  #fail(key: string, expected: string): never {
    const came = this.has(key) ? `, not ${JSON.stringify(this.#get(key)).slice(0, 60)}` : ", which is missing";
    throw new MalformedError(key, `"${key}" as ${expected}${came}`);
  }

  string(key: string): string {
    const value = this.#get(key);
    return typeof value === "string" ? value : this.#fail(key, "a text");
  }

  /** A text of characters up to U+00FF, one a byte. */
  bytes(key: string): string {
    const value = this.string(key);
    for (let i = 0; i < value.length; i++) {
      if (value.charCodeAt(i) > 0xff)
        throw new MalformedError(key, `"${key}" as bytes, one character up to U+00FF each`);
    }
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#get(key);
    return typeof value === "boolean" ? value : this.#fail(key, "true or false");
  }

  /** 0 or 1, or a boolean. */
  flag(key: string, otherwise: boolean): boolean {
    if (!this.has(key)) return otherwise;
    const value = this.#get(key);
    if (value === 0 || value === false) return false;
    return value === 1 || value === true ? true : this.#fail(key, "0 or 1");
  }

  number(key: string, min: number, max: number): number {
    const value = this.#get(key);
    const fits = typeof value === "number" && value >= min && value <= max && Number.isInteger(value);
    return fits ? value : this.#fail(key, `a whole number ${min}..${max}`);
  }

  integer(key: string, min: number, max: number): number {
    return this.number(key, min, max);
  }

  /** A list of whole numbers; empty if the member is missing. */
  integers(key: string, min: number, max: number): readonly number[] {
    if (!this.has(key)) return [];
    const value = this.#get(key);
    const fits = (id: unknown) => typeof id === "number" && Number.isInteger(id) && id >= min && id <= max;
    return Array.isArray(value) && value.every(fits)
      ? value
      : this.#fail(key, `a list of whole numbers ${min}..${max}`);
  }

  /** A list of objects. */
  objects(key: string): readonly JsonReader[] {
    const value = this.#get(key);
    const fits = Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null);
    return fits ? value.map((one) => new JsonReader(one)) : this.#fail(key, "a list of objects");
  }

  oneOf<T extends string>(key: string, values: readonly T[]): T {
    const value = this.#get(key);
    return values.includes(value as T) ? (value as T) : this.#fail(key, `one of ${values.join(", ")}`);
  }

  /** Members of an object; none if it is missing. */
  entries(key: string): readonly (readonly [string, unknown])[] {
    if (!this.has(key)) return [];
    const value = this.#get(key);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.#fail(key, "an object");
    return Object.entries(value);
  }
}
