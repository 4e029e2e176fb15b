// A trace as steps: from a fresh machine, or, as in the trace of a plan, from the present state of a host.
import { ERRNO } from "../../system/ap/errno.ts";
import { MalformedError } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { type ParsedText, parseLine } from "../../system/trace/trace-file.ts";
import type { ShellStep } from "./shell-script.ts";

interface TraceSteps {
  readonly name: string;
  readonly steps: readonly ShellStep[];
}

/** What belongs to the AP bus and vfio_ap, without steps upwards: the script is run by root, and the trace may be a stranger's. */
const OURS =
  /^(?:(?:bus|devices)\/(?:ap|mdev|matrix|vfio_ap)|class\/mdev_bus|module\/(?:ap|vfio_ap|zcrypt\w*))(?:\/(?!\.{0,2}(?:\/|$))[^/]+)+$/;

/** Of the expected answers only refusals matter here. */
export function parseTraceSteps(text: string): ParsedText<TraceSteps> {
  const [headerText = "", ...lines] = text.trimEnd().split("\n");
  const header = parseLine(headerText, 1, (json) => json.string("trace"));
  if (!header.ok) return header;
  const steps: ShellStep[] = [];
  for (const [at, line] of lines.entries()) {
    const step = parseLine(line, at + 2, (json): ShellStep => {
      const operation = readOperation(json);
      if (operation.op === "write" && !OURS.test(operation.path))
        throw new MalformedError("path", "the path of an attribute of the AP bus or vfio_ap, without . and ..");
      const answer = json.optional("x", () => Object.fromEntries(json.entries("x"))) ?? {};
      const refused = typeof answer.r === "string" && Object.hasOwn(ERRNO, answer.r) ? answer.r : undefined;
      return { operation, refused };
    });
    if (!step.ok) return step;
    steps.push(step.value);
  }
  return { ok: true, value: { name: header.value, steps } };
}
