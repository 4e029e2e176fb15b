// The command line: how errors end it. The commands are in program.ts.
import { UserError } from "../guards/user-error.ts";
import { EXIT } from "./outcome.ts";
import { programOf } from "./program.ts";
import { complain, guardTerminal } from "./terminal.ts";

guardTerminal();
const program = await programOf(process.argv[2]);

// A reader that goes away early, as head does, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  complain(error.message);
  process.exitCode = EXIT.error;
}
