// The way to a file that a user has named, one directory after the other, each held while the next is looked for. Where everybody may put
// things, as in /tmp, a link of another user's is not followed: it could lead this user's reads and writes to what the other one may not
// touch. The kernel does the same, but only where it is told to (fs.protected_symlinks).
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  type Stats,
  statfsSync,
} from "node:fs";
import { O_PATH, ownUid, UnsafeError } from "./safe-open.ts";
import { codeOf } from "./user-error.ts";

const ALL_MAY_WRITE = 0o002;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;
/** Links below /proc lead where no path does; the kernel alone can follow them, and makes them itself. */
const PROC_MAGIC = 0x9fa0;
/** As many as the kernel follows. */
const MOST_LINKS = 40;

const namesOf = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");

/**
 * Go to where a path leads.
 *
 * @param act is given a name of the file for system calls, good as long as it runs. What has this name is not a link, unless somebody
 *   has put one there just now: do not follow it
 * @param isWritten nor is a link in the last place followed that somebody else could put another one in place of
 * @throws UnsafeError a link on the way is another user's; what the file system says
 */
export function withTrusted<T>(path: string, act: (place: string) => T, { isWritten = false } = {}): T {
  const names = namesOf(path);
  let directory = openSync(path.startsWith("/") ? "/" : ".", O_PATH);
  const goTo = (place: string, flags: number): void => {
    const next = openSync(place, O_PATH | flags);
    closeSync(directory);
    directory = next;
  };
  try {
    for (let links = 0; ; ) {
      const here = `/proc/self/fd/${directory}`;
      const name = names.shift();
      if (name === undefined) return act(here);
      const place = `${here}/${name}`;
      const isMagic = statfsSync(here).type === PROC_MAGIC;
      const found = lstatSync(place, { throwIfNoEntry: false });
      if (found?.isSymbolicLink() && !isMagic) {
        const isLast = names.length === 0;
        checkLink(found, fstatSync(directory), isWritten && isLast, isLast && links === 0 ? "is" : "goes through");
        if (++links > MOST_LINKS) throw Object.assign(new Error("ELOOP: too many links"), { code: "ELOOP" });
        const target = readlinkSync(place);
        names.unshift(...namesOf(target));
        if (target.startsWith("/")) goTo("/", 0);
      } else if (names.length === 0) return act(place);
      else goTo(place, isMagic ? 0 : constants.O_NOFOLLOW);
    }
  } catch (error) {
    throw withoutOwnNames(error, path);
  } finally {
    closeSync(directory);
  }
}

function checkLink(link: Stats, { mode, uid }: Stats, isWritten: boolean, verb: string): void {
  const isTrusted = [ownUid(), 0, uid].includes(link.uid);
  const isExchanged = isWritten && (mode & OTHERS_MAY_WRITE) !== 0 && (mode & STICKY) === 0;
  if ((mode & ALL_MAY_WRITE) === 0 && !isExchanged) return;
  if (isTrusted && !isExchanged) return;
  throw new UnsafeError(`${verb} a link of user ${link.uid}, in a directory where others may write`);
}

/** What the file system says, of the path that the user knows. */
function withoutOwnNames(error: unknown, path: string): unknown {
  if (error instanceof Error && !(error instanceof UnsafeError)) {
    error.message = error.message.replace(/'\/proc\/self\/fd\/\d+(?:\/[^']*)?'/g, () => `'${path}'`);
  }
  return error;
}

/**
 * A directory, and all above it, made if they are not there.
 *
 * @throws UnsafeError a link on the way is another user's; what the file system says
 */
export function makeDirectories(path: string): void {
  const names = path.split("/");
  for (let end = 1; end <= names.length; end++) {
    const above = names.slice(0, end).join("/");
    if (namesOf(above).length > 0) makeDirectory(above);
  }
}

/** The same, but for those above it, which have to be there. */
export function makeDirectory(path: string): void {
  withTrusted(path, (place) => {
    try {
      mkdirSync(place);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  });
}
