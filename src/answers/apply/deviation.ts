// The sentence about a step after which a host differs from what was predicted.
import type { StepProgress } from "./carry-out.ts";
import { fewOf } from "./fact-changes.ts";

type Deviation = Extract<StepProgress, { kind: "deviation" }>;

/** One line, without what to do next. */
export function deviationText({ at, step, answer, differences }: Deviation, of: number): string {
  const came = answer === undefined ? [] : [`expected ${answered(step.answer)}, found ${answered(answer)}`];
  const others = differences.length === 0 ? [] : [`it left the host otherwise than planned (${fewOf(differences)})`];
  const what = `step ${at} of ${of}, ${step.value} to ${step.path}: ${[...came, ...others].join("; ")}`;
  const hint = hintFor(step.path, answer, differences);
  return hint === undefined ? what : `${what}; ${hint}`;
}

const answered = (answer: number | string): string => {
  if (answer === "blocked") return "a write that waits for a guest";
  return typeof answer === "number" ? `${answer} bytes taken` : answer;
};

/** A reason that /sys does not show, if there may be one. */
function hintFor(path: string, answer: Deviation["answer"], differences: readonly string[]): string | undefined {
  if (answer === "EEXIST" || answer === "EADDRINUSE" || (answer === "EBUSY" && path.endsWith("mask")))
    return "perhaps an mdev has it whose removal waits for its guest, which /sys does not show";
  if (answer === undefined && differences.some((one) => /^guest of .*: adapters -/.test(one)))
    return "perhaps a queue was not reset, which /sys does not show";
  return undefined;
}
