// A plan as a trace of its steps alone: each write with the answer that is expected, guest masks included. It goes on where the host
// is, so there is no "init" in it.
import type { Rehearsed, RehearsedStep } from "./rehearse.ts";

/** The first line, as JSON. */
export const traceHeader = ({ before }: Rehearsed) => ({
  trace: "plan",
  format: 1,
  profile: before.profile.name,
  desc: "the steps of a plan, to go on from the host it was made for",
});

/** The line of one step, as JSON. */
export const traceStep = ({ path, value, answer }: RehearsedStep, at: number) => ({
  i: at + 1,
  op: "write",
  path,
  value,
  x: answer,
});

/** Lines without their ends: the header, then one for each step. */
export const planTrace = (rehearsed: Rehearsed): readonly string[] =>
  [traceHeader(rehearsed), ...rehearsed.steps.map(traceStep)].map((line) => JSON.stringify(line));
