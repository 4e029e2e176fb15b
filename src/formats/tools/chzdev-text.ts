// Command lines of chzdev in a text: a script, or what was copied from a terminal, with prompts and answers. What sets no masks is passed
// over and told; what may set masks and is not understood is refused. Next: chzdev-line.ts.
import { quoted } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { unmarkedLines } from "../listing/pasted-lines.ts";
import type { Position } from "../reading/input-error.ts";
import { type NumberedLine, type ShellCommand, type ShellWord, shellCommands } from "../reading/shell-commands.ts";
import { checkLines, mistake, reading } from "../reading/text-mistake.ts";
import { type ChzdevLine, NOTHING_TO_DO, readChzdev, setsMasks } from "./chzdev-line.ts";

export interface ChzdevText {
  /** None only where a file says that there is nothing to do. */
  readonly lines: readonly ChzdevLine[];
  /** What is left out, or may not be as it was meant. */
  readonly notes: readonly (Position & { readonly message: string })[];
}

const NAME = String.raw`(?:[\w./~-]*/)?chzdev`;
/** What may stand before a command: variables, and programs that run another one. */
const RUNNER = String.raw`(?:\w+=\S*\s+)*(?:(?:sudo|doas|env|time|nice|exec|command)\s+(?:-\S+\s+|\w+=\S*\s+)*)*`;
const START = String.raw`(?:^|[;&|({!]|\b(?:if|while|until|then|else|elif|do)\s)\s*`;
/** Where a shell begins a command, which may follow another one. */
const COMMAND = new RegExp(String.raw`${START}${RUNNER}${NAME}(?=\s|$)`);
/** `# `, `$ `, `[root@host ~]# `, `host:~ # `, `sh-5.2$ `, `user@host:~> `, with a blank, or directly before chzdev. */
const PROMPT = new RegExp(
  String.raw`^\s*(?:\([^()]*\)\s*)?(?:\[[^\]]*\]|[^\s"'\x60=;|&<>#$%]*(?:[ :][^\s"'\x60=;|&<>#$%]{1,60})?)\s?(?:[#$%❯➜]|(?<=\S)>)(?:\s+|$|(?=${RUNNER}${NAME}\s))`,
);
const CONTINUED = /\\[ \t]*$/;
/** What chzdev says of a command that changed nothing. */
const FAILED = new RegExp(String.raw`^\s*${NAME}: |\bap device type configure failed`, "i");
/** What it says of one that did, and its notes; what stands below them is indented. */
const ANSWER =
  /^\s*(?:ap device type (?:already )?configured\b|Note: |- AP device type|Configuring device type in |Starting dry-run|Changes: |Loading required |Failed to load )/i;

/** Whether a text is one of these, and not one of the other kinds of file. */
export const hasChzdevLine = (text: string): boolean =>
  isNothing(text) ||
  unmarkedLines(text).some(({ text: line }) => isBare(line) || COMMAND.test(withoutPrompt(line) ?? ""));

const isNothing = (text: string): boolean => text.trim() === NOTHING_TO_DO;

/** A command without a prompt. */
const isBare = (line: string): boolean =>
  COMMAND.test(line) && !/^\s*#/.test(line) && withoutPrompt(line) === undefined;

/** All command lines of chzdev that set masks, in their order. */
export const parseChzdev = (text: string): ParsedText<ChzdevText> =>
  reading(() => {
    checkLines(text);
    if (isNothing(text)) return { lines: [], notes: [] };
    const typed = typedLines(unmarkedLines(text));
    const lines: ChzdevLine[] = [];
    const notes: ChzdevText["notes"][number][] = [];
    const others: ShellCommand[] = [];
    let depth = 0;
    for (const command of shellCommands(typed.lines)) {
      const { opened, words } = withoutKeywords(command.words);
      const isConditional = depth > 0 || command.after === "||";
      depth = Math.max(depth + opened, 0);
      const run = commandRun(words);
      const [first] = run;
      if (!first) continue;
      const place = first.placeOf(0);
      if (!new RegExp(`^${NAME}$`).test(first.text)) {
        refuseMasks(command, place);
        if (!HARMLESS.test(first.text)) others.push({ ...command, words: run });
        continue;
      }
      const read = readChzdev(run.slice(1), place);
      if (typeof read === "string") notes.push({ ...place, message: `left out: ${read}` });
      else {
        lines.push(read);
        if (isConditional)
          notes.push({ ...place, message: "taken as run, although a condition or a loop decides whether it runs" });
      }
    }
    if (lines.length === 0) mistake(notes[0] ?? { line: 1, column: 1 }, nothingSet(notes[0]?.message));
    return { lines, notes: [...notes, ...(typed.isScript ? passedOver(others) : [])] };
  });

