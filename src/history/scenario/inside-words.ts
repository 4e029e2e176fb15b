// Words before an action or a check that say in which guest it is done.
import { NOT_INSIDE, type Operation } from "../../system/trace/operation.ts";
import { ScenarioError, type Word } from "./words.ts";

/** `in g1:` or, for a guest of a guest, `in g1/g2:` before an action or a check. */
export function readInside(words: readonly Word[]): string | undefined {
  const [first, second] = words;
  if (first?.text !== "in" || !second?.text.endsWith(":")) return undefined;
  const path = second.text.slice(0, -1);
  if (path.split("/").every((name) => name !== "")) return path;
  throw new ScenarioError(second.column, "a guest and a colon after in, such as g1: or g1/g2:");
}

export function doneInside(path: string, operations: readonly Operation[], column: number): readonly Operation[] {
  const wrong = operations.find(({ op }) => NOT_INSIDE.includes(op));
  if (!wrong) return operations.map((operation) => ({ ...operation, in: path }));
  throw new ScenarioError(column, "something that can be done in a guest: its machine is its host's");
}
