// The source files of this project as trees, for the tests that keep the rules of the house: src/tidy.test.ts, src/tidy-calls.test.ts.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { Node, SourceFile, StringLiteral } from "typescript6";
import { ts } from "./typescript.ts";

export const SRC = new URL("../../../src/", import.meta.url);

export interface Source {
  /** Below src, with slashes. */
  readonly path: string;
  readonly folder: string;
  readonly isTest: boolean;
  readonly text: string;
  readonly tree: SourceFile;
  /** All of the tree, in the order of the text. */
  readonly nodes: readonly Node[];
}

/** A node and all below it, in the order of the text. */
export function nodesOf(node: Node, found: Node[] = []): readonly Node[] {
  found.push(node);
  ts.forEachChild(node, (child) => void nodesOf(child, found));
  return found;
}

const readSource = (path: string): Source => sourceOf(path, readFileSync(new URL(path, SRC), "utf8"));

export function sourceOf(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return {
    path,
    folder: path.split("/")[0] as string,
    isTest: /\.test\.ts$/.test(path),
    text,
    tree,
    nodes: nodesOf(tree),
  };
}

export const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path))
  .sort()
  .map(readSource);
export const production = sources.filter(({ isTest }) => !isTest);
export const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const place = ({ path, tree }: Source, node: Node): string =>
  `src/${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;

/** Places where a check finds something in these files. */
export function findings(files: readonly Source[], find: (node: Node, file: Source) => string | undefined): string[] {
  return files.flatMap((file) =>
    file.nodes.flatMap((node) => {
      const found = find(node, file);
      return found === undefined ? [] : [`${place(file, node)}: ${found}`];
    }),
  );
}

/** Fails with one line for each place. */
export function assertNone(found: readonly string[], hint = "found"): void {
  assert.equal(found.length, 0, `${hint}:\n${found.join("\n")}`);
}

/** What a file imports from, as it stands there. */
export function imported(node: Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return (node.moduleSpecifier as StringLiteral).text;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [from] = node.arguments;
    return from && ts.isStringLiteral(from) ? from.text : from?.getText();
  }
  return undefined;
}
