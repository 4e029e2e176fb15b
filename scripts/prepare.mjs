// What every npm script does first: install from the lock file where that was not done yet, then build what changed. With `--to-run`
// only what is run is built, not what is tested.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTypes } from "./build-types.mjs";
import { run, telling } from "./progress.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const toRun = process.argv.includes("--to-run");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`apmatrix: Node ${process.versions.node} is too old, 20.19 or later is needed`);
  process.exit(1);
}

async function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".apmatrix-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  await telling("installing what package-lock.json names (npm ci)", () =>
    run(root, "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
  );
  writeFileSync(stamp, lock);
}

async function compile() {
  await telling("compiling src into dist", () =>
    run(root, process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "--build"]),
  );
  buildTypes(root);
  // Only now can be imported what had to be installed and compiled first.
  const { buildMan } = await import("./build-man.mjs");
  await buildMan(root);
}

async function bundle() {
  // Only now can be imported what had to be installed first.
  const { buildBundle } = await import("./build-bundle.mjs");
  await telling("bundling the commands", () => buildBundle(root));
  const { buildPage } = await import("./build-page.mjs");
  await telling("bundling the page", () => buildPage(root));
}

try {
  await install();
  await Promise.all([bundle(), toRun || compile()]);
} catch (error) {
  console.error(`apmatrix: ${error.message}`);
  process.exit(1);
}
