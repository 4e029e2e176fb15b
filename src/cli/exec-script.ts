// What lab exec does in the new mount namespace before the command: /sys becomes the lab's, and the places where tools for AP queues
// keep their settings become the lab's own, so that a rule or definition made for the lab is never one of the machine's.

import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../guards/user-error.ts";

/** Definitions of mdevctl, rules of chzdev, state of udevd, locks. They are covered if the machine has them. */
const OWN_DIRECTORIES = ["/etc/mdevctl.d", "/etc/udev/rules.d", "/run/udev", "/run/lock"] as const;

/** For sh -c: the lab's mount, its root for tools, and the command. */
export const EXEC_SCRIPT = `mount --bind "$1" /sys || exit
for directory in ${OWN_DIRECTORIES.join(" ")}; do
  [ ! -d "$directory" ] || mount --bind "$2$directory" "$directory" || exit
done
shift 2
exec "$@"`;

/** Makes a root for tools: /sys in it is the lab, and their settings are kept from one command to the next. */
export function makeToolRoot(root: string): void {
  const scripts = ["/etc/mdevctl.d/scripts.d", "/usr/lib/mdevctl/scripts.d"];
  const directories = scripts.flatMap((directory) => [`${directory}/callouts`, `${directory}/notifiers`]);
  for (const directory of [...OWN_DIRECTORIES, ...directories]) mkdirSync(join(root, directory), { recursive: true });
  const sys = join(root, "sys");
  try {
    symlinkSync("/sys", sys);
  } catch (error) {
    // Another command in the same lab was quicker.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
