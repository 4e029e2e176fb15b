// All commands, as commander knows them: for the command line, its completion and the manual pages.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { UserError } from "../guards/user-error.ts";
import { shellWord } from "../system/ap/quoted.ts";

type Add = (program: Command) => void;

/** In the order of the help. A command loads what it needs, which is much of the program, only when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  play: async () => (await import("./play-command.ts")).addPlayCommand,
  lab: async () => (await import("./lab-command.ts")).addLabCommand,
  explain: async () => (await import("./explain-command.ts")).addExplainCommand,
  "explain-write": async () => (await import("./explain-write-command.ts")).addExplainWriteCommand,
  plan: async () => (await import("./plan-command.ts")).addPlanCommand,
  apply: async () => (await import("./apply-command.ts")).addApplyCommand,
  status: async () => (await import("./status-command.ts")).addStatusCommand,
  check: async () => (await import("./check-command.ts")).addCheckCommand,
  import: async () => (await import("./import-command.ts")).addImportCommand,
  export: async () => (await import("./export-command.ts")).addExportCommand,
  show: async () => (await import("./show-command.ts")).addShowCommand,
  serve: async () => (await import("./serve-command.ts")).addServeCommand,
  history: async () => (await import("./history-command.ts")).addHistoryCommand,
  watch: async () => (await import("./watch-command.ts")).addWatchCommand,
  tour: async () => (await import("./tour-command.ts")).addTourCommand,
  start: async () => (await import("./start-command.ts")).addStartCommand,
  completion: async () => {
    const { addCompletionCommand } = await import("./completion-command.ts");
    return (program) => addCompletionCommand(program, () => programOf());
  },
};

const VERSION = ["-v", "--version"];

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** @param named the command that is called: if it is known, only this one is loaded; otherwise all, as for help */
export async function programOf(named = ""): Promise<Command> {
  const program = new Command("apmatrix")
    .description("the s390 AP bus and vfio_ap driver: what a KVM guest sees of the crypto cards, and why")
    .version(version, VERSION.join(", "))
    .showSuggestionAfterError()
    // Options after the command of "lab exec" belong to that command.
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "apmatrix: ")) });
  const meant = Object.hasOwn(COMMANDS, named) ? [named] : VERSION.includes(named) ? [] : Object.keys(COMMANDS);
  for (const add of await Promise.all(meant.map((name) => COMMANDS[name]?.()))) add?.(program);
  for (const command of program.commands) tellSource(command);
  return program;
}

/** What a command reads is named by --from, and people put it after the command: then it is told. Of several words any can be too many. */
function tellSource(command: Command): void {
  const source = command.options.find(({ long }) => long === "--from");
  const words = command.registeredArguments;
  if (!source || words.some(({ variadic }) => variadic) || words.filter(({ required }) => required).length > 1) return;
  command.allowExcessArguments().hook("preAction", (_, { args, registeredArguments }) => {
    const [excess] = args.slice(registeredArguments.length);
    if (excess === undefined) return;
    const named = `apmatrix ${[command.name(), ...args.slice(0, registeredArguments.length)].join(" ")}`;
    throw new UserError(
      `${command.name()} does not take "${excess}" here; "${named} --from ${shellWord(excess)}" reads it`,
    );
  });
}
