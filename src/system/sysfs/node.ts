// What there is below /sys: directories, attributes, symbolic links. Made when somebody looks, from the host as it is then.
import { type Result, refused } from "../ap/result.ts";
import { sscanfInt } from "./number-grammar.ts";

/** Whether a write has taken effect, or its process waits until a guest lets go. */
export type Stored = "stored" | "waits";

export interface Attribute {
  readonly kind: "attribute";
  readonly mode: number;
  /** The whole text, one character a byte. */
  readonly read?: () => Result<string>;
  /** One write: what was written, up to the first NUL, and how many bytes that was all in all. */
  readonly store?: (text: string, length: number) => Result<Stored>;
}

export interface Link {
  readonly kind: "link";
  /** Relative, as the kernel makes it. */
  readonly target: string;
}

export interface Directory {
  readonly kind: "directory";
  /** In byte order. */
  readonly names: () => readonly string[];
  readonly child: (name: string) => Node | undefined;
  /** What all entries are, where that is known without looking at each. */
  readonly entryKind?: Node["kind"];
}

export type Node = Attribute | Link | Directory;

export const link = (target: string): Link => ({ kind: "link", target });

const ok = (value: string): Result<string> => ({ ok: true, value });
/** What a store answers when it is done. */
export const STORED: Result<Stored> = { ok: true, value: "stored" };
/** What a store answers to text that it cannot read. */
export const MALFORMED = refused("EINVAL", "malformed");

type Store = (text: string, length: number) => Result<Stored>;

/** 0444. The text without its newline. */
export const readOnly = (line: () => string): Attribute => ({
  kind: "attribute",
  mode: 0o444,
  read: () => ok(`${line()}\n`),
});

/** 0444, and the text as it is: several lines, or none. */
export const readOnlyText = (text: () => Result<string>): Attribute => ({ kind: "attribute", mode: 0o444, read: text });

/** 0644. */
export const readWrite = (line: () => string, store: Store): Attribute => ({
  kind: "attribute",
  mode: 0o644,
  read: () => ok(`${line()}\n`),
  store,
});

/** 0644: 0 or 1, read as sscanf does. */
export const zeroOrOne = (isOne: () => boolean, turn: (on: boolean) => Result<void>): Attribute =>
  readWrite(
    () => (isOne() ? "1" : "0"),
    (text) => {
      const on = sscanfInt(text, "%d");
      return on === 0 || on === 1 ? stored(turn(on === 1)) : MALFORMED;
    },
  );

/** 0200. */
export const writeOnly = (store: Store): Attribute => ({ kind: "attribute", mode: 0o200, store });

/** Entries made on demand, of what the directory is of; those that are undefined are not there. */
export type Entries<Of = void> = Readonly<Record<string, ((of: Of) => Node | undefined) | undefined>>;

/** More entries, whose names are not known beforehand. */
export interface Family {
  readonly names: () => readonly string[];
  readonly child: (name: string) => Node | undefined;
}

const NO_FAMILY: Family = { names: () => [], child: () => undefined };

export const directory = (entries: Entries, family?: Family): Directory => directoryOn(undefined, entries, family);

/** A directory whose entries stand in a table: all directories of a kind share it. */
export function directoryOn<Of>(of: Of, entries: Entries<Of>, family: Family = NO_FAMILY): Directory {
  const own = (name: string) => (Object.hasOwn(entries, name) ? entries[name]?.(of) : undefined);
  return {
    kind: "directory",
    names: () => [...Object.keys(entries).filter((name) => own(name) !== undefined), ...family.names()].sort(),
    child: (name) => own(name) ?? family.child(name),
  };
}

/** A directory that holds nothing but links. */
export const linkDirectory = (family: Family): Directory => ({ ...directory({}, family), entryKind: "link" });

/** A directory that holds nothing but directories. */
export const directoryOf = (family: Family): Directory => ({ ...directory({}, family), entryKind: "directory" });

/** Turn an answer of a rule into that of a store. */
export const stored = (result: Result<unknown>): Result<Stored> => (result.ok ? STORED : result);
