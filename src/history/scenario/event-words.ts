// A single action in the words of scenarios, as somebody types it for a running lab.
import type { Operation } from "../../system/trace/operation.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { readAction } from "./actions.ts";
import { Cast } from "./cast.ts";
import { doneInside, readInside } from "./inside-words.ts";
import { ScenarioError, Words, wordsOf } from "./words.ts";

/**
 * Mdevs are called by their UUID, guests by any name: one with blanks, or like an mdev's, as a JSON string. `in g1:` before it: it is done in
 * that guest.
 *
 * @param mdevs more names, with their UUIDs; a line that names no mdev means m1
 */
export function operationsFromWords(
  text: string,
  mdevs: Iterable<readonly [string, string]> = [],
): ParsedText<readonly Operation[]> {
  const cast = new Cast(true);
  for (const [name, uuid] of mdevs) cast.name(name, uuid);
  try {
    const all = wordsOf(text);
    const inside = readInside(all);
    const words = new Words(inside === undefined ? all : all.slice(2), text.length + 1);
    const column = words.column;
    const verb = words.take("what is to happen, such as machine, card, fault, scan, start, stop, reset");
    const operations = verb === "host" ? undefined : readAction(verb, words, cast);
    if (!operations)
      throw new ScenarioError(
        column,
        `an action such as machine, card, fault, scan, start, stop or reset, not "${verb}"`,
      );
    words.end();
    return { ok: true, value: inside === undefined ? operations : doneInside(inside, operations, column) };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return { ok: false, error: { line: 1, column: error.column, expected: error.message } };
  }
}
