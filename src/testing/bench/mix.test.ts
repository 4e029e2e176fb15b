// The workload of docs/workload-mix.md gives the check sums of the C code: as many answers as that compared at once.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sample } from "../support/long-form.ts";
import { runMix } from "./mix.ts";
import { Fnv64, Random64 } from "./random64.ts";

const SUMS = [
  [4, 2, 300, 1, "661bc0e2ea178df4"],
  [4, 2, 5000, 1, "38dd261c825cb99e"],
  [5, 2, 3000, 1, "df9222f50ba009e1"],
  [7, 3, 3000, 2, "95f5ccfd6d6ce0bf"],
  [4, 2, 200_000, 1, "7078a1bdd9ba04e4"],
  [16, 8, 100_000, 1, "21846cdcdce38ec6"],
  [256, 64, 1000, 1, "9d08a144147d7e4d"],
] as const;

describe("the workload mix", () => {
  for (const [n, m, k, seed, checksum] of sample(SUMS)) {
    it(`gives ${checksum} for N=${n} M=${m} K=${k} seed=${seed}`, () => {
      assert.equal(runMix({ n, m, k, seed }).checksum, checksum);
    });
  }
});

describe("64-bit arithmetic in two words", () => {
  const MASK = (1n << 64n) - 1n;

  it("draws what BigInt draws", () => {
    for (const seed of [1, 2, 77, 2 ** 40 + 5]) {
      const random = new Random64(seed);
      let s = BigInt(seed);
      for (let i = 0; i < 1000; i++) {
        s ^= s >> 12n;
        s = (s ^ (s << 25n)) & MASK;
        s ^= s >> 27n;
        const expected = (((s * 0x2545f4914f6cdd1dn) & MASK) >> 33n) % 1_000_003n;
        assert.equal(random.below(1_000_003), Number(expected));
      }
    }
  });

  it("hashes what BigInt hashes", () => {
    const fnv = new Fnv64();
    let h = 0xcbf29ce484222325n;
    for (const value of [0, 1, -1, -99, 37, 2 ** 31 - 1, -(2 ** 31)]) {
      fnv.integer(value);
      for (let i = 0n; i < 8n; i++) {
        h ^= (BigInt.asUintN(64, BigInt(value)) >> (8n * i)) & 0xffn;
        h = (h * 0x100000001b3n) & MASK;
      }
    }
    assert.equal(fnv.hex(), h.toString(16).padStart(16, "0"));
  });
});
