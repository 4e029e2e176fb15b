// A trace as steps: from a fresh machine, or, as in the trace of a plan, from the present state of a host.
import { ERRNO } from "../../system/ap/errno.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { type ParsedText, parseLine } from "../../system/trace/trace-file.ts";
import type { ScriptStep } from "./shell-script.ts";

interface TraceSteps {
  readonly name: string;
  readonly steps: readonly ScriptStep[];
}

/** Of the expected answers only refusals matter here. */
export function parseTraceSteps(text: string): ParsedText<TraceSteps> {
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
