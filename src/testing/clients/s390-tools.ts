// The fetched tools on the /sys of a lab: those of s390-tools, real s390x programs under the user-mode emulator, and mdevctl.
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { LabProcess } from "./lab-process.ts";
import { ownRoot } from "./own-root.ts";
import { type Run, run } from "./run-tool.ts";
import { CLIENTS, ROOT, s390Environment, TESTING } from "./tools.ts";

const KIT = join(ROOT, "examples", "ci", "bin");

/** These two take their /sys from a variable. */
const s390 =
  (tool: "lszcrypt" | "chzcrypt") =>
  (lab: LabProcess, ...args: readonly string[]) =>
    run([join(KIT, tool), ...args], { environment: { ...s390Environment(CLIENTS), SYSFS_ROOT: lab.mount } });
export const lszcrypt = s390("lszcrypt");
export const chzcrypt = s390("chzcrypt");

/** Where chzdev and lszdev find /etc: below it, udev/rules.d. */
export const settingsOf = (lab: LabProcess): string => join(lab.work, "etc");

/** A command in a root of its own, in which the lab is /sys, the fetched tools are on PATH, and /etc stays from one command to the next. */
export async function inOwnRoot(lab: LabProcess, command: readonly string[]): Promise<Run> {
  for (const name of ["udev/rules.d", "mdevctl.d/matrix"]) mkdirSync(join(settingsOf(lab), name), { recursive: true });
  const binds = {
    [mdevctlRoot(lab, "/etc/mdevctl.d", "/sys")]: "/opt/root",
    [CLIENTS]: "/opt/tools",
    [KIT]: "/opt/bin",
    [join(TESTING, "clients")]: "/opt/testing",
    [join(settingsOf(lab), "udev")]: "/etc/udev",
    [join(settingsOf(lab), "mdevctl.d")]: "/etc/mdevctl.d",
  };
  const environment = {
    ...s390Environment("/opt/tools"),
    APMATRIX_CLIENTS: "/opt/tools",
    MDEVCTL_ENV_ROOT: "/opt/root",
    PATH: "/opt/testing:/opt/bin:/usr/sbin:/usr/bin",
  };
  const entered = ownRoot({ directory: mkdtempSync(join(lab.work, "root-")), sys: lab.mount, binds }, command);
  return await run(["unshare", "--mount", ...entered], { environment });
}

/** chzdev or lszdev. They have /sys and /etc built in. */
export const zdev = (lab: LabProcess, tool: "chzdev" | "lszdev", ...args: readonly string[]): Promise<Run> =>
  inOwnRoot(lab, [tool, ...args]);

/** mdevctl 1.4 with a directory of definitions, which may hold call-outs in scripts.d. */
export function mdevctl14(lab: LabProcess, definitions: string, ...args: readonly string[]): Promise<Run> {
  mkdirSync(definitions, { recursive: true });
  const environment = { MDEVCTL_ENV_ROOT: mdevctlRoot(lab, definitions, lab.mount) };
  return run([join(TESTING, "clients", "mdevctl"), ...args], { environment });
}

/** A directory that mdevctl 1.4 takes for the root file system. */
function mdevctlRoot(lab: LabProcess, definitions: string, sys: string): string {
  const root = mkdtempSync(join(lab.work, "mdevctl-"));
  const scripts = join(root, "usr", "lib", "mdevctl", "scripts.d");
  for (const name of ["callouts", "notifiers"]) mkdirSync(join(scripts, name), { recursive: true });
  mkdirSync(join(root, "etc"));
  symlinkSync(definitions, join(root, "etc", "mdevctl.d"));
  symlinkSync(sys, join(root, "sys"));
  return root;
}
