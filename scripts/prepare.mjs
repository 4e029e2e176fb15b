// What every npm script does first: install from the lock file where that was not done yet, then build what changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, args) {
  // What the tools print goes to stderr: stdout belongs to the command that was asked for.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error || status !== 0) {
    console.error(`apmatrix: "${[command, ...args].join(" ")}" failed${error ? `: ${error.message}` : ""}`);
    process.exit(status || 1);
  }
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`apmatrix: Node ${process.versions.node} is too old, 20.19 or later is needed`);
  process.exit(1);
}

const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const stamp = join(root, "node_modules", ".apmatrix-lock");
const installed = existsSync(stamp) && readFileSync(stamp, "utf8") === lock;
if (!installed) {
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, lock);
}

run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "--build"]);
statSync(join(root, "dist", "cli", "main.js"));

// Only now can be imported what had to be installed first.
const { buildPage } = await import("./build-page.mjs");
try {
  await buildPage();
} catch (error) {
  console.error(`apmatrix: the page cannot be built: ${error.message}`);
  process.exit(1);
}
