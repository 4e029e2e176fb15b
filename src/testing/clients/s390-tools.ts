// The tools of s390-tools, real s390x programs under the user-mode emulator, on the /sys of a lab.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LabProcess } from "./lab-process.ts";
import { type Run, run } from "./run-tool.ts";
import { CLIENTS, script } from "./tools.ts";

const sh = (lab: LabProcess, name: string, args: readonly string[]): Promise<Run> =>
  run(["sh", script(name), lab.mount, ...args], { environment: { CLIENTS } });

export const lszcrypt = (lab: LabProcess, ...args: readonly string[]): Promise<Run> => sh(lab, "run-lszcrypt.sh", args);

export const chzcrypt = (lab: LabProcess, ...args: readonly string[]): Promise<Run> => sh(lab, "run-chzcrypt.sh", args);

/** Where chzdev and lszdev find /etc: below it, udev/rules.d. */
export const settingsOf = (lab: LabProcess): string => join(lab.work, "etc");

/** chzdev or lszdev. They have /sys and /etc built in, so they run in a root of their own. */
export function zdev(lab: LabProcess, tool: "chzdev" | "lszdev", ...args: readonly string[]): Promise<Run> {
  const settings = settingsOf(lab);
  mkdirSync(settings, { recursive: true });
  return sh(lab, "run-chzdev.sh", [settings, tool, ...args]);
}
