// /sys/devices/virtual/misc/z90crypt: the device of the crypto requests. Tools look whether it is there; a lab has no device node,
// so nothing can be asked of it.
import { type Directory, directory, link, readOnly } from "./node.ts";
import { silentUeventFile } from "./uevent-file.ts";

const MAJOR = 10;
const MINOR = 54;

export const z90cryptDirectory = (): Directory =>
  directory({
    dev: () => readOnly(() => `${MAJOR}:${MINOR}`),
    subsystem: () => link("../../../../class/misc"),
    // Uevents would make udev put a link to the missing node into /dev, which is the machine's.
    uevent: () => silentUeventFile([`MAJOR=${MAJOR}`, `MINOR=${MINOR}`, "DEVNAME=z90crypt"]),
  });
