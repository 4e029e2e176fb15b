// Completion for three shells. Each script knows the same: for every command its options and the words that can follow it. In other places,
// and for the value of an option, it offers names of files.

export interface CompletedOption {
  /** Such as -v and --version. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
}

export interface CompletedCommand {
  /** Such as "lab up"; the program itself is "". */
  readonly path: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
}

type Commands = readonly CompletedCommand[];

/** A text for a shell, to stand between single quotes. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const namesOf = ({ subcommands }: CompletedCommand): string => subcommands.map(({ name }) => name).join(" ");
const flagsOf = (options: readonly CompletedOption[]): string => options.flatMap(({ names }) => names).join(" ");
const withValues = ({ options }: CompletedCommand): string => flagsOf(options.filter(({ takesValue }) => takesValue));

/** The branches of a `case` on "COMMAND WORD" that go down to a command below another. */
const descents = (commands: Commands): string =>
  commands
    .filter(({ path }) => path !== "")
    .map(({ path }) => `${quote(path.includes(" ") ? path : ` ${path}`)}) command=${quote(path)} ;;`)
    .join("\n      ");

/** The branches of a `case` on the command, which set what it offers. */
const offers = (commands: Commands): string =>
  commands
    .map(
      (command) =>
        `${quote(command.path)}) words=${quote(namesOf(command))} flags=${quote(flagsOf(command.options))} valued=${quote(withValues(command))} ;;`,
    )
    .join("\n    ");

/** The same for bash and zsh. */
const body = (commands: Commands): string => `  for word in "\${before[@]}"; do
    case "$command $word" in
      ${descents(commands)}
    esac
  done
  case "$command" in
    ${offers(commands)}
  esac`;

/** To be sourced, or put into a directory of bash-completion as `apmatrix`. */
export const bashScript = (
  commands: Commands,
): string => `# Completion of apmatrix for bash, made by "apmatrix completion bash".
_apmatrix() {
  local word command= words= flags= valued= current=\${COMP_WORDS[COMP_CWORD]} last=\${COMP_WORDS[COMP_CWORD-1]}
  local -a before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${body(commands)}
  COMPREPLY=()
  case " $valued " in *" $last "*) return ;; esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o bashdefault -o default -F _apmatrix apmatrix
`;

/** To be put into a directory of $fpath as `_apmatrix`, or sourced after compinit. */
export const zshScript = (commands: Commands): string => `#compdef apmatrix
# Completion of apmatrix for zsh, made by "apmatrix completion zsh".
_apmatrix() {
  local word command= flags= valued= offered= current=\${words[CURRENT]} last=\${words[CURRENT-1]}
  local -a before=("\${(@)words[2,CURRENT-1]}")
${body(commands).replaceAll(") words=", ") offered=")}
  if [[ " $valued " = *" $last "* ]]; then _files
  elif [[ "$current" = -* ]]; then compadd -- \${=flags}
  elif [[ -n "$offered" ]]; then compadd -- \${=offered}
  else _files
  fi
}
if [ "\${funcstack[1]}" = _apmatrix ]; then _apmatrix "$@"; else compdef _apmatrix apmatrix; fi
`;

/** An option in the form of fish's `complete`. */
function fishOption({ names, takesValue, description }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
  return `${flags}${takesValue ? " -r" : ""} -d ${quoteFish(description)}`;
}

const quoteFish = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** To be put into ~/.config/fish/completions as `apmatrix.fish`, or sourced. */
export const fishScript = (commands: Commands): string => {
  const rules = commands.flatMap(({ path, subcommands, options }) => {
    const rule = `complete -c apmatrix -n ${quoteFish(`__apmatrix_at ${path}`)}`;
    return [
      ...subcommands.map(({ name, description }) => `${rule} -f -a ${name} -d ${quoteFish(description)}`),
      ...options.map((option) => `${rule} ${fishOption(option)}`),
    ];
  });
  const descents = commands
    .filter(({ path }) => path !== "")
    .map(
      ({ path }) => `case ${quoteFish(path.includes(" ") ? path : ` ${path}`)}\n        set command ${quoteFish(path)}`,
    );
  return `# Completion of apmatrix for fish, made by "apmatrix completion fish".
function __apmatrix_at -d "The command that is typed so far is this one"
  set -l command
  for word in (commandline -opc)[2..]
    switch "$command $word"
      ${descents.join("\n      ")}
    end
  end
  test "$command" = "$argv"
end
${rules.join("\n")}
`;
};
