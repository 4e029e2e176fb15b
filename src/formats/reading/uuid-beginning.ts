// A beginning of a UUID, as people write it in the place of the whole: the mdev that is meant, if no other begins so.
import { type Reading, refuse, taken } from "./input-error.ts";

/** Up to this many UUIDs are listed. */
const FEW = 8;

/**
 * @param word in upper or lower case
 * @param uuids in lower case
 * @returns undefined if none of them begins so; a refusal if several do
 */
export function begunUuid(word: string, uuids: readonly string[]): Reading<string> | undefined {
  const begun = word.toLowerCase();
  if (!/^[0-9a-f][0-9a-f-]*$/.test(begun)) return undefined;
  const found = [...new Set(uuids.filter((uuid) => uuid.startsWith(begun)))].sort();
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return taken(only);
  const all = found.length <= FEW ? found.join(", ") : `${found.length} UUIDs`;
  return refuse(`"${word}" is the beginning of ${all}: write more of it`);
}

const IN_PATH = /((?:^|\/)(?:matrix|devices)\/)([0-9a-fA-F][0-9a-fA-F-]*)(?=\/|$)/;

/**
 * A path below /sys in which a beginning stands for an mdev.
 *
 * @returns the path as it is, if it names none
 */
export function wholePath(path: string, uuids: readonly string[]): Reading<string> {
  const [, , word = ""] = IN_PATH.exec(path) ?? [];
  const uuid = begunUuid(word, uuids);
  if (uuid?.ok === false) return uuid;
  return taken(uuid === undefined ? path : path.replace(IN_PATH, `$1${uuid.value}`));
}
