// A tree as a client should see it, from the nodes themselves: one line for every name, as the client's "walk" and "readAll" print it.
import type { Directory } from "../../system/sysfs/node.ts";

/** The text of an attribute as an answer of the client: what could be read, or the error's name. */
type TextOf = (read: () => { readonly value: string } | { readonly errno: string }) => string;

function lines(directory: Directory, prefix: string, textOf: TextOf | undefined): string[] {
  return directory.names().flatMap((name) => {
    const node = directory.child(name);
    const path = `${prefix}${name}`;
    if (!node) return [`${path} is listed and not there`];
    if (node.kind === "link") return [`${path} -> ${node.target}`];
    if (node.kind === "directory") return [`${path}/`, ...lines(node, `${path}/`, textOf)];
    const mode = node.mode.toString(8);
    if (!textOf) return [`${path} ${mode}`];
    const read = () => {
      const text = node.read?.() ?? { ok: false, errno: "EACCES" };
      return text.ok ? { value: text.value.slice(0, 4095) } : { errno: text.errno };
    };
    return [`${path} ${mode} ${textOf(read)}`];
  });
}

/** Names, types, link targets. */
export const walkText = (root: Directory): string[] => lines(root, "", undefined);

/** The same with every attribute's text. */
export const readAllText = (root: Directory): string[] => lines(root, "", (read) => JSON.stringify(read()));
