// npm run soak:lab [SECONDS [SEED]]: eight processes hammer a mounted lab, for a minute unless told otherwise.
import { temporaryDirectory } from "../../support/temporary.ts";
import { soakLab } from "./lab-soak.ts";

const [seconds = "60", seed = "1"] = process.argv.slice(2);
const CLIENTS = 8;

const result = await soakLab({
  clients: CLIENTS,
  seconds: Number(seconds),
  seed: Number(seed),
  parent: temporaryDirectory(),
});
const { writes, reads, listings, operations, problems } = result;
console.log(
  `${CLIENTS} clients, ${seconds} s, seed ${seed}: ${writes} writes, ${reads} reads, ${listings} listings; ` +
    `${operations} operations in the journal; ${problems.length} problems`,
);
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
