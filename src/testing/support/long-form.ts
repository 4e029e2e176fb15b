// Some tests are many of a kind: random hosts, recorded traces, large universes. `npm test` tries some of them; `npm run test:long`, which
// `.ci/run` calls too, tries all. In it each command has a process of its own, too (lab-command.ts).

export const isLongForm = process.env.APMATRIX_LONG === "1";

/** How many are tried: all of them in the long form, else a few. */
export const inLongForm = (all: number, few: number): number => (isLongForm ? all : few);

/** Those that are tried: all of them in the long form, else every fourth or as said. */
export const sample = <T>(all: readonly T[], every = 4): readonly T[] =>
  isLongForm ? all : all.filter((_, n) => n % every === 0);

/** Seeds from 1 to the last: all of them in the long form, else as `sample`. */
export const seeds = (last: number, every?: number): readonly number[] =>
  sample(
    Array.from({ length: last }, (_, n) => n + 1),
    every,
  );
