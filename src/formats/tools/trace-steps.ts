// A trace as steps to take, from its first line or, like the trace of a plan, from where a host is already.
import { ERRNO } from "../../system/ap/errno.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { type Parsed, parseLine } from "../../system/trace/trace-file.ts";
import type { ScriptStep } from "./shell-script.ts";

export interface TraceSteps {
  readonly name: string;
  readonly steps: readonly ScriptStep[];
}

/** What is expected of a step is an errno, or does not matter here. */
export function parseTraceSteps(text: string): Parsed<TraceSteps> {
  const [headerText = "", ...lines] = text.trimEnd().split("\n");
  const header = parseLine(headerText, 1, (json) => json.string("trace"));
  if (!header.ok) return header;
  const steps: ScriptStep[] = [];
  for (const [at, line] of lines.entries()) {
    const step = parseLine(line, at + 2, (json): ScriptStep => {
      const operation = readOperation(json);
      const answer = json.optional("x", () => Object.fromEntries(json.entries("x"))) ?? {};
      const refused = typeof answer.r === "string" && Object.hasOwn(ERRNO, answer.r) ? answer.r : undefined;
      return { operation, refused };
    });
    if (!step.ok) return step;
    steps.push(step.value);
  }
  return { ok: true, value: { name: header.value, steps } };
}
