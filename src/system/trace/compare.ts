// Comparing answers as JSON values: the order of an object's members does not matter, that of a list does.

import type { Answer } from "./answer.ts";

export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)];
  if (keysOfA.length !== keysOfB.length) return false;
  return keysOfA.every(
    (key) =>
      Object.hasOwn(b, key) && sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** One member that is not as expected; undefined stands for a member that is not there. */
export interface Mismatch {
  readonly member: string;
  readonly expected: unknown;
  readonly came: unknown;
}

/** All members of an answer that differ from what was expected. Looks one level into objects, so that a line stays short. */
export function mismatches(expected: Record<string, unknown>, came: Record<string, unknown>, prefix = ""): Mismatch[] {
  const members = [...new Set([...Object.keys(expected), ...Object.keys(came)])].sort();
  return members.flatMap((member) => {
    const [e, c] = [ownMember(expected, member), ownMember(came, member)];
    if (sameJson(e, c)) return [];
    const deeper = isPlainObject(e) && isPlainObject(c);
    return deeper ? mismatches(e, c, `${prefix}${member}.`) : [{ member: prefix + member, expected: e, came: c }];
  });
}

/** Whether an answer is the recorded one; true if none was recorded. */
export const isAsRecorded = (recorded: Record<string, unknown> | undefined, answer: Answer): boolean =>
  recorded === undefined || mismatches(recorded, { ...answer }).length === 0;

/** A member called "constructor" is a member like all others. */
const ownMember = (object: Record<string, unknown>, member: string): unknown =>
  Object.hasOwn(object, member) ? object[member] : undefined;

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
