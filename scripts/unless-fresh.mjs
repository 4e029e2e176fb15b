// What is made of many files is made again when one of them has changed. Which files they are is known once it was made: a stamp
// beside it says their names and a hash over all of them.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function digestOf(root, files) {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/** Files in these folders of the root, by their paths from there. */
export const filesBelow = (root, ...folders) =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort(),
  );

/** Those of a bundler's modules that are files of ours: packages are in the lock file, helpers are in no file. */
export const ownFiles = (root, ids) => {
  const files = ids
    .map((id) => id.replace(/\?.*/, ""))
    .filter((id) => id.startsWith(root) && !id.includes("/node_modules/"));
  return [...new Set(files)].map((file) => file.slice(root.length));
};

function isFresh(root, { out, product, always }) {
  try {
    const { files, digest } = JSON.parse(readFileSync(join(root, out, ".stamp"), "utf8"));
    return existsSync(join(root, out, product)) && digest === digestOf(root, [...always, ...files]);
  } catch {
    return false;
  }
}

/**
 * @param root with a slash at its end
 * @param what the folder that is made (`out`), a file that is then in it (`product`), and files that it is made of in any case
 * (`always`), all from the root
 * @param make gives back the files that it was made of besides; undefined: it cannot be made here
 */
export async function unlessFresh(root, what, make) {
  if (isFresh(root, what)) return;
  const stamp = join(root, what.out, ".stamp");
  rmSync(stamp, { force: true });
  const files = await make();
  if (files) writeFileSync(stamp, JSON.stringify({ digest: digestOf(root, [...what.always, ...files]), files }));
}
