// Properties of a user's own, from a small file: JavaScript as it is, TypeScript after its types are removed.
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { sentenceOf } from "../../guards/fault.ts";
import { UnsafeError } from "../../guards/safe-open.ts";
import { codeOf, UserError } from "../../guards/user-error.ts";
import { decodedText, readInput } from "../../guards/user-files.ts";
import type { CheckProperty } from "../properties.ts";

/** Pure JavaScript on every machine: the type stripper in newer versions of Node is WebAssembly, which they lack on s390x. */
async function withoutTypes(text: string): Promise<string> {
  const { transform } = await import("sucrase");
  return transform(text, { transforms: ["typescript"], disableESTransforms: true, keepUnusedImports: true }).code;
}

function isProperty(value: unknown): value is CheckProperty {
  if (typeof value !== "object" || value === null) return false;
  const { name, sentence, kind, on, holds } = value as Record<string, unknown>;
  const isNamed = typeof name === "string" && name !== "" && typeof sentence === "string";
  const isKind = kind === "always" || kind === "sometimes";
  return isNamed && isKind && (on === "state" || on === "event") && typeof holds === "function";
}

const WANTED = 'each needs name, sentence, kind ("always", "sometimes"), on ("state", "event") and holds';

/**
 * The properties that a file exports as `properties`. A TypeScript file may import types only: it runs without its neighbours.
 *
 * @throws UserError
 */
export async function loadProperties(file: string): Promise<readonly CheckProperty[]> {
  const text = readScript(file);
  let exported: { properties?: unknown };
  try {
    exported = (await import(await urlOf(file, text))) as { properties?: unknown };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UserError(
      `${file}: ${message.replace(/ from "data:.*/, ": a file in TypeScript may import types only")}`,
    );
  }
  const { properties } = exported;
  if (!Array.isArray(properties) || properties.length === 0) {
    throw new UserError(`${file}: it exports no list "properties"`);
  }
  return properties.map((property: unknown, n) => {
    if (!isProperty(property)) throw new UserError(`${file}: property ${n + 1}: ${WANTED}`);
    return property;
  });
}

/** What can be run: never a pipe or device, for which Node would wait without end. @throws UserError */
function readScript(file: string): string {
  try {
    return decodedText(readInput(file));
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new UserError(`${file}: no such file`);
    throw new UserError(error instanceof UnsafeError ? `${file} ${error.message}` : `${file}: ${sentenceOf(error)}`);
  }
}

async function urlOf(file: string, text: string): Promise<string> {
  if (extname(file) !== ".ts") return pathToFileURL(resolve(file)).href;
  const script = await withoutTypes(text);
  return `data:text/javascript;base64,${Buffer.from(script).toString("base64")}`;
}
