// Puts the types of what the package exports into dist/types: the declarations that the compiler made of src/api, and all that these
// name. They import nothing but one another, so that a reader of them needs no other package.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ENTRY = "api/main.d.ts";
/** `from "./x.ts"` and `import("./x.ts")`. */
const RELATIVE = /(from |import\()"(\.\.?\/[^"]+)\.ts"/g;

/** @param root of the repository, with a slash at its end; the compiler has run */
export function buildTypes(root) {
  const dist = join(root, "dist");
  const out = join(dist, "types");
  rmSync(out, { recursive: true, force: true });
  const found = new Set([ENTRY]);
  // What is found on the way is gone through as well.
  for (const path of found) {
    const text = readFileSync(join(dist, path), "utf8");
    for (const [, , to] of text.matchAll(RELATIVE)) found.add(relative(dist, join(dist, dirname(path), `${to}.d.ts`)));
    mkdirSync(dirname(join(out, path)), { recursive: true });
    // The ending that every resolver understands.
    writeFileSync(join(out, path), text.replace(RELATIVE, '$1"$2.js"').replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
  }
}
