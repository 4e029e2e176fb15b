// Where the tools are that are tested on a lab, and what this machine lacks to test them. They are fetched, not installed:
// testing/clients/fetch.sh. Next: run-tool.ts.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Scripts of the tests. */
export const TESTING = join(ROOT, "testing");

/** What testing/clients/fetch.sh has made; APMATRIX_CLIENTS says another place. */
export const CLIENTS = process.env.APMATRIX_CLIENTS ?? join(ROOT, ".cache", "clients");

/** What lszcrypt and its kin of examples/ci/bin need, where the tools are in a directory. */
export const s390Environment = (clients: string): Readonly<Record<string, string>> => ({
  S390_ROOT: join(clients, "s390x"),
  S390_EMULATOR: join(clients, "amd64", "usr", "bin", "qemu-s390x"),
});

/** The first reason why tests cannot be run here, or undefined. */
export type Need = () => string | undefined;

/** A lab can be mounted, and a tool can be given a /sys of its own. */
export const canMount: Need = () => {
  if (process.getuid?.() !== 0) return "only root can show tools a /sys of their own";
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
  } catch {
    return "/dev/fuse is not there or cannot be opened";
  }
  const { status } = spawnSync("unshare", ["--mount", "--net", "true"], { stdio: "ignore" });
  return status === 0 ? undefined : "namespaces for mounts and networks cannot be made (util-linux, CAP_SYS_ADMIN)";
};

export const fetchedTools: Need = () => {
  if (process.arch !== "x64") return "the tools are fetched for x86-64 only";
  if (existsSync(join(CLIENTS, "complete"))) return undefined;
  return "the packages s390-tools and mdevctl are missing: testing/clients/fetch.sh fetches them";
};

/** A program of this machine. */
export const program =
  (name: string, packageName: string): Need =>
  () => {
    const { error } = spawnSync(name, ["--version"], { stdio: "ignore" });
    return error ? `${name} of the package ${packageName} is missing` : undefined;
  };

/**
 * For the skip option of a test.
 *
 * @throws in CI: there everything must be tested
 */
export function unless(...needs: readonly Need[]): string | false {
  for (const need of needs) {
    const lacking = need();
    if (lacking === undefined) continue;
    if (process.env.CI === "true") throw new Error(lacking);
    return lacking;
  }
  return false;
}
