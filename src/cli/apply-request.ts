// The two kinds of files that apmatrix apply takes: a desired state, and a plan that was made of one.
import { isTraceText, type PlanFile, parsePlanFile } from "../answers/apply/plan-file.ts";
import { UserError } from "../guards/user-error.ts";
import { type DesiredInput, readDesired } from "./desired-input.ts";
import { readText, statOf } from "./input-files.ts";

export type Request =
  | ({ readonly kind: "desired"; readonly file: string } & DesiredInput)
  | { readonly kind: "plan"; readonly file: string; readonly script: PlanFile };

interface RequestOptions {
  readonly profile?: string;
  readonly prune?: boolean;
}

/** @throws UserError for a file or options that cannot be used */
export async function readRequest(file: string, { prune, profile }: RequestOptions): Promise<Request> {
  // Definitions of other tools may be a directory.
  const text = statOf(file)?.isDirectory() ? "" : readText(file);
  if (!isTraceText(text)) return { kind: "desired", file, ...(await readDesired(file)) };
  for (const [option, value] of Object.entries({ prune, profile })) {
    if (value !== undefined)
      throw new UserError(`--${option} is for a desired state; ${file} is a plan, which has been made`);
  }
  const read = parsePlanFile(text);
  if (read.ok) return { kind: "plan", file, script: read.value };
  const { line, column, expected } = read.error;
  throw new UserError(`${file}:${line}:${column}: expected ${expected}`);
}
