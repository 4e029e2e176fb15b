// Which mdevctl this machine has.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Need } from "./tools.ts";

/** The mdevctl of Debian 12, which knows no other root, and its directory in /etc, which lab exec covers. */
export const mdevctl12: Need = () => {
  const { stdout } = spawnSync("mdevctl", ["--version"], { encoding: "utf8" });
  if (/^mdevctl 1\.2\./.test(stdout ?? "") && existsSync("/etc/mdevctl.d")) return undefined;
  return "the package mdevctl in version 1.2, that of Debian 12, is not installed";
};
