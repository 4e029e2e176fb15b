// A shell inside a guest of a lab, with the tools that the other tests run on hosts: lab exec --guest gives them the guest's /sys and /etc.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { LabProcess } from "./lab-process.ts";
import { ShellSession } from "./shell-session.ts";
import { CLIENTS, ROOT, s390Environment, TESTING } from "./tools.ts";

/** The fetched tools come before those of the machine. */
const TOOLS = [join(ROOT, "examples", "ci", "bin"), join(TESTING, "clients")];

/** What the fetched tools need, under their own names. */
export const toolEnvironment = (): Readonly<Record<string, string>> => ({
  ...s390Environment(CLIENTS),
  APMATRIX_CLIENTS: CLIENTS,
  PATH: `${TOOLS.join(":")}:${process.env.PATH ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`,
});

/**
 * @param guest its name; after those of its hosts, with slashes between
 * @param options of lab exec, such as --net
 */
export function guestShell(lab: LabProcess, guest: string, ...options: readonly string[]): ShellSession {
  // Each has its own: several are open at once.
  const work = mkdtempSync(join(lab.work, "guest-"));
  const command = lab.inside(["sh"], "--guest", guest, ...options);
  return new ShellSession(command, { here: work, there: work }, { ...lab.environment, ...toolEnvironment() });
}
