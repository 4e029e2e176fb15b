// The two kinds of files that apmatrix apply takes: a desired state, and a plan that was made of one.
import { isTraceText, type PlanFile, parsePlanFile } from "../answers/apply/plan-file.ts";
import { UserError } from "../guards/user-error.ts";
import { usableText } from "../sources/usable.ts";
import { type DesiredInput, readDesired } from "./desired-input.ts";
import { isDirectory, readText } from "./input-files.ts";

export type ApplyRequest =
  | ({ readonly kind: "desired"; readonly file: string } & DesiredInput)
  | { readonly kind: "plan"; readonly file: string; readonly script: PlanFile };

/** @throws UserError for a file or options that cannot be used */
export async function readRequest(
  file: string,
  { prune, profile, uuid }: { readonly profile?: string; readonly prune?: boolean; readonly uuid?: string },
): Promise<ApplyRequest> {
  // Definitions of other tools may be a directory.
  const text = isDirectory(file) ? "" : readText(file);
  if (!isTraceText(text)) return { kind: "desired", file, ...(await readDesired(file, uuid)) };
  for (const [option, value] of Object.entries({ prune, profile, uuid })) {
    if (value !== undefined)
      throw new UserError(`--${option} is for a desired state; ${file} is a plan, which has been made`);
  }
  return { kind: "plan", file, script: usableText(file, parsePlanFile(text)) };
}
