// Files of a test that a command is given; what is said of them is told without the directory of the test.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

const directory = temporaryDirectory();
export const shortened = (text: string): string => text.replaceAll(`${directory}/`, "");

export function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** The one line that a user is told of what is wrong. */
export async function errorOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error && error.constructor.name === "UserError", String(error));
    assert.doesNotMatch(error.message, /\n/);
    return shortened(error.message);
  }
  return assert.fail("nothing was wrong");
}
