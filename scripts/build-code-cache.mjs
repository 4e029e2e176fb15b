// Writes what V8 makes of the bundle into a folder beside it. V8 compiles a function when it is first called, so a few commands are
// run before: what they call is what most starts call. A process of its own, which build-bundle.mjs starts.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheOf, runScript } from "./code-cache.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "dist/bundle/apmatrix.cjs");
const HOST = "hosts/kernel-doc-guests.yaml";
const COMMANDS = [
  "completion bash",
  `show --from ${HOST}`,
  `show --from ${HOST} --format json`,
  `explain Guest1 05.0004 --from ${HOST}`,
  "plan examples/want.yaml --from examples/host.yaml",
  "plan examples/want.yaml --from examples/host.yaml --format json",
  "play scenarios/rules",
  "check --host 1x1x1",
  "tour",
];

const cache = cacheOf(dirname(program));
// The program would use it, and nothing would be compiled.
rmSync(cache, { recursive: true, force: true });
const scripts = new Map();
const compile = Module.prototype._compile;
Module.prototype._compile = function (text, file, ...more) {
  // Of code that is kept, Node 20 does not know how it imports.
  if (/[^#.\w]import\(/.test(text)) compile.call(this, text, file, ...more);
  else scripts.set(basename(file, ".cjs"), runScript(this, text, file));
};

function keep() {
  const made = `${cache}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made);
  for (const [name, script] of scripts) writeFileSync(join(made, name), script.createCachedData());
  renameSync(made, cache);
  process.exit(0);
}

process.chdir(root);
const require = createRequire(program);
process.on("beforeExit", () => {
  const command = COMMANDS.shift();
  if (command === undefined) keep();
  delete require.cache[program];
  process.argv = [process.execPath, program, ...command.split(" ")];
  // What is to be done next keeps the process.
  setImmediate(() => require(program));
});
