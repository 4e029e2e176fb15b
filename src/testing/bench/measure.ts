// Times one operation many times: median, 90th and 99th percentile, and the same in word operations of the same run, so
// that figures of different machines can be compared.

import { Session } from "node:inspector/promises";

export interface Timing {
  readonly name: string;
  /** Microseconds. */
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly samples: number;
}

const microseconds = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1000;

function timingOf(name: string, samples: number[]): Timing {
  const sorted = samples.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  return { name, median: at(0.5), p90: at(0.9), p99: at(0.99), samples: sorted.length };
}

/** Some rounds are run first and not counted. */
const WARM_UP = 0.2;

/** Time each of some operations that follow one another; together they leave things as they were. */
export function measureRound(steps: readonly (readonly [string, () => void])[], rounds: number): readonly Timing[] {
  const samples = steps.map((): number[] => []);
  for (let round = -Math.ceil(rounds * WARM_UP); round < rounds; round++) {
    for (const [i, [, step]] of steps.entries()) {
      const start = process.hrtime.bigint();
      step();
      const time = microseconds(start);
      if (round >= 0) (samples[i] as number[]).push(time);
    }
  }
  return steps.map(([name], i) => timingOf(name, samples[i] as number[]));
}

/** Microseconds that one word operation takes: load two words, combine them, store one, as masks do. */
export function wordOperation(): number {
  const words = new Uint32Array(2048);
  const pass = () => {
    for (let i = 0; i < 1024; i++) words[i] = (words[i] as number) & ~(words[i + 1024] as number);
  };
  const [timing] = measureRound([["", pass]], 2000);
  return (timing as Timing).median / 1024;
}

interface ProfileNode {
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

const bytesOf = ({ selfSize, children }: ProfileNode): number =>
  children.reduce((sum, child) => sum + bytesOf(child), selfSize);

/** Heap bytes that a step allocates on the average of many, collected again or not, as V8's sampling profiler counts them. */
export async function bytesPerStep(step: () => void, count: number): Promise<number> {
  for (let i = 0; i < count; i++) step();
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: 64,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let i = 0; i < count; i++) step();
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  return bytesOf(profile.head) / count;
}
