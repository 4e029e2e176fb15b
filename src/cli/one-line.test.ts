// One line where a user would otherwise see a stack: outputs that take nothing, too few descriptors, no room for temporary files, files
// of properties that never end, and texts that a parser has no room for.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { apmatrix, type CommandOptions, type Ended } from "../testing/support/lab-command.ts";
import { inLongForm, isLongForm, sample } from "../testing/support/long-form.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { programOf } from "./program.ts";

const directory = freshDirectory(temporaryDirectory());
const run = freshDirectory(directory, "run");
const path = (place: string): string => fileURLToPath(new URL(`../../${place}`, import.meta.url));
const HOST = path("hosts/kernel-doc-guests.yaml");
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const inShell = (script: string): readonly string[] => ["sh", "-c", `${script}; exec "$@"`, "sh"];

/** Exit code 1, and one line on stderr that says this. */
function assertOneLine({ code, stderr }: Ended, says: RegExp): void {
  assert.match(stderr, /^apmatrix: [^\n]*\n$/);
  assert.match(stderr, says);
  assert.equal(code, 1);
}
const oneLine = async (words: readonly string[], says: RegExp, options: Partial<CommandOptions> = {}): Promise<void> =>
  assertOneLine(await apmatrix(words, { run, ...options }), says);

describe("stdout on a full device", () => {
  const FULL = { prefix: inShell("exec > /dev/full") };
  const trace = file("trace.jsonl", `{"trace":"x","format":2,"profile":"linux-7.3"}\n`);
  const commands: readonly (readonly string[])[] = [
    ["--help"],
    ["--version"],
    ["show", "--from", HOST],
    ["show", "--from", HOST, "--format", "json"],
    ["show", "--from", HOST, "--format", "svg"],
    ["explain", "Guest1", "--from", HOST],
    ["play", trace],
    ["watch", "--from", HOST],
    ["tour"],
    ["completion", "bash"],
    ["export", "host", "--from", HOST],
    ["lab", "up", HOST, "--no-timer"],
  ];
  for (const words of sample(commands, 3)) {
    it(`is told by ${words.join(" ").replaceAll(path(""), "")}`, () => oneLine(words, /stdout: ENOSPC/, FULL));
  }

  it("is told by the help of every command", async () => {
    const names = (await programOf()).commands.map((command) => command.name());
    assert.ok(names.length > 10);
    for (const name of sample(names, 6)) await oneLine([name, "--help"], /stdout: ENOSPC/, FULL);
  });
});

describe("a reader that goes away", () => {
  const commands = [["tour"], ["--help"], ["watch", "--from", HOST], ["show", "--from", HOST, "--format", "json"]];
  for (const words of sample(commands, 2)) {
    it(`ends ${words[0]} without a word`, async () => {
      const script = '{ "$@"; echo "code $?" >&2; } | true';
      const { stderr } = await apmatrix(words, { run, prefix: ["bash", "-c", script, "bash"] });
      assert.equal(stderr, "code 0\n");
    });
  }
});

describe("a directory for temporary files that cannot be written", () => {
  for (const place of sample(["/nonexistent", "/proc"])) {
    for (const words of [["start"], ["lab", "up", HOST]]) {
      it(`is told by ${words.slice(0, 2).join(" ").replaceAll(path(""), "")} (${place})`, () =>
        oneLine(words, /set TMPDIR to another/, { environment: { TMPDIR: place } }));
    }
  }
});

describe("too few descriptors", () => {
  const CHECK = ["check", "--host", "2x1x1", "--property", "bound", "--workers"];
  for (const [limit, words] of [
    [20, ["show", "--from", HOST]],
    [22, [...CHECK, "2"]],
    [32, [...CHECK, "16"]],
    ...(isLongForm ? ([[64, [...CHECK, "64"]]] as const) : []),
    [20, ["lab", "up", HOST]],
  ] as const) {
    it(`are told by ${words.slice(0, 2).join(" ")} with ${limit}`, async () => {
      const { code, stderr } = await apmatrix(words, { run, prefix: inShell(`ulimit -n ${limit}`) });
      const lines = stderr.split("\n").filter((line) => !/^apmatrix: [\d,]+ states, /.test(line));
      assertOneLine({ code, stderr: lines.join("\n"), stdout: "" }, /EMFILE/);
    });
  }
});

