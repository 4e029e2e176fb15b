// A mounted lab beside this machine's own sysfs: the same calls on files of the same modes get the same answers. What the kernel decides
// before it asks a server is not called here; docs/fuse.md §7 lists it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CalledFiles } from "../testing/support/file-calls.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const PROGRAM = fileURLToPath(new URL("../testing/support/file-calls.js", import.meta.url));
const REAL: CalledFiles = {
  both: "module/kernel/parameters/panic",
  read: "kernel/uevent_seqnum",
  write: "bus/platform/drivers_probe",
  directory: "module/kernel/parameters",
  link: "class/mem/null",
};
const LAB: CalledFiles = {
  both: "bus/ap/poll_timeout",
  read: "bus/ap/ap_max_domain_id",
  write: "bus/ap/drivers_probe",
  directory: "bus/ap/devices",
  link: "bus/ap/devices/card05",
};
const isRoot = process.getuid?.() === 0 && /^ *0 +0 +4294967295$/m.test(readFileSync("/proc/self/uid_map", "utf8"));
const missing = Object.values(REAL).find((path) => !existsSync(`/sys/${path}`));
const skip =
  (await mountSkip()) ||
  (!isRoot && "only root of the machine may do to its own /sys what the owner of a lab may do there") ||
  (missing !== undefined && `this machine has no /sys/${missing}`);

const run = promisify(execFile);
const parent = temporaryDirectory();
after(killLabs);

const answersOf = async (root: string, files: CalledFiles): Promise<Readonly<Record<string, string>>> => {
  const { stdout } = await run(process.execPath, [PROGRAM, root, JSON.stringify(files)], { timeout: 60_000 });
  return JSON.parse(stdout);
};

describe("calls on files of a lab and of this machine", { skip }, () => {
  it("are answered alike", async () => {
    const sys = freshDirectory(parent, "sys");
    const lab = await labUp([hostFile("kernel-doc-guests"), "--mount", sys, "--no-timer"], {
      run: freshDirectory(parent, "run"),
    });
    const [real, ours] = [await answersOf("/sys", REAL), await answersOf(sys, LAB)];
    assert.ok(Object.keys(real).length > 250);
    assert.deepEqual(ours, real);
    await lab.stop();
  });
});
