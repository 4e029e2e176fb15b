#!/usr/bin/env node
// What the command apmatrix starts: the bundle, if it is built. This file is committed, so that npm, which links to it once, never
// links to nothing.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/bundle/apmatrix.js", import.meta.url);
if (existsSync(bundle)) await import(bundle.href);
else {
  console.error(
    `apmatrix: it is not built yet: run "npm run build" in ${fileURLToPath(new URL("..", import.meta.url))}`,
  );
  process.exitCode = 1;
}
