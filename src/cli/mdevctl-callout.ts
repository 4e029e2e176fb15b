// The call-out that mdevctl runs. It is not a part of apmatrix, because it runs for every command of mdevctl and must be quick.
import { sentenceOf } from "../guards/fault.ts";
import { readToEnd } from "../guards/safe-open.ts";
import { callout } from "../sources/machine/callout.ts";
import { calloutPlaces } from "../sources/machine/callout-host.ts";
import { lockOf } from "../sources/machine/callout-lock.ts";
import { LONGEST_TEXT } from "../system/ap/limits.ts";
import { plain } from "../system/ap/quoted.ts";

/** A fault, or a full disk under what is printed: one line, and mdevctl is told no. */
const endWith = (error: unknown): never => {
  console.error(`apmatrix: ${plain(sentenceOf(error))}`);
  process.exit(1);
};
process.on("uncaughtException", endWith);
process.stdout.on("error", endWith);

async function run(): Promise<void> {
  const words = process.argv.slice(2);
  // All input is read, even if it does not matter: mdevctl takes a pipe that closes early for a failure.
  const input = process.stdin.isTTY ? "" : readToEnd(0, LONGEST_TEXT).toString("utf8");
  const root = process.env.MDEVCTL_ENV_ROOT || "/";
  const { code, stdout, stderr } = await callout(words, input, calloutPlaces(root), lockOf(root));
  process.stdout.write(stdout);
  for (const line of stderr) process.stderr.write(`${plain(line)}\n`);
  process.exitCode = code;
}

void run();
