// What was done, in one line: an action in the words of scenarios, a look as it would be typed.
import type { Operation } from "../../system/trace/operation.ts";
import { actionLines } from "../scenario/format-action.ts";

/** @param nameOf how an mdev is called, by its UUID */
export const operationWords = (operation: Operation, nameOf: (uuid: string) => string): string =>
  actionLines(operation, nameOf).join("; ") || lookWords(operation);

const lookWords = (operation: Operation): string =>
  "path" in operation ? `${operation.op === "read" ? "cat" : operation.op} ${operation.path}` : "look at everything";
