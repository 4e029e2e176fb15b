// Where the /sys of each guest is below the mount of a lab: `guests/g1`; of a guest of a guest `guests/g1:g2`, because below `guests/g1`
// is what g1 sees, and nothing else.
import type { Player } from "../system/trace/player.ts";

export const HOST_PLACE = "host";
export const GUESTS_PLACE = "guests";

/** Longest name of a file, in bytes. */
const LONGEST_NAME = 255;

/** A guest may have any name; a file may not. */
const fileName = (name: string): string =>
  name.replace(/[%:/\0]|^\.{1,2}$/g, (text) =>
    [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  );

/** The name of a guest's directory, one character a byte. @param path its name, after those of its hosts with slashes between */
const directoryName = (path: string): string => Buffer.from(path.split("/").map(fileName).join(":")).toString("latin1");

/** Below the mount. @param path undefined: the host */
export const placeOf = (path: string | undefined): string =>
  path === undefined ? HOST_PLACE : `${GUESTS_PLACE}/${directoryName(path)}`;

/** Whether its directory's name is not too long for a file system. */
export const hasPlace = (path: string): boolean => directoryName(path).length <= LONGEST_NAME;

/** The guests that have a place, by the name of their directory; one whose name would be too long has none. */
export const guestDirectories = (player: Player): ReadonlyMap<string, string> =>
  new Map(
    player
      .guestPaths()
      .filter(hasPlace)
      .map((path) => [directoryName(path), path]),
  );
