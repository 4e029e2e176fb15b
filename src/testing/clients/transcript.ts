// What tools printed, as a text that is compared with one that was checked and kept: the golden files.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./run-tool.ts";
import { ROOT } from "./tools.ts";

const GOLDEN = join(ROOT, "src", "testing", "clients", "golden");

/** Command lines, each with what it printed. Errors are marked with `! `, an exit code other than 0 stands after them. */
export class Transcript {
  readonly #mount: string;
  #text = "";

  /** @param mount where the /sys is that the tools name in their messages */
  constructor(mount: string) {
    this.#mount = mount;
  }

  /** A line that says what comes next. */
  say(title: string): void {
    this.#text += `${this.#text === "" ? "" : "\n"}# ${title}\n\n`;
  }

  lines(lines: readonly string[]): void {
    this.#text += lines.map((line) => `${line}\n`).join("");
  }

  /** A command line and what it printed. */
  add(command: string, { code, stdout, stderr }: Run): void {
    const output = stdout === "" || stdout.endsWith("\n") ? stdout : `${stdout}\n`;
    const errors = stderr.replace(/\n$/, "").split("\n");
    let said = `$ ${command}\n${output}`;
    if (stderr !== "")
      said += errors
        .map((line) => `! ${line}`.trimEnd())
        .join("\n")
        .concat("\n");
    if (code !== 0) said += `[exit ${code}]\n`;
    this.#text += said.replaceAll(this.#mount, "/sys");
  }

  /** The same as in the golden file, which UPDATE_GOLDEN=1 writes anew. */
  check(file: string): void {
    const path = join(GOLDEN, file);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, this.#text);
    assert.equal(this.#text, readFileSync(path, "utf8"), `${file} differs: UPDATE_GOLDEN=1 writes it anew`);
  }
}
