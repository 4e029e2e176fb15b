// The rule of the house about files, programs and sockets: they are reached through src/guards, and every call past them has its reason.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImportDeclaration } from "typescript6";
import { assertNone, imported, isBelow, production, type Source, sourceOf } from "./testing/support/source-trees.ts";
import { RAW_CALLS } from "./testing/support/tidy-exceptions.ts";
import { ts } from "./testing/support/typescript.ts";

/** Modules by which a process reaches files, programs and sockets, and what of them opens and changes nothing by a name. */
const DANGEROUS: Readonly<Record<string, readonly string[]>> = {
  "node:fs": [
    // By a number of what is open already.
    ...["closeSync", "fstatSync", "fsyncSync", "ftruncateSync", "readSync", "write", "writeSync"],
    // A look, which waits for nobody.
    ...[
      "accessSync",
      "existsSync",
      "lstatSync",
      "readdirSync",
      "readlinkSync",
      "realpathSync",
      "statfsSync",
      "statSync",
    ],
    "constants",
  ],
  "node:fs/promises": [],
  "node:child_process": [],
  "node:net": ["isIP"],
  "node:http": [],
  "node:https": [],
  "node:dgram": [],
  "node:tls": [],
  "node:vm": [],
  "node:module": [],
};

/** What of a dangerous module a declaration brings in by its name; types are nothing. `*` for all of it. */
function rawNames(file: Source, node: ImportDeclaration): readonly string[] {
  const clause = node.importClause;
  if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return ["*"];
  return bindings.elements
    .filter(({ isTypeOnly, name }) => !isTypeOnly && !isOnlyType(file, name.text))
    .map(({ propertyName, name }) => (propertyName ?? name).text);
}

/** Calls past the guards in one file, by their names. */
const rawCallsOf = (file: Source): readonly string[] =>
  file.nodes.flatMap((node) => {
    if (ts.isPropertyAccessExpression(node) && /^process\.(?:binding|dlopen|getBuiltinModule)$/.test(node.getText())) {
      return [node.getText()];
    }
    const from = imported(node);
    if (from === undefined) return [];
    const module = from.startsWith("node:") ? from : `node:${from}`;
    if (!(module in DANGEROUS)) return [];
    const names = ts.isImportDeclaration(node) ? rawNames(file, node) : ["*"];
    return names.filter((name) => !DANGEROUS[module]?.includes(name));
  });

/** Whether a name that was imported is used as a type alone. */
const isOnlyType = ({ nodes }: Source, name: string): boolean =>
  nodes.every(
    (node) =>
      !(ts.isIdentifier(node) && node.text === name) ||
      ts.isImportSpecifier(node.parent) ||
      ts.isTypeReferenceNode(node.parent),
  );

describe("files, programs and sockets", () => {
  const shipped = production.filter(({ path }) => !isBelow(path, ["testing", "guards"]));
  const found = new Map(shipped.map((file) => [file.path, [...new Set(rawCallsOf(file))].sort()]));

  it("are reached through src/guards, or RAW_CALLS says why not", () => {
    const past = [...found].flatMap(([path, names]) => {
      const known = RAW_CALLS[path]?.[0].split(" ") ?? [];
      return names.filter((name) => !known.includes(name)).map((name) => `${path}: ${name}`);
    });
    assertNone(past, "goes past the guards");
  });

  it("are found however they are brought in", () => {
    for (const [text, names] of [
      [`import { readFileSync as read, statSync } from "node:fs"; read("x");`, ["readFileSync"]],
      [`import * as fs from "fs"; fs.openSync("x");`, ["*"]],
      [`import fs from "node:fs"; fs.openSync("x");`, ["*"]],
      [`import { rm } from "node:fs/promises"; await rm("x");`, ["rm"]],
      [`const { exec } = await import("node:child_process");`, ["*"]],
      [`process.getBuiltinModule("fs").rmSync("x");`, ["process.getBuiltinModule"]],
      [`import { createRequire } from "node:module"; createRequire("x");`, ["createRequire"]],
      [`import { type Stats, statSync } from "node:fs"; import type { Socket } from "node:net"; statSync("x");`, []],
    ] as const) {
      assert.deepEqual(rawCallsOf(sourceOf("x.ts", text)), names, text);
    }
  });

  it("have their places in RAW_CALLS only as long as they need them", () => {
    const needless = Object.entries(RAW_CALLS).flatMap(([path, [names]]) =>
      names.split(" ").flatMap((name) => (found.get(path)?.includes(name) ? [] : [`${path}: ${name}`])),
    );
    assertNone(needless, "is not called any more");
  });
});
