#!/usr/bin/env node
// What the command apmatrix starts: the bundle, if it is built. This file is committed, so that npm, which links to it once, never
// links to nothing.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const bundle = fileURLToPath(new URL("../dist/bundle/apmatrix.cjs", import.meta.url));
if (existsSync(bundle)) {
  try {
    createRequire(bundle)(bundle);
  } catch (error) {
    // Not even all of the program can be read, as where too few files may be open. What it throws itself, it tells itself.
    console.error(process.env.NODE_DEBUG === "apmatrix" ? error : `apmatrix: ${String(error?.message).split("\n")[0]}`);
    process.exitCode = 1;
  }
} else {
  console.error(
    `apmatrix: it is not built yet: run "npm run build" in ${fileURLToPath(new URL("..", import.meta.url))}`,
  );
  process.exitCode = 1;
}
