// Places in stack traces, told in the sources and not in the bundle. The maps are read when a trace is read and not before, which is
// why Node's own --enable-source-maps is not what we use: it reads them all at every start.
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLE } from "./code-cache.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const maps = new Map();

function mapOf(file) {
  if (!maps.has(file)) maps.set(file, new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8"))));
  return maps.get(file);
}

/** Line 12, column 3 of `show-command.cjs` as `src/cli/show-command.ts:10:5`, from the package's root. */
function sourcePlace(place, name, line, column) {
  try {
    const file = join(HERE, name);
    const { originalSource, originalLine, originalColumn } = mapOf(file).findEntry(line - 1, column - 1);
    if (originalSource === undefined) return place;
    const source = relative(resolve(HERE, "../.."), resolve(HERE, originalSource));
    return `${source}:${originalLine + 1}:${originalColumn + 1}`;
  } catch {
    return place;
  }
}

const escaped = HERE.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const PLACE = new RegExp(`(?:${escaped}|${BUNDLE})/([^/]+?):(\\d+):(\\d+)`, "g");

Error.prepareStackTrace = (error, frames) =>
  [error, ...frames.map((frame) => `    at ${String(frame).replace(PLACE, sourcePlace)}`)].join("\n");
