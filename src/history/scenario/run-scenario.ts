// Runs a scenario under one kernel: carries out every action, makes every check, and reports all that is not as expected.
import type { Happening } from "../../system/machine/happening.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { look } from "./checks.ts";
import { type Action, type Line, linesFor, type Scenario } from "./scenario.ts";

/** A line that did not come out as written. */
export interface Failure {
  readonly line: Line;
  readonly expected: string;
  readonly came: string;
}

interface Run {
  readonly profile: Profile;
  readonly operations: number;
  readonly failures: readonly Failure[];
  /** As it is after the last line. */
  readonly player: Player;
}

const NOT_RUNNING = "no such guest runs";

/** @param afterOperation looks at the host after each operation of an action */
export function runScenario(
  scenario: Scenario,
  profile: Profile,
  afterOperation?: (host: Host, line: Line) => void,
): Run {
  const happenings = new Map<string, Happening[]>();
  const hear = (happening: Happening, path = "") => {
    const known = happenings.get(path);
    if (known) known.push(happening);
    else happenings.set(path, [happening]);
  };
  const player = new Player(profile, (happening) => hear(happening));
  player.guestObserver = hear;
  const failures: Failure[] = [];
  let operations = 0;
  let finished = 0;
  for (const line of linesFor(scenario, profile)) {
    const { step } = line;
    if (step.kind === "check") {
      const { inside = "" } = line;
      const where = inside === "" ? player : player.guestPlayer(inside);
      const came = where ? look(step, where, { happenings: happenings.get(inside) ?? [], finished }) : NOT_RUNNING;
      if (came !== step.expected) failures.push({ line, expected: step.expected, came });
      continue;
    }
    happenings.clear();
    finished = 0;
    for (const [at, operation] of step.operations.entries()) {
      const answer = player.apply(operation, ++operations);
      finished += answer.done?.length ?? 0;
      afterOperation?.(player.host, line);
      const isLast = at === step.operations.length - 1;
      const failure = judge(step, answer, isLast);
      if (failure) failures.push({ line, ...failure });
    }
  }
  return { profile, operations, failures, player };
}

function judge(action: Action, answer: Answer, isLast: boolean): Pick<Failure, "expected" | "came"> | undefined {
  const expected = isLast ? action.outcome : "done";
  const came = typeof answer.r === "number" ? "done" : answer.r;
  if (came !== expected) return { expected, came };
  if (action.rc === undefined || action.rc === answer.rc) return undefined;
  return { expected: `rc ${action.rc}`, came: `rc ${answer.rc}` };
}
