// Much of one kind: every reader of texts, what looks at texts before, what reads a host's files of its boot, and every regular
// expression. The time that it takes grows no faster than the text does.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesAny } from "../answers/boot/glob.ts";
import { modprobeLines, moduleRules, modulesLoadLines } from "../answers/boot/modprobe-lines.ts";
import { programsOf, whatIsDone } from "../answers/boot/run-command.ts";
import { readRuleFiles } from "../answers/boot/udev-rule-files.ts";
import { unitLines } from "../answers/boot/unit-lines.ts";
import { detectAndImport } from "../formats/listing/detect-import.ts";
import { detectPieces } from "../formats/tools/import-pieces.ts";
import { kernelParameters } from "../formats/tools/kernel-parameters.ts";
import { looksLike } from "../formats/tools/looks-like.ts";
import { sample } from "./support/long-form.ts";
import { production } from "./support/source-trees.ts";
import { FILE, READERS } from "./support/text-readers.ts";
import { ts } from "./support/typescript.ts";

/** Pieces of texts that are repeated; each is something to one reader or the other. */
const PIECES = [
  ..." /#\\\"'a0-=@.,\r\u2028>|{[(<&*?%;:",
  ...["\n", " \n", "\\\n", "# \n", "a ", "a=", "a=b ", "if a=;b ", "sudo  ", "chzdev ", "lszcrypt ", "options x\n"],
  ...[
    "apmask=+1,",
    "[a",
    "[\\]",
    "[:",
    "-0",
    '="',
    "modprobe ",
    "mdevctl ",
    'A="b",',
    "> ",
    "'a",
    "{a}",
    "0x",
    "+1,",
    "- - ",
  ],
];
const BEFORE = [
  "",
  "a=",
  "a=x",
  "echo x",
  "printf ",
  "/sys/",
  "@",
  "'",
  "{",
  "modprobe ",
  "- ",
  "[a ",
  "chzdev -t ap ",
  'A=="',
];
const AFTER = ["x", "!\n", "\u2028x"];
const text = (piece: string, length: number, before: string, after: string): string =>
  before + piece.repeat(Math.ceil(length / piece.length)) + after;

const AROUND = [
  ["", "x"],
  ["a=x", "\u2028x"],
  ["chzdev -t ap ", "\n"],
] as const;
const pairs = <A, B>(some: readonly A[], others: readonly B[]): readonly (readonly [A, B])[] =>
  some.flatMap((one) => others.map((other) => [one, other] as const));
// Four in five are left to the long form: of each piece one or none, and of what is around it all.
const TRIED = sample(pairs(PIECES, AROUND), 5);
const FOR_EXPRESSIONS = sample(pairs(PIECES, BEFORE), 5);

const file = (content: string) => ({ path: FILE, text: content });
const OTHERS: Readonly<Record<string, (content: string) => unknown>> = {
  detectAndImport: (content) => detectAndImport(content, FILE),
  detectPieces: (content) => detectPieces(content, FILE),
  looksLike,
  kernelParameters,
  readRuleFiles: (content) => readRuleFiles([file(content)]),
  moduleRules: (content) => moduleRules([file(`alias ${content} vfio_ap`), file(content)]),
  modprobeLines: (content) => modprobeLines(file(content)),
  modulesLoadLines: (content) => modulesLoadLines(file(content)),
  unitLines: (content) => unitLines(`a@${content}.service`, [file(`ExecStart=${content}`), file(content)]),
  whatIsDone: (content) => whatIsDone({ command: `sh -c '${content}'`, isBuiltin: false, place: FILE } as never),
  programsOf,
  matchesAny: (content) => matchesAny(`*${content}`, content),
};

/** Milliseconds of processor time, the best of many: others may have the processors meanwhile. */
function taken(act: () => unknown, enough: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && best > enough; round++) {
    const start = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const ROUNDS = 12;
const SHORT = 15_000;
const GROWTH = 4 * 2;
/** What is over so soon need not be compared. */
const MOMENT = 120;

describe("a text of one thing over and over", () => {
  // The parser of YAML is slow, and tried with more by npm run attack.
  const readers = Object.entries(READERS).map(
    ([name, [kind, read]]) => [name, read, kind === "yaml" ? 2000 : SHORT] as const,
  );
  const others = Object.entries(OTHERS).map(([name, read]) => [name, read, SHORT] as const);
  for (const [name, read, short] of [...readers, ...others]) {
    it(`is read in time that grows with it: ${name}`, () => {
      for (const [piece, [before, after]] of TRIED) {
        const long = text(piece, 4 * short, before, after);
        const whole = taken(() => read(long), MOMENT);
        if (whole <= MOMENT) continue;
        const quarter = taken(() => read(text(piece, short, before, after)), 0);
        assert.ok(
          whole <= quarter * GROWTH + MOMENT,
          `${JSON.stringify(piece)} after ${JSON.stringify(before)}: ${quarter} ms, four times as much ${whole} ms`,
        );
      }
    });
  }
});

/** Of texts whose length has a limit that a user cannot change, such as numbers that were counted. */
const OF_SHORT_TEXTS = ["checker/result-text.ts"];
const LENGTH = 4000;
/** One that goes back for each character takes three times as long, one that does not a hundredth. */
const LONG = 4;

describe("a regular expression", () => {
  it("does not go back over a text for each of its characters", () => {
    const found: string[] = [];
    for (const { path, nodes } of production) {
      if (path.startsWith("testing/") || OF_SHORT_TEXTS.includes(path)) continue;
      for (const node of nodes) {
        const [, source = "", flags = ""] = ts.isRegularExpressionLiteral(node)
          ? (/^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [])
          : [];
        if (!/[+*]|\{\d+,\}/.test(source)) continue;
        const expression = new RegExp(source, flags.replace("y", ""));
        const slow = FOR_EXPRESSIONS.find(([piece, before]) =>
          AFTER.some((after) => {
            const long = text(piece, LENGTH, before, after);
            return taken(() => long.replace(expression, ""), LONG) > LONG;
          }),
        );
        if (slow) found.push(`src/${path}: /${source}/ with ${JSON.stringify(slow)}`);
      }
    }
    assert.deepEqual(found, []);
  });
});
