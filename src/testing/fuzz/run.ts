// One target for so many inputs: in batches, each with a seed of its own, so that a find is had again in a moment. A find is made small
// by fast-check before it is told.
import fc from "fast-check";
import type { Target } from "./target.ts";

export interface Find {
  readonly target: string;
  readonly seed: number;
  readonly path: string;
  readonly what: string;
  readonly input: string;
}

export interface Figures {
  readonly inputs: number;
  /** Milliseconds of the slowest. */
  readonly slowest: number;
  readonly finds: readonly Find[];
}

/** Milliseconds of a processor that one input may take, tried again if it took more: memory may have been tidied just then. */
const LIMIT = 1000;
const TRIES = 3;
/** Runs of a batch. */
const BATCH = 1000;
/** Finds after which a target is left: they are one and the same mostly. */
const ENOUGH = 5;

/** Where an input comes from, by which it is had again. */
export interface Place {
  /** Of its batch. */
  readonly seed: number;
  /** In its batch, from 1. */
  readonly run: number;
}

/** The input again, as it is shown. */
export const inputAt = <T>({ inputs, show = String }: Target<T>, { seed, run }: Place): string =>
  show(fc.sample(inputs, { seed, numRuns: Math.max(run, 1) }).at(-1) as T);

/**
 * @param begun is told of every input before it is tried, so that whoever watches knows of one that never ends
 */
export async function fuzz<T>(
  target: Target<T>,
  inputs: number,
  seed: number,
  begun: (place: Place) => void = () => undefined,
): Promise<Figures> {
  const { name, check, count = () => 1, show = String } = target;
  let done = 0;
  let slowest = 0;
  let place: Place = { seed, run: 0 };
  const timed = async (input: T): Promise<void> => {
    done += count(input);
    place = { seed: place.seed, run: place.run + 1 };
    begun(place);
    let took = Number.POSITIVE_INFINITY;
    for (let n = 0; n < TRIES && took > LIMIT; n++) {
      const start = process.cpuUsage();
      await check(input);
      const { user, system } = process.cpuUsage(start);
      took = Math.min(took, (user + system) / 1000);
    }
    slowest = Math.max(slowest, took);
    if (took > LIMIT) throw new Error(`it takes ${Math.round(took)} ms`);
  };
  const finds: Find[] = [];
  const seen = new Set<string>();
  for (let batch = 0; done < inputs && finds.length < ENOUGH; batch++) {
    const own = (seed * 1_000_003 + batch) | 0;
    place = { seed: own, run: 0 };
    const left = Math.max(1, Math.min(BATCH, inputs - done));
    const result = await fc.check(fc.asyncProperty(target.inputs, timed), {
      seed: own,
      numRuns: left,
      interruptAfterTimeLimit: 120_000,
    });
    if (!result.failed || !result.counterexample) continue;
    const what =
      result.errorInstance instanceof Error
        ? (result.errorInstance.stack ?? result.errorInstance.message)
        : String(result.errorInstance);
    const where = what.split("\n").slice(0, 3).join("\n");
    if (seen.has(where)) continue;
    seen.add(where);
    finds.push({
      target: name,
      seed: own,
      path: result.counterexamplePath ?? "",
      what,
      input: show(result.counterexample[0]),
    });
  }
  return { inputs: done, slowest: Math.round(slowest), finds };
}
