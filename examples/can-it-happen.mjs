// Bugs of the driver, found again: what can happen in a small host once a fix of it is taken away, and how.
//
//   npm install apmatrix && node can-it-happen.mjs
import { check } from "apmatrix";

for (const profile of ["linux-7.3", "linux-7.3-without-whole-filter"]) {
  const { states, properties } = await check({ profile, adapters: 2, domains: 1, properties: ["bound"], first: true });
  for (const { sentence, isWrong, path } of properties) {
    console.log(`${profile}, ${states} states: ${sentence}: ${isWrong ? path.join(", ") : "so it is"}`);
  }
}
