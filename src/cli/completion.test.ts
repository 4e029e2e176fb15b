// Tests of completion in the shells themselves: what each offers after a line that somebody has typed so far.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { completedCommands } from "./completion-command.ts";
import { bashScript, fishScript, zshScript } from "./completion-script.ts";
import { programOf } from "./program.ts";

/** The file that has the script, and words of a line, the last of them unfinished: prints what can follow, a line each. */
const IN_BASH = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _apmatrix; printf '%s\\n' "\${COMPREPLY[@]}"`;
const IN_ZSH = `compdef() { : }; . "$1"; shift; words=("$@"); CURRENT=$#
  compadd() { shift; print -rl -- \${(M)@:#\${words[CURRENT]}*}; }; _files() { : }; _apmatrix`;
const IN_FISH = `source $argv[1]; complete -C "$argv[2..]" | string replace -r '\\t.*' ''`;

const SHELLS = [
  { shell: "bash", script: bashScript, args: ["--norc", "-c", IN_BASH, "bash"] },
  { shell: "zsh", script: zshScript, args: ["-f", "-c", IN_ZSH, "zsh"] },
  { shell: "fish", script: fishScript, args: ["--no-config", "-c", IN_FISH] },
] as const;

describe("completion", () => {
  const folder = mkdtempSync(join(tmpdir(), "apmatrix-"));
  after(() => rmSync(folder, { recursive: true }));

  for (const { shell, script, args } of SHELLS) {
    const missing = spawnSync(shell, ["--version"]).error ? `the package ${shell} is missing` : false;
    describe(`in ${shell}`, { skip: missing }, () => {
      const file = join(folder, shell);
      before(async () => writeFileSync(file, script(completedCommands(await programOf()))));

      function offered(...words: readonly string[]): readonly string[] {
        const { stdout, stderr } = spawnSync(shell, [...args, file, ...words], { encoding: "utf8", cwd: folder });
        assert.equal(stderr, "");
        return stdout
          .split("\n")
          .filter((line) => line !== "" && line !== shell)
          .sort();
      }

      it("offers commands, and those below a command", () => {
        assert.deepEqual(offered("apmatrix", "ex"), ["explain", "explain-write", "export"]);
        assert.deepEqual(offered("apmatrix", "lab", "d"), ["down"]);
        assert.deepEqual(offered("apmatrix", "lab", "--no", "ex"), ["exec"]);
      });

      it("offers the options of the command that is meant", () => {
        assert.deepEqual(offered("apmatrix", "plan", "want.yaml", "--pr"), ["--profile", "--prune"]);
        assert.deepEqual(offered("apmatrix", "lab", "up", "--jo"), ["--journal"]);
        assert.deepEqual(offered("apmatrix", "lab", "--jo"), []);
      });

      it("leaves the value of an option to names of files", () => {
        assert.deepEqual(offered("apmatrix", "plan", "--from", "pl"), []);
      });
    });
  }
});

describe("apmatrix completion", () => {
  it("refuses a shell that it does not know with those that it knows", async () => {
    const program = await programOf("completion");
    await assert.rejects(program.parseAsync(["node", "apmatrix", "completion", "csh"]), {
      message: 'unknown shell "csh"; known: bash, zsh, fish',
    });
  });
});
