// What the next boot makes of a root with certain files, on a machine with two cards, for tests.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { formatUdevRules } from "../../formats/tools/udev-rules.ts";
import { readPersistentFiles } from "../../sources/machine/persistent-files.ts";
import { reboot } from "../../sources/machine/reboot.ts";
import { asApid } from "../../system/ap/id.ts";
import { newMask } from "../../system/ap/mask.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { freshDirectory, temporaryDirectory } from "./temporary.ts";

const parent = temporaryDirectory();
export const UUID = "0c1e2d3f-5555-4666-8777-88889999aaaa";
const machine = parseHostDescription(
  "cards: [{ id: 0x11, type: CEX7C }, { id: 0x12, type: CEX7P }]\ndomains: [0x05, 0x1a]\n",
  "machine",
);
assert.ok(machine.ok);

export type Files = Readonly<Record<string, string>>;
export const DEFINITION: Files = {
  [`etc/mdevctl.d/matrix/${UUID}`]: JSON.stringify({
    mdev_type: "vfio_ap-passthrough",
    start: "auto",
    attrs: [{ assign_adapter: "0x11" }, { assign_domain: "0x1a" }],
  }),
};
const all = newMask<ReturnType<typeof asApid>>();
all.fill();
all.remove(asApid(0x11));
/** The rule as chzdev writes it. */
export const written = (coldplug: boolean) => formatUdevRules({ apmask: all, aqmask: undefined, coldplug });
export const RULES = "etc/udev/rules.d/41-ap.rules";
export const LOADED: Files = { "etc/modules-load.d/guests.conf": "vfio_ap\n" };
export const EACH = 'SUBSYSTEM=="bus", KERNEL=="ap", ATTR{apmask}="-0x11"\n';

/**
 * The end of a boot, and what is said of it; paths are below the root.
 *
 * @param files texts; one that begins with `-> ` is a link
 */
export function booted(files: Files) {
  const root = freshDirectory(parent);
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), file);
    else writeFileSync(file, text);
  }
  const read = readPersistentFiles(root);
  assert.ok(machine.ok);
  const { host, loadedBy, hasStartedMdevs, notes, isKnown, ifEarly, refused } = reboot(
    machine.value,
    DEFAULT_PROFILE,
    read,
  );
  const { apmask, mdevs } = observeHost(hostSysfs(host));
  const own = (text: string) => text.replaceAll(`${root}/`, "");
  return {
    freed: apmask?.has(asApid(0x11)) === false,
    mdevs: mdevs.length,
    loadedBy: loadedBy === undefined ? undefined : own(loadedBy),
    hasStartedMdevs,
    notes: notes.map(own),
    isKnown,
    ifEarly,
    refused: refused.length,
    warnings: read.warnings.map(own),
  };
}