const nothingSet = (note: string | undefined): string =>
  `a line of chzdev that sets apmask or aqmask, found none${note === undefined ? "" : ` (${note})`}`;

/** What changes nothing outside of the script. */
const HARMLESS =
  /^(?:set|exit|return|export|local|shift|echo|printf|cd|true|false|:|\[|\[\[|test|sleep|for|case|select|fi|done|esac|\})$/;

function passedOver(others: readonly ShellCommand[]): ChzdevText["notes"] {
  const [first, ...more] = others;
  const [word] = first?.words ?? [];
  if (!first || !word) return [];
  const rest = more.length === 0 ? "" : ` and ${more.length} more ${more.length === 1 ? "command" : "commands"}`;
  const text = first.words.map((one) => one.text).join(" ");
  return [{ ...word.placeOf(0), message: `left out, as it sets no mask: ${quoted(text)}${rest}` }];
}

/** In a script commands stand without a prompt, and `# chzdev` is a comment; otherwise what has no prompt is output. */
function typedLines(lines: readonly NumberedLine[]): {
  readonly isScript: boolean;
  readonly lines: readonly NumberedLine[];
} {
  const isScript = lines.some(({ text }) => text.startsWith("#!") || isBare(text));
  const typed: NumberedLine[] = [];
  let isContinued = false;
  for (const { number, text } of lines) {
    if (FAILED.test(text)) {
      const place = { line: number, column: text.search(/\S/) + 1 };
      mistake(
        place,
        `commands that did something, found ${quoted(text.trim())}: take it out, and the command above it`,
      );
    }
    const command: string | undefined = isContinued
      ? text.replace(/^(\s*)>/, "$1 ")
      : isScript
        ? scriptLine(text)
        : withoutPrompt(text);
    isContinued = command !== undefined && CONTINUED.test(command) && !/^\s*#/.test(command);
    if (command !== undefined) typed.push({ number, text: command });
  }
  return { isScript, lines: typed };
}

/** A prompt may have come along with one of the commands. */
function scriptLine(text: string): string | undefined {
  if (ANSWER.test(text)) return undefined;
  const command = /^\s*#/.test(text) ? undefined : withoutPrompt(text);
  return command !== undefined && COMMAND.test(command) ? command : text;
}

/** With blanks in its place; undefined if there is none. */
function withoutPrompt(text: string): string | undefined {
  const [prompt] = PROMPT.exec(text) ?? [];
  return prompt === undefined ? undefined : " ".repeat(prompt.length) + text.slice(prompt.length);
}

const OPENING = /^(?:if|for|while|until|case|select|\{)$/;
const CLOSING = /^(?:fi|done|esac|\})$/;
const KEYWORD = /^(?:if|while|until|then|else|elif|do|!|\{)$/;

/** The words of shells that stand before a command, and how many blocks they open or close. */
function withoutKeywords(words: readonly ShellWord[]): {
  readonly opened: number;
  readonly words: readonly ShellWord[];
} {
  let at = 0;
  let opened = 0;
  for (; at < words.length; at++) {
    const { text } = words[at] as ShellWord;
    if (OPENING.test(text)) opened++;
    if (CLOSING.test(text)) opened--;
    if (!KEYWORD.test(text)) break;
  }
  return { opened, words: words.slice(at) };
}

/** Without the programs that run it, such as sudo. */
function commandRun(words: readonly ShellWord[]): readonly ShellWord[] {
  let at = 0;
  const isOption = (): boolean => /^-|^\w+=/.test(words[at]?.text ?? "");
  while (/^\w+=/.test(words[at]?.text ?? "")) at++;
  while (/^(?:sudo|doas|env|time|nice|exec|command)$/.test(words[at]?.text ?? ""))
    do at++;
    while (isOption());
  return words.slice(at);
}

const MASK = /\ba[pq]mask\b/;

/** What sets masks in another way, or in another place, would be missing. */
function refuseMasks({ words, targets, input }: ShellCommand, place: Position): void {
  const texts = words.map(({ text }) => text);
  const isWrite =
    targets.some((target) => MASK.test(target)) || (texts[0] === "tee" && texts.some((text) => MASK.test(text)));
  const isElsewhere = setsMasks(`${texts.join(" ")} ${input}`) || MASK.test(input);
  if (!isWrite && !isElsewhere) return;
  const came = quoted(texts.join(" "));
  mistake(
    place,
    `a command line of chzdev, found ${came}, which sets a mask as well: write it as chzdev -t ap apmask=...`,
  );
}
