// Builds the page into dist/web, if what it is made of has changed since the last time: one script, one style sheet, one document, all
// named by relative addresses. A classic script and not a module, because browsers load no module from a file; nothing inline, because
// a strict content security policy forbids it.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, ownFiles, unlessFresh } from "./unless-fresh.mjs";

const SOURCE = "src/page/ui";
const OUT = "dist/web";

/** The document as Vite writes it loads a module; ours loads a script once the document is there. */
const classicScript = {
  name: "classic-script",
  enforce: "post",
  transformIndexHtml: (html) =>
    html.replaceAll(/<script type="module"(?: crossorigin)?/g, "<script defer").replaceAll(" crossorigin", ""),
};

async function build(vite, root) {
  const { output } = await vite.build({
    configFile: false,
    root: join(root, SOURCE),
    base: "./",
    logLevel: "warn",
    plugins: [classicScript],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: join(root, OUT),
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
  return output.flatMap((chunk) => chunk.moduleIds ?? []);
}

/** The same page as a Cockpit package: Cockpit's own script is another host's file, which nobody else has. */
function makeCockpitPackage(root) {
  const out = join(root, OUT);
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

/** @param root of the repository, with a slash at its end */
export async function buildPage(root) {
  const builtIn = filesBelow(root, SOURCE, "hosts", "scenarios", "cockpit");
  const always = [...builtIn, "scripts/build-page.mjs", "scripts/unless-fresh.mjs", "package-lock.json"];
  await unlessFresh(root, { out: OUT, product: "index.html", always }, async () => {
    const vite = await loadVite();
    if (!vite) return undefined;
    const modules = await build(vite, root);
    makeCockpitPackage(root);
    return ownFiles(root, modules);
  });
}
