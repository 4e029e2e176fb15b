// --allow-loss, and the question of apply: nobody takes queues from a running guest without a yes. What a guest loses is wiped.
import { Option } from "commander";
import { type Allowance, allowanceOf, type LossNames } from "../answers/plan/allowance.ts";
import { allowLossWords, type GuestLoss, lossText } from "../answers/plan/losses.ts";
import { UserError } from "../guards/user-error.ts";

export const allowLossOption = (): Option =>
  new Option("--allow-loss <guest...>", 'guests that may lose queues while they run, or "all"');

/** @throws UserError a word that names no guest and no mdev */
export function allowanceFrom(words: readonly string[] = [], names: LossNames): Allowance {
  const read = allowanceOf(words, names);
  if (!read.ok) throw new UserError(`--allow-loss: ${read.message}`);
  return read.value;
}

export const lossesRefused = (losses: readonly GuestLoss[]): string =>
  `running guests would lose queues, and what is in them: ${losses.map(lossText).join("; ")}; nothing was written; ` +
  `if that is meant, say ${allowLossWords(losses)}`;

/** What apply asks on a terminal. */
export const lossQuestion = (losses: readonly GuestLoss[]): readonly string[] => [
  "Running guests lose queues by this, and what is in them is wiped:",
  ...losses.map((loss) => `  ${lossText(loss)}`),
  'Write "yes" to go on; anything else ends it, and nothing is written.',
];
