// Where / of a host is, for the files that say what it is after its next boot.
import { statSync } from "node:fs";
import { UserError } from "../guards/user-error.ts";
import { chooseLab } from "../lab/runtime.ts";
import { DEFAULT_SOURCE } from "../sources/open-source.ts";
import { LAB_PREFIX } from "../sources/source.ts";

export interface RootOptions {
  readonly from: string;
  readonly root?: string;
}

/**
 * A lab has a root of its own for tools, and this machine's /sys that of this machine.
 *
 * @returns undefined: which it is cannot be told
 * @throws UserError --root is not a directory; there is no such lab
 */
export function rootOf({ root, from }: RootOptions): string | undefined {
  if (root !== undefined) {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return root;
    throw new UserError(`--root ${root}: no such directory; it is where / of the host is, with its etc in it`);
  }
  if (from.startsWith(LAB_PREFIX)) {
    const asked = from.slice(LAB_PREFIX.length);
    return chooseLab(asked === "" ? undefined : asked).root;
  }
  return from === DEFAULT_SOURCE ? "/" : undefined;
}
