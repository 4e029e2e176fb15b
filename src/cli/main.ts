// The command line: how errors end it. The commands are in program.ts.
import { UserError } from "../guards/user-error.ts";
import { EXIT } from "./outcome.ts";
import { programOf } from "./program.ts";
import { complainOf, guardTerminal } from "./terminal.ts";

function endWith(error: unknown): never {
  complainOf(error);
  process.exit(EXIT.error);
}

let isDone = false;

async function run(): Promise<void> {
  try {
    const program = await programOf(process.argv[2]);
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof UserError)) endWith(error);
    complainOf(error);
    process.exitCode = EXIT.error;
  }
  isDone = true;
}

guardTerminal();
process.on("uncaughtException", endWith);
process.once("beforeExit", () => {
  if (isDone) return;
  complainOf(new UserError("this waits for something that never comes, and was ended"));
  process.exitCode = EXIT.error;
});
void run();
