// Adapters, domains, queues and other numbers in the lines of a scenario: always in hex, always in full width.
import { type Apqn, parseApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import type { Words } from "./words.ts";

export const ADAPTER = /^[0-9a-f]{2}$/;
export const QUEUE = /^[0-9a-f]{2}\.00[0-9a-f]{2}$/;
const ADAPTERS = /^[0-9a-f]{2}(-[0-9a-f]{2})?$/;
const DOMAINS = /^00[0-9a-f]{2}(-00[0-9a-f]{2})?$/;

export const hex = (text: string): number => Number.parseInt(text, 16);

/** A number that must stand here. */
export const takeHex = (words: Words, pattern: RegExp, expected: string): number =>
  hex(words.takeMatch(pattern) ?? words.fail(expected));

export function takeQueue(words: Words): Apqn {
  const apqn = parseApqn(words.peek() ?? "");
  if (apqn === undefined) return words.fail("a queue such as 04.0047");
  words.take("");
  return apqn;
}

/** Words like `adapter 04 05 domain 0004 control 0001`, in any order. */
interface Ids {
  readonly adapters: readonly number[];
  readonly domains: readonly number[];
  readonly controls: readonly number[];
}

export const NO_IDS: Ids = { adapters: [], domains: [], controls: [] };

/** The same numbers as masks. */
export const matrixOf = ({ adapters, domains, controls }: Ids): Matrix => ({
  apm: maskOf(adapters.map(asApid)),
  aqm: maskOf(domains.map(asApqi)),
  adm: maskOf(controls.map(asControlDomain)),
});

/** The number of `04`, or all numbers of `00-0f`. */
function numbersOf(text: string): readonly number[] {
  const [first = 0, last = first] = text.split("-").map(hex);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

export function readIds(words: Words): Ids {
  const ids: Record<keyof Ids, number[]> = { adapters: [], domains: [], controls: [] };
  const KINDS = [
    [/^adapters?$/, ADAPTERS, ids.adapters, "an adapter such as 04"],
    [/^domains?$/, DOMAINS, ids.domains, "a domain such as 0047"],
    [/^controls?$/, DOMAINS, ids.controls, "a control domain such as 0047"],
  ] as const;
  for (;;) {
    const kind = KINDS.find(([keyword]) => words.takeMatch(keyword) !== undefined);
    if (!kind) return ids;
    const [, pattern, list, expected] = kind;
    // "none" stands for an empty mask.
    if (!words.takeIf("none")) list.push(...words.takeAll(pattern, expected).flatMap(numbersOf));
  }
}

export const isEmpty = ({ adapters, domains, controls }: Ids): boolean =>
  adapters.length + domains.length + controls.length === 0;
