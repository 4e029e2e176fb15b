// Writes the manual pages into dist/man, one for the program and one for each command, from the definitions that the command line itself
// has; the compiler has run.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** For roff: no escapes, hyphens that stay hyphens, no line that begins as a request does. */
const roff = (text) =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&");

const section = (title, lines) => (lines.length === 0 ? [] : [`.SH ${title}`, ...lines]);
const item = (term, text) => [".TP", `.B ${roff(term)}`, roff(text)];

/** A command's synopsis, arguments and options, and the same for the commands below it. */
function parts(command, path) {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command).filter((sub) => sub.name() !== "help");
  return {
    synopsis: [".nf", roff(`${path} ${command.usage()}`), ".fi"],
    words: help
      .visibleArguments(command)
      .flatMap((argument) => item(help.argumentTerm(argument), help.argumentDescription(argument))),
    options: help
      .visibleOptions(command)
      .flatMap((option) => item(help.optionTerm(option), help.optionDescription(option))),
    subcommands,
  };
}

/** @param others the commands that have pages of their own, on the page of the program */
function page(command, path, name, version, others) {
  const { synopsis, words, options, subcommands } = parts(command, path);
  const below = subcommands.flatMap((sub) => {
    const its = parts(sub, `${path} ${sub.name()}`);
    const text = [
      `.SS ${roff(`${path} ${sub.name()}`)}`,
      roff(sub.description()),
      ...its.synopsis,
      ...its.words,
      ...its.options,
    ];
    return others.size > 0 ? item(`apmatrix-${sub.name()}(1)`, sub.description()) : text;
  });
  return [
    `.TH ${roff(name.toUpperCase())} 1 "" "apmatrix ${version}" "apmatrix"`,
    ...section("NAME", [`${roff(name)} \\- ${roff(command.description())}`]),
    ...section("SYNOPSIS", synopsis),
    ...section("ARGUMENTS", words),
    ...section("OPTIONS", options),
    ...section("COMMANDS", below),
    ...section("EXIT STATUS", [
      ...item("0", "done, or nothing to do"),
      ...item("1", "an error, told in one line on stderr"),
      ...item("2", "a difference, a violation, or (where it is asked for) changes pending"),
    ]),
    ...section("SEE ALSO", [
      ...(others.size > 0 ? [...others].map((other) => `apmatrix-${other}`) : ["apmatrix"]).map(
        (other) => `.BR ${roff(other)} (1)`,
      ),
      ".PP",
      "The documents of the package, in docs.",
    ]),
    "",
  ].join("\n");
}

/** @returns {Map<string, string>} the pages by the names of their files */
export function manPages(program) {
  const version = program.version();
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");
  const names = new Set(commands.map((command) => command.name()));
  return new Map([
    ["apmatrix.1", page(program, "apmatrix", "apmatrix", version, names)],
    ...commands.map((command) => {
      const name = `apmatrix-${command.name()}`;
      return [`${name}.1`, page(command, `apmatrix ${command.name()}`, name, version, new Set())];
    }),
  ]);
}

/** @param root of the repository, with a slash at its end */
export async function buildMan(root) {
  const { programOf } = await import(join(root, "dist/cli/program.js"));
  const out = join(root, "dist/man");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, text] of manPages(await programOf())) writeFileSync(join(out, name), text);
}
