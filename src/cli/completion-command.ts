// apmatrix completion: a script that completes commands and options in a shell, made from the definitions of the commands.
import type { Command } from "commander";
import { chooseWord } from "./choices.ts";
import { bashScript, type CompletedCommand, fishScript, zshScript } from "./completion-script.ts";
import { EXIT } from "./outcome.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const SHELLS = Object.keys(SCRIPTS);

/** @param all gives the program with all its commands */
export function addCompletionCommand(program: Command, all: () => Promise<Command>): void {
  program
    .command("completion")
    .description("print what a shell needs to complete commands and options")
    .argument("<shell>", SHELLS.join(", "))
    .addHelpText("after", "\nFor this shell: source <(apmatrix completion bash). For good: see docs/completion.md")
    .action(async (shell: string) => {
      const script = SCRIPTS[chooseWord("shell", shell, SHELLS) as keyof typeof SCRIPTS];
      process.stdout.write(script(completedCommands(await all())));
      process.exitCode = EXIT.ok;
    });
}

/** The program itself first, then every command and the commands below it. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  const below = (command: Command, path: string): CompletedCommand[] => {
    const help = command.createHelp();
    const subcommands = help.visibleCommands(command);
    const name = (sub: Command): string => (path === "" ? sub.name() : `${path} ${sub.name()}`);
    const own = {
      path,
      subcommands: subcommands.map((sub) => ({ name: sub.name(), description: help.subcommandDescription(sub) })),
      options: help.visibleOptions(command).map((option) => ({
        names: [option.short, option.long].filter((flag) => flag !== undefined),
        takesValue: option.required || option.optional,
        description: option.description,
      })),
    };
    return [own, ...subcommands.filter((sub) => sub.name() !== "help").flatMap((sub) => below(sub, name(sub)))];
  };
  return below(program, "");
}
