// npm run fuzz [INPUTS [SEED [TARGET]]]: every reader, the FUSE server, a lab's socket and its page, given what is nearly right. A find is
// printed with its input, made small; the exit code is 1 then. An input that never ends is found by the thread that watches.
import { Worker } from "node:worker_threads";
import { type Figures, inputAt } from "./run.ts";
import type { Target } from "./target.ts";
import { SHARES, TARGETS } from "./targets.ts";
import { BEGUN, NUMBERS, RUN, SEED, type Start } from "./worker.ts";

const [inputs = "100000", seed = "1", part = ""] = process.argv.slice(2);
/** Milliseconds between two looks, and of a processor for one input. */
const LOOK = 5000;
const PATIENCE = 30_000;

interface Ended extends Figures {
  /** What was never done with. */
  readonly endless?: string;
}

function run(target: number, count: number): Promise<Ended> {
  const progress = new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT);
  const workerData: Start = { target, inputs: count, seed: Number(seed), progress };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
  const numbers = new Int32Array(progress);
  const spent = (): number => process.cpuUsage().user / 1000;
  let [last, since] = [-1, spent()];
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const now = Atomics.load(numbers, BEGUN);
      if (now !== last) [last, since] = [now, spent()];
      else if (now > 0 && spent() - since > PATIENCE) {
        const place = { seed: numbers[SEED] ?? 0, run: numbers[RUN] ?? 1 };
        const endless = `seed ${place.seed}, run ${place.run}: ${inputAt(TARGETS[target] as Target<unknown>, place)}`;
        void worker.terminate().then(() => resolve({ inputs: now, slowest: PATIENCE, finds: [], endless }));
      }
    }, LOOK);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => clearInterval(timer));
  });
}

let [total, finds] = [0, 0];
for (const [at, { name, share }] of TARGETS.entries()) {
  if (!name.includes(part)) continue;
  const count = part === "" ? Math.ceil((Number(inputs) * share) / SHARES) : Number(inputs);
  const start = Date.now();
  const ended = await run(at, count);
  const seconds = (Date.now() - start) / 1000;
  total += ended.inputs;
  console.log(
    `${name}: ${ended.inputs} inputs in ${seconds.toFixed(0)} s, ${ended.slowest} ms at most, ${ended.finds.length} finds`,
  );
  for (const { seed: own, path, what, input } of ended.finds)
    console.log(`  seed ${own}, path ${path}\n  ${what}\n  ${input}`);
  if (ended.endless !== undefined) console.log(`  does not end: ${ended.endless}`);
  finds += ended.finds.length + (ended.endless === undefined ? 0 : 1);
}
console.log(`${total} inputs, seed ${seed}, ${finds} finds`);
process.exit(finds === 0 ? 0 : 1);
