// Properties of a user's own, from a small file: JavaScript as it is, TypeScript with its types taken off first.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CheckProperty } from "../check/properties.ts";
import { ModelError } from "./model-error.ts";

type Strip = (text: string) => string;

/** Newer Nodes take types off by themselves; for older ones the package typescript does. */
function stripper(file: string): Strip {
  const require = createRequire(import.meta.url);
  const { stripTypeScriptTypes } = require("node:module") as { stripTypeScriptTypes?: Strip };
  if (stripTypeScriptTypes) return stripTypeScriptTypes;
  try {
    const ts = require("typescript") as typeof import("typescript");
    const { ESNext } = ts.ModuleKind;
    const compilerOptions = { module: ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
    return (text) => ts.transpileModule(text, { compilerOptions }).outputText;
  } catch {
    throw new ModelError(`${file}: TypeScript needs Node 22.13 or the package typescript; or write it as .mjs`);
  }
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
 * @throws ModelError
 */
export async function loadProperties(file: string): Promise<readonly CheckProperty[]> {
  if (!existsSync(file)) throw new ModelError(`${file}: no such file`);
  let exported: { properties?: unknown };
  try {
    exported = (await import(urlOf(file))) as { properties?: unknown };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(`${file}: ${(error as Error).message.split("\n")[0]}`);
  }
  const { properties } = exported;
  if (!Array.isArray(properties) || properties.length === 0) {
    throw new ModelError(`${file}: it exports no list "properties"`);
  }
  for (const [n, property] of properties.entries()) {
    if (!isProperty(property)) throw new ModelError(`${file}: property ${n + 1}: ${WANTED}`);
  }
  return properties as CheckProperty[];
}

function urlOf(file: string): string {
  if (extname(file) !== ".ts") return pathToFileURL(resolve(file)).href;
  const script = stripper(file)(readFileSync(file, "utf8"));
  return `data:text/javascript;base64,${Buffer.from(script).toString("base64")}`;
}