describe("a property file", () => {
  const CHECK = ["check", "--host", "2x1x1", "--property-file"];
  const pipe = join(directory, "pipe.js");
  execFileSync("mkfifo", [pipe]);
  symlinkSync("/dev/zero", join(directory, "zero.js"));
  symlinkSync("loop.js", join(directory, "loop.js"));
  for (const [name, says] of [
    [pipe, /is a named pipe, not a regular file/],
    [join(directory, "zero.js"), /is a device, not a regular file/],
    ["/dev/zero", /is a device, not a regular file/],
    [directory, /is a directory, not a regular file/],
    [join(directory, "loop.js"), /ELOOP/],
    [file("endless.ts", " ".repeat(33 << 20)), /is longer than/],
    [file("waiting.mjs", "await new Promise(() => {});"), /waits for something that never comes/],
    [file("throws.mjs", "throw new RangeError('a\\nb');"), /throws.mjs: a/],
  ] as const) {
    it(`that cannot be run is told: ${says.source}`, () => oneLine([...CHECK, name], says, { ownProcess: true }));
  }

  /** @returns the signal that ended it */
  async function endedBySignals(words: readonly string[], signals: number): Promise<NodeJS.Signals | null> {
    const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
    let said = "";
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
    });
    for (let waited = 0; !said.includes("begun") && waited < 600; waited++) await pause(100);
    for (let n = 0; n < signals; n++) {
      child.kill("SIGINT");
      await pause(500);
    }
    const killer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const signal = await ended;
    clearTimeout(killer);
    return signal;
  }
  const BEGUN = "import { writeSync } from 'node:fs'; const begin = () => { writeSync(2, 'begun'); for (;;); };";

  it("whose code never ends can be interrupted", async () => {
    assert.equal(await endedBySignals([...CHECK, file("forever.mjs", `${BEGUN} begin();`)], 1), "SIGINT");
  });

  it("whose property never answers can be interrupted twice", async () => {
    const property = `{ name: "x", sentence: "x", kind: "always", on: "state", holds: begin }`;
    const name = file("holds.mjs", `${BEGUN} export const properties = [${property}];`);
    assert.equal(await endedBySignals([...CHECK, name], 2), "SIGINT");
  });
});

describe("texts that a parser has no room for", () => {
  const MILLIONS = 5_000_000;
  // A reader takes long for each of them.
  const LINES = inLongForm(MILLIONS, 500_000);
  const want = file("want.yaml", "mdevs: []\n");
  for (const [what, name, words] of [
    ["five million escapes in JSON", file("a.json", `[{"name": "${"\\n".repeat(MILLIONS)}"}]`), ["import"]],
    ["five million escapes in a plan", file("b.json", `{"name": "${"\\n".repeat(MILLIONS)}"}`), ["plan"]],
    ["five million escapes in a rule of udev", file("41.rules", `A="${"\\n".repeat(MILLIONS)}`), ["import"]],
    [`${LINES} continued lines of udev`, file("42.rules", `A=="b" ${"\\\r".repeat(LINES)}x`), ["import"]],
    ["five million escapes in a scenario", file("c.scenario", `echo "${"\\n".repeat(MILLIONS)}`), ["play"]],
    [
      "five million terms of a mask",
      file("d.yaml", `cards: []\napmask: "${"-1,".repeat(MILLIONS)}"\n`),
      ["show", "--from"],
    ],
    ["five million quotes of a mail", file("e.txt", `CARD.DOMAIN\n${"> ".repeat(MILLIONS)}\n`), ["show", "--from"]],
    [
      "5,000 levels of a trace",
      file("deep.jsonl", `{"trace":"x"}\n${'{"op":'.repeat(5000)}1${"}".repeat(5000)}\n`),
      ["play"],
    ],
    ["5,000 levels of YAML", file("deep.yaml", `a: ${"[".repeat(5000)}${"]".repeat(5000)}\n`), ["show", "--from"]],
    [
      "5,000 levels of XML",
      file("deep.xml", `<device>${"<a>".repeat(5000)}${"</a>".repeat(5000)}</device>`),
      ["import"],
    ],
  ] as const) {
    it(`${what} are one line`, async () => {
      const more = words[0] === "plan" ? ["--from", HOST] : [];
      await oneLine([...words, name, ...more], /:\d+:\d+: expected|it is not a \/sys/);
    });
  }

  it("a plan that is a desired state is still read", async () => {
    const { code } = await apmatrix(["plan", want, "--from", HOST], { run });
    assert.equal(code, 0);
  });
});
