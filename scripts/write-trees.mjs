// Writes trees/, the /sys of each host of hosts/ as a packed tar, from the built code; a test fails when one of them differs.
import { mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exportTree } from "../dist/cli/export-tree.js";

const hosts = fileURLToPath(new URL("../hosts/", import.meta.url));
const folder = fileURLToPath(new URL("../trees/", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(hosts)) {
  const path = `${folder}${file.replace(/\.yaml$/, ".tar.gz")}`;
  for (const warning of await exportTree(path, { from: `${hosts}${file}`, mdev: [], tar: true })) console.warn(warning);
}
