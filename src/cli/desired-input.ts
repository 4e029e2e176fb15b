// A desired state, from its own file or from the definitions of mdevctl and libvirt that say the same.
import { type DesiredFile, parseDesired } from "../formats/desired/desired-file.ts";
import { desiredFromPieces } from "../formats/tools/import-host.ts";
import { readText } from "./input-files.ts";
import { parsedOrRefused, readPieceFiles } from "./piece-files.ts";
import { UserError } from "./user-error.ts";

export interface DesiredInput extends DesiredFile {
  readonly warnings: readonly string[];
}

/** @throws UserError a file that is not there, or no desired state */
export async function readDesired(path: string): Promise<DesiredInput> {
  const { pieces, others, warnings } = await readPieceFiles([path]);
  const [other] = others;
  if (pieces.length === 0 && other !== undefined)
    return { ...parsedOrRefused(parseDesired(readText(other), other)), warnings };
  if (pieces.every(({ kind }) => kind === "masks"))
    throw new UserError(`${path}: it defines no mdev, so it is no desired state`);
  return { ...parsedOrRefused(desiredFromPieces(pieces)), warnings };
}
