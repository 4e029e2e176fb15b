// What V8 made of the bundle's files when it was built (build-code-cache.mjs): with it a start compiles next to nothing. Every program of
// the bundle has this at its beginning. What V8 rejects, or what is not there, is compiled as always.
import { existsSync, readFileSync, statSync } from "node:fs";
import Module from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

/**
 * Where the cache of a bundle is. It serves the very program that made it: V8 looks at versions and flags, but not at what a program was
 * compiled for.
 */
export const cacheOf = (bundle) =>
  join(bundle, `compiled-${process.version}-${process.arch}-${statSync(process.execPath).size}`);

/** The folder of all files in compiled code, which keeps the name that it was given at first, wherever the bundle is moved to. */
export const BUNDLE = "apmatrix:bundle";

/** Compiles and runs a file as Node does, and gives back what V8 knows of it. */
export function runScript(module, text, file, cachedData) {
  const script = new Script(Module.wrap(text), { filename: `${BUNDLE}/${basename(file)}`, cachedData });
  const require = (id) => module.require(id);
  script.runInThisContext().call(module.exports, module.exports, require, module, file, dirname(file));
  return script;
}

const bundle = dirname(fileURLToPath(import.meta.url));
const cache = cacheOf(bundle);
if (existsSync(cache)) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (text, file, ...more) {
    const kept = join(cache, basename(file, ".cjs"));
    if (dirname(file) !== bundle || !existsSync(kept)) return compile.call(this, text, file, ...more);
    runScript(this, text, file, readFileSync(kept));
  };
}
