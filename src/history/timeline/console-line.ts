// A line of the page's console: cat, ls and readlink of real paths, echo and printf into them, and all actions of scenarios. Mdevs may be
// called m1, m2, ... by their numbers, guests by their names.

import { type Reading, taken } from "../../formats/reading/input-error.ts";
import { wholePath } from "../../formats/reading/uuid-beginning.ts";
import { mdevPath } from "../../system/ap/paths.ts";
import type { Operation, Read } from "../../system/trace/operation.ts";
import { operationsFromWords } from "../scenario/event-words.ts";

export interface Known {
  /** UUIDs of mdevs in the order of their numbers. */
  readonly mdevs: readonly string[];
  /** Names of running guests. */
  readonly guests: readonly string[];
}

export type ConsoleLine =
  | { readonly kind: "look"; readonly operation: Read }
  | { readonly kind: "act"; readonly operations: readonly Operation[] }
  | { readonly kind: "wrong"; readonly message: string };

const wrong = (message: string): ConsoleLine => ({ kind: "wrong", message });
const LOOKS: Readonly<Record<string, Read["op"]>> = { cat: "read", ls: "ls", readlink: "readlink" };

export function readConsoleLine(text: string, known: Known): ConsoleLine {
  const line = text.trim().replace(/^\$ +/, "");
  const [verb = "", ...rest] = line.split(/\s+/);
  const look = Object.hasOwn(LOOKS, verb) ? LOOKS[verb] : undefined;
  if (look) {
    const path = rest.join(" ");
    return path === "" ? wrong(`${verb} and a path below /sys`) : lookAt(look, pathOf(path, known));
  }
  if (/^(echo|printf)\b/.test(line)) return readEcho(line, known);
  const placeholders = new Map(known.guests.map((guest, at) => [guest, `g-${at}-here`]));
  const words = line
    .split(/\s+/)
    .map((word) => placeholders.get(word) ?? word)
    .join(" ");
  const read = operationsFromWords(
    words,
    known.mdevs.map((uuid, at) => [`m${at + 1}`, uuid]),
  );
  if (!read.ok) return wrong(`expected ${read.error.expected}`);
  const guests = new Map([...placeholders].map(([guest, placeholder]) => [placeholder, guest]));
  const operations = read.value.map((operation) =>
    "guest" in operation && operation.guest !== null
      ? { ...operation, guest: guests.get(operation.guest) ?? operation.guest }
      : operation,
  );
  return { kind: "act", operations };
}

const lookAt = (op: Read["op"], path: Reading<string>): ConsoleLine =>
  path.ok ? { kind: "look", operation: { op, path: path.value } } : wrong(path.message);

/** The path below /sys, without /sys in front; `$m2/...` is the directory of an mdev, whose UUID needs only its beginning elsewhere. */
function pathOf(text: string, known: Known): Reading<string> {
  const path = unquoted(text).replace(/^\/sys(?:\/|$)/, "");
  const mdev = /^\$m(\d+)(\/.*|)$/.exec(path);
  const uuid = known.mdevs[Number(mdev?.[1]) - 1];
  return mdev && uuid ? taken(`${mdevPath(uuid)}${mdev[2]}`) : wholePath(path, known.mdevs);
}

const unquoted = (text: string): string => /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text;

/** `echo [-n] TEXT > PATH`, `printf TEXT > PATH`, with or without quotes. */
function readEcho(line: string, known: Known): ConsoleLine {
  const [, command, rest = ""] = /^(echo(?: +-n)?|printf)(?: +|(?=>))(.*)$/s.exec(line) ?? [];
  const [text = "", ...after] = rest.split(">");
  const path = after.join(">").replace(/^>/, "").trim();
  if (command === undefined || path === "") return wrong("a text, then > and a path below /sys");
  const bytes = unquoted(text.trim());
  const value = command === "echo" ? `${bytes}\n` : command === "printf" ? unescaped(bytes) : bytes;
  const whole = pathOf(path, known);
  if (!whole.ok) return wrong(whole.message);
  return { kind: "act", operations: [{ op: "write", path: whole.value, value }] };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "0": "\0", "\\": "\\" };
const unescaped = (text: string): string =>
  text.replace(/\\([nt0\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
