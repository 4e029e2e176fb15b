// A check's host and events as lines of a scenario: they are shown to people, and traces and scripts are made from them.
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import type { Scenario } from "../../history/scenario/scenario.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { adapterText, domainText, mdevText, queueText, range } from "../number-names.ts";
import type { Universe } from "./universe.ts";

/** Everything is there, the host keeps nothing for itself, all queues are unbound, nothing is assigned, and there is no guest. */
export function openingLines({ adapters, domains, mdevs }: Universe): readonly string[] {
  const all = (count: number, text: (id: number) => string) => range(count).map(text).join(" ");
  const max = `${adapterText(adapters - 1)} ${adapterText(domains - 1)}`;
  const queues = range(adapters).flatMap((a) => range(domains).map((d) => queueText(a, d)));
  return [
    `host adapter ${all(adapters, adapterText)} domain ${all(domains, domainText)} control ${all(domains, domainText)} max ${max} apmask 0x0`,
    ...range(mdevs).map((g) => `mdev ${mdevText(g)}`),
    `unbind ${queues.join(" ")}`,
  ];
}

/** Operations of each line, in order; the first are those of the opening. */
export function operationsOf(universe: Universe, lines: readonly string[]): readonly (readonly Operation[])[] {
  const text = [`profiles ${universe.profile.name}`, ...openingLines(universe), ...lines].join("\n");
  return scenarioOf(text).lines.map(({ step }) => (step.kind === "action" ? step.operations : []));
}

/** A text that the checker has made. @throws Error it is not a scenario, which is a bug of the checker */
export function scenarioOf(text: string): Scenario {
  const parsed = parseScenario(text);
  if (parsed.ok) return parsed.value;
  const { line, column, expected } = parsed.error;
  throw new Error(`line ${line}, column ${column} of a check's scenario: expected ${expected}\n${text}`);
}
