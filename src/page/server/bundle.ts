// The files of the page, read once: an address is looked up among them and never becomes a path, so that none leads out of the folder.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { WebError } from "./web-error.ts";

export interface BundleFile {
  readonly type: string;
  readonly body: Buffer;
  /** Changes with the content. */
  readonly tag: string;
}

/** By address, without the leading slash. */
export type Bundle = ReadonlyMap<string, BundleFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".map": "application/json",
};

/** Where the build puts the page. */
export const BUNDLE_DIRECTORY = fileURLToPath(new URL("../../web", import.meta.url));

const DOCUMENT = "index.html";

/**
 * Plain files only: a link could lead anywhere, and names that begin with a dot are not the page's.
 *
 * @throws WebError there is no page
 */
export function readBundle(directory = BUNDLE_DIRECTORY): Bundle {
  const files = new Map<string, BundleFile>();
  for (const path of plainFiles(directory)) {
    const name = relative(directory, path).split(sep).join("/");
    if (name.split("/").some((part) => part.startsWith("."))) continue;
    const body = readFileSync(path);
    const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    files.set(name, { type: TYPES[extname(name)] ?? "application/octet-stream", body, tag });
  }
  const document = files.get(DOCUMENT);
  if (!document) throw new WebError('the page was not built: "npm run build" does it, where Vite runs');
  return files.set("", document);
}

function plainFiles(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
