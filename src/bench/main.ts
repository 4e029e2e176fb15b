// npm run bench: all measurements, or one of them. What the figures mean and how they were got: docs/performance.md.
import { runMix } from "./mix.ts";

const [what, ...numbers] = process.argv.slice(2);

function mix([n, m, k, seed]: readonly number[]): void {
  if (n === undefined || m === undefined || k === undefined || seed === undefined) throw new Error("");
  const { seconds, checksum } = runMix({ n, m, k, seed });
  const speed = Math.round(k / seconds);
  console.log(`N=${n} M=${m} K=${k} seed=${seed}: ${seconds.toFixed(3)} s, ${speed} op/s, checksum ${checksum}`);
}

if (what === "mix") mix(numbers.map(Number));
