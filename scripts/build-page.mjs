// Builds the page into dist/web, if what it is made of has changed since the last time: one script, one style sheet, one document, all
// named by relative addresses. A classic script and not a module, because browsers load no module from a file; nothing inline, because
// a strict content security policy forbids it.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src", "page", "ui");
const out = join(root, "dist", "web");

/** Folders of src that a folder imports from, and those that they import from, and so on. */
function foldersBelow(folder, found = new Set()) {
  if (found.has(folder)) return found;
  found.add(folder);
  const { references = [] } = JSON.parse(readFileSync(join(root, "src", folder, "tsconfig.json"), "utf8"));
  for (const { path } of references) foldersBelow(posix.join(folder, path), found);
  return found;
}

/** What the page is made of: its own code and the core, what it has built in, and how it is built. */
function inputs() {
  const folders = [...[...foldersBelow("page/ui")].map((folder) => `src/${folder}`), "hosts", "scenarios", "cockpit"];
  return [...folders.flatMap(filesBelow), "scripts/build-page.mjs", "package-lock.json"];
}

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();

/** A name for all that the page is made of, as it is now. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of inputs()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** The document as Vite writes it loads a module; ours loads a script once the document is there. */
const classicScript = {
  name: "classic-script",
  enforce: "post",
  transformIndexHtml: (html) =>
    html.replaceAll(/<script type="module"(?: crossorigin)?/g, "<script defer").replaceAll(" crossorigin", ""),
};

async function build(vite) {
  await vite.build({
    configFile: false,
    root: source,
    base: "./",
    logLevel: "warn",
    plugins: [classicScript],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false,
      // What is put into addresses ("data:") is not 'self'.
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      chunkSizeWarningLimit: 4096,
      rolldownOptions: {
        output: {
          format: "iife",
          codeSplitting: false,
          entryFileNames: "page.js",
          assetFileNames: "[name][extname]",
        },
      },
    },
  });
}

/** The same page as a Cockpit package: Cockpit's own script is another host's file, which nobody else has. */
function makeCockpitPackage() {
  const html = readFileSync(join(out, "index.html"), "utf8");
  writeFileSync(
    join(out, "cockpit.html"),
    html.replace("<script defer", '<script src="../base1/cockpit.js"></script>\n    <script defer'),
  );
  copyFileSync(join(root, "cockpit", "manifest.json"), join(out, "manifest.json"));
}

/** The builder is a program for each platform, and there are platforms without one, s390x among them. */
async function loadVite() {
  try {
    return await import("vite");
  } catch (error) {
    console.error(
      `apmatrix: Vite does not run on ${process.platform} ${process.arch} (${String(error.message).split("\n")[0]}): the page is left out`,
    );
    return undefined;
  }
}

/** @returns whether the page is there */
export async function buildPage() {
  const stamp = join(out, ".stamp");
  const now = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return true;
  const vite = await loadVite();
  if (!vite) return false;
  rmSync(stamp, { force: true });
  await build(vite);
  makeCockpitPackage();
  writeFileSync(stamp, now);
  return true;
}
