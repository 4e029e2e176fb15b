// npm run attack [-- --long] [PART OF A NAME]: what strangers, full disks and signals can do, and what must hold all the same
// (docs/security.md). A line for each attack; the exit code is 1 if one got through.

import { killLabs } from "../support/lab-command.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { type Attack, NotHere } from "./attack.ts";
import { inputs } from "./inputs.ts";
import { WRITTEN } from "./outputs.ts";
import { PLANS } from "./plans.ts";
import { RUNNING } from "./running.ts";
import { SIGNALLED } from "./signals.ts";
import { SPECIAL_FILES } from "./specials.ts";
import { STRANGERS, withoutProtection } from "./strangers.ts";

const args = process.argv.slice(2);
const isLong = args.includes("--long");
const part = args.find((arg) => !arg.startsWith("--")) ?? "";
const ATTACKS: readonly Attack[] = [
  ...STRANGERS,
  ...SPECIAL_FILES,
  ...PLANS,
  ...SIGNALLED,
  ...RUNNING,
  ...WRITTEN,
  ...inputs(isLong),
];
/** Where nobody watches, root leaves nothing out. */
const mustAll = process.env.CI === "true" && process.getuid?.() === 0;

const directory = temporaryDirectory();
const protection = withoutProtection();
process.once("exit", protection.restore);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
if (!protection.isOff)
  console.log("the kernel's own protection of links and pipes stays on here: it cannot be told otherwise");

const begun = Date.now();
let [held, failed, left] = [0, 0, 0];
for (const { name, holds, run } of ATTACKS.filter((attack) => attack.name.includes(part))) {
  const start = Date.now();
  const took = (): string => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  try {
    const seen = await run({ directory, isLong });
    held++;
    console.log(`held     ${name}: ${seen}, ${took()}`);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof NotHere) {
      left++;
      console.log(`left out ${name}: ${message}`);
    } else {
      failed++;
      console.log(
        `THROUGH  ${name}, ${took()}\n         must hold: ${holds}\n         ${message.trim().replaceAll("\n", "\n         ")}`,
      );
    }
  } finally {
    killLabs();
  }
}
const seconds = ((Date.now() - begun) / 1000).toFixed(0);
console.log(
  `${held} attacks held off, ${failed} got through, ${left} left out, in ${seconds} s (${isLong ? "long" : "short"} form)`,
);
process.exit(failed > 0 || (mustAll && left > 0) ? 1 : 0);
