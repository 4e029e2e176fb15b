// Bundles what is shipped into dist/bundle: a command starts in half the time when it reads a few files instead of hundreds. Each
// command stays a file of its own, which is read when it is meant; workers and children are files beside them. Packages are bundled, too, and
// their licences lie beside them.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { cacheOf } from "./code-cache.mjs";
import { ownFiles, unlessFresh } from "./unless-fresh.mjs";

const OUT = "dist/bundle";
const LICENCES = "LICENSES.txt";
/** What programs import: modules of ES, while all else in the bundle is CommonJS, for which Node can keep compiled code. */
const API = "api.js";

/** What is started and what is imported, by the names that their files get. */
const ENTRIES = {
  apmatrix: "src/cli/main.ts",
  "mdevctl-callout": "src/cli/mdevctl-callout.ts",
  api: "src/api/main.ts",
};

/** `new URL("../../hosts/...", import.meta.url)`: the opening, and the path up to where something is put into it. */
const RELATIVE_URL = /new URL\((["`])((?:\.\.?\/)+)([^"`$]*)(?=["`$])/g;

/**
 * Paths that begin at a source file begin at the bundle instead. A script that is meant becomes a bundled file of its own.
 */
function relativeUrls(root) {
  const src = join(root, "src/");
  return {
    name: "relative-urls",
    transform: {
      filter: { id: /\.ts$/, code: "import.meta.url" },
      handler(code, id) {
        const moved = code.replace(RELATIVE_URL, (_, quote, dots, rest) => {
          const target = resolve(dirname(id), dots, rest);
          if (target.startsWith(src) && rest.endsWith(".js")) {
            const fileName = target.slice(src.length).replaceAll("/", "-").replace(/js$/, "cjs");
            this.emitFile({ type: "chunk", id: target.replace(/\.js$/, ".ts"), fileName });
            return `new URL(${quote}./${fileName}`;
          }
          const built = target.startsWith(src) ? join(root, "dist", target.slice(src.length)) : target;
          return `new URL(${quote}${relative(join(root, OUT), built)}${rest.endsWith("/") ? "/" : ""}`;
        });
        // Lines stay where they are.
        return { code: moved, map: null };
      },
    },
  };
}

/**
 * Whatever is started, be it a worker, uses the code cache and tells places of errors in the sources. What is imported leaves loading and
 * stack traces of others alone.
 */
function whatComesFirst(root) {
  const files = ["scripts/code-cache.mjs", "scripts/stack-traces.mjs"];
  const first = files.map((file) => `import ${JSON.stringify(join(root, file))};`);
  return {
    name: "what-comes-first",
    transform: {
      filter: { id: /\.ts$/ },
      handler(code, id) {
        if (!this.getModuleInfo(id)?.isEntry || id === join(root, ENTRIES.api)) return undefined;
        return { code: code.replace(/^(#!.*\n)?/, `$1${first.join("")}`), map: null };
      },
    },
  };
}

const packageOf = (id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];

/** The licences of the packages that are bundled, as they ask for. */
function licencesOf(ids) {
  const folders = [...new Set(ids.map(packageOf).filter(Boolean))].sort();
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function bundle(root) {
  const { rolldown } = await import("rolldown");
  const out = join(root, OUT);
  // What is kept of a file does not fit the file that comes in its place.
  rmSync(cacheOf(out), { recursive: true, force: true });
  const build = await rolldown({
    cwd: root,
    input: ENTRIES,
    platform: "node",
    tsconfig: false,
    transform: { typescript: { onlyRemoveTypeImports: true } },
    // For Node this package offers old modules, which cannot be taken apart.
    resolve: { alias: { yaml: join(root, "node_modules/yaml/browser/dist/index.js") } },
    plugins: [relativeUrls(root), whatComesFirst(root)],
  });
  const { output } = await build.write({
    dir: out,
    format: "cjs",
    banner: '"use strict";',
    sourcemap: true,
    sourcemapExcludeSources: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name].cjs",
  });
  await build.close();
  const { exports } = output.find(({ name }) => name === "api");
  writeFileSync(join(out, API), `import api from "./api.cjs";\nexport const { ${exports.join(", ")} } = api;\n`);
  const ids = output.flatMap((chunk) => chunk.moduleIds ?? []);
  writeFileSync(join(out, LICENCES), licencesOf(ids));
  // Only now, so that a command that is started meanwhile finds its files.
  const made = new Set([...output.map(({ fileName }) => fileName), API, LICENCES]);
  for (const name of readdirSync(out)) if (!made.has(name)) rmSync(join(out, name), { recursive: true });
  return ownFiles(root, ids);
}

/** @param root of the repository, with a slash at its end */
export async function buildBundle(root) {
  const always = ["build-bundle", "build-code-cache", "unless-fresh"].map((name) => `scripts/${name}.mjs`);
  always.push("package-lock.json");
  await unlessFresh(root, { out: OUT, product: "apmatrix.cjs", always }, () => bundle(root));
  if (existsSync(cacheOf(join(root, OUT)))) return;
  await promisify(execFile)(process.execPath, [join(root, "scripts/build-code-cache.mjs")], { maxBuffer: 2 ** 26 });
}
