// A desired state, from its own file or from the definitions of mdevctl and libvirt that say the same.
import type { Planned } from "../formats/desired/desired.ts";
import { type DesiredFile, parseDesired } from "../formats/desired/desired-file.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { desiredFromPieces } from "../formats/tools/import-host.ts";
import { UserError } from "../guards/user-error.ts";
import { usable } from "../sources/usable.ts";
import { chosenUuid } from "./choices.ts";
import { readText } from "./input-files.ts";
import { readPieceFiles } from "./piece-files.ts";

export interface DesiredInput extends DesiredFile {
  readonly warnings: readonly string[];
}

/** @throws UserError with the place in the file of what is impossible */
export function possible<T>({ placed }: DesiredInput, made: Planned<T>): T {
  if (!made.ok) throw new UserError(formatInputError(placed(made.error)));
  return made.value;
}

/**
 * @param uuid of a definition that says none
 * @throws UserError a file that is not there, or no desired state
 */
export async function readDesired(path: string, uuid?: string): Promise<DesiredInput> {
  const { pieces, others, warnings } = await readPieceFiles([path], { uuid: chosenUuid(uuid) });
  const [other] = others;
  if (pieces.length === 0 && other !== undefined) {
    const read = usable(parseDesired(other.text ?? readText(other.path), other.path));
    return { ...read.value, warnings: [...warnings, ...read.warnings] };
  }
  if (!pieces.some(({ kind }) => kind === "mdev" || kind === "name"))
    throw new UserError(`${path}: it defines no mdev, so it is not a desired state`);
  return { ...usable(desiredFromPieces(pieces)).value, warnings };
}
