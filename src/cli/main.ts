// The command line: how errors end it. The commands are in program.ts.
import { UserError } from "../guards/user-error.ts";
import { EXIT } from "./outcome.ts";
import { programOf } from "./program.ts";
import { complainOf, guardTerminal } from "./terminal.ts";

/** What Node ends with when all that is left waits for something that nobody will do. */
const WAITS_FOR_NOTHING = 13;

function endWith(error: unknown): never {
  complainOf(error);
  process.exit(EXIT.error);
}

guardTerminal();
process.on("uncaughtException", endWith);
process.once("exit", () => {
  if (process.exitCode !== WAITS_FOR_NOTHING) return;
  complainOf(new UserError("this waits for something that never comes, and was ended"));
  process.exitCode = EXIT.error;
});

try {
  const program = await programOf(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) endWith(error);
  complainOf(error);
  process.exitCode = EXIT.error;
}
