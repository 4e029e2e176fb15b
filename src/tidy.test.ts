// Rules of the house that neither the compiler nor the linter keeps: what pure folders may not touch, which way imports go, how
// files open and how long they get, where bits of masks are worked on and paths below /sys spelled out, and that no path of
// somebody's machine is committed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Identifier, Node, SyntaxKind } from "typescript6";
import {
  assertNone,
  findings,
  imported,
  isBelow,
  nodesOf,
  production,
  SRC,
  sources,
} from "./testing/support/source-trees.ts";
import { BITWISE, LONG_BODIES, SPELLED_PATHS } from "./testing/support/tidy-exceptions.ts";
import { ts } from "./testing/support/typescript.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The wings, and which others each may import from, as drawn in ARCHITECTURE.md. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  system: [],
  guards: ["system"],
  formats: ["system"],
  answers: ["formats", "system"],
  history: ["answers", "formats", "system"],
  checker: ["guards", "history", "answers", "formats", "system"],
  lab: ["guards", "system"],
  sources: ["guards", "lab", "answers", "formats", "system"],
  page: ["guards", "sources", "lab", "history", "answers", "formats", "system"],
  api: ["guards", "sources", "lab", "checker", "history", "answers", "formats", "system"],
  cli: ["guards", "page", "sources", "lab", "checker", "history", "answers", "formats", "system"],
  testing: ["guards", "cli", "page", "sources", "lab", "checker", "history", "answers", "formats", "system"],
};

/** The floors of the system, the lowest first. */
const FLOORS = ["ap", "machine", "bus", "vfio-ap", "sysfs", "trace"];

/** No Node, no DOM, no clock, no randomness: these run in a browser, and the same seed gives the same run. */
const PURE = ["system", "formats", "answers", "history", "checker", "page/board", "page/protocol"];
const NOT_PURE = ["checker/run"];
const IMPURE = [
  "Date",
  "process",
  "performance",
  "globalThis",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
];

/** What pure folders may use from elsewhere, each with its reason. */
const PACKAGES: Readonly<Record<string, string>> = {
  yaml: "a parser",
  zod: "the shape of a file's members",
  "@xmldom/xmldom": "a parser",
};

const LONGEST = 400;
const LONGEST_BODY = 80;

const PATH_BELOW_SYS = /(?:^|\/)(?:bus\/ap|devices\/ap|devices\/vfio_ap\/matrix)(?:\/|$)/;

const pure = production.filter(({ path }) => isBelow(path, PURE) && !isBelow(path, NOT_PURE));

/** The projects that the compiler is given, but for the one of the tests. */
const projects: readonly string[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => posix.basename(path) === "tsconfig.json")
  .map((path) => posix.dirname(path));

/** A name that is used for itself: not the property of something, not the key of an object. */
function isFreeName(node: Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const isKey = ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent);
  return !(isKey && parent.name === node);
}

const BITWISE_OPERATORS: ReadonlySet<SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.AmpersandEqualsToken,
  ts.SyntaxKind.BarEqualsToken,
  ts.SyntaxKind.CaretEqualsToken,
  ts.SyntaxKind.LessThanLessThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken,
]);

function isBitwise(node: Node): boolean {
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.TildeToken;
  return ts.isBinaryExpression(node) && BITWISE_OPERATORS.has(node.operatorToken.kind);
}

describe("the pure folders", () => {
  it("are the ones whose compiler settings know nothing of Node", () => {
    const found = projects.filter((project) => isBelow(`${project}/`, PURE) && !isBelow(`${project}/`, NOT_PURE));
    assert.ok(found.length >= PURE.length, found.join(", "));
    for (const project of found) {
      assert.equal("types" in (readConfig(project).compilerOptions ?? {}), false, `src/${project}/tsconfig.json`);
    }
  });

  it("use no clock, no randomness and nothing of their surroundings", () => {
    const found = findings(pure, (node) => {
      if (ts.isIdentifier(node) && IMPURE.includes(node.text) && isFreeName(node)) return node.text;
      if (!ts.isPropertyAccessExpression(node)) return undefined;
      const name = node.getText();
      return name === "Math.random" ? name : undefined;
    });
    assertNone(found);
  });

  it("import nothing but one another, and parsers", () => {
    const found = findings(pure, (node) => {
      const from = imported(node);
      return from === undefined || from.startsWith(".") || from in PACKAGES ? undefined : from;
    });
    assertNone(found);
  });
});

interface Config {
  readonly compilerOptions?: object;
  readonly references?: readonly { readonly path: string }[];
}

function readConfig(folder: string): Config {
  const path = `${folder}/tsconfig.json`;
  return ts.parseConfigFileTextToJson(path, readFileSync(new URL(path, SRC), "utf8")).config as Config;
}

describe("imports", () => {
  /** Folders that a project of the compiler may import from, and the project that a file belongs to. */
  const arrows = (project: string): string[] =>
    (readConfig(project).references ?? []).map(({ path }) => posix.join(project, path));
  const projectOf = (path: string): string => {
    const folder = posix.dirname(path);
    return existsSync(new URL(`${folder}/tsconfig.json`, SRC)) || folder === "." ? folder : projectOf(folder);
  };
  const target = (path: string, from: string): string => posix.join(posix.dirname(path), from);
  const wingOf = (path: string): string => path.split("/")[0] as string;

  it("go down the table of wings", () => {
    const found = findings(production, (node, { path }) => {
      const from = imported(node);
      if (from === undefined || !from.startsWith(".")) return undefined;
      const [wing, other] = [wingOf(path), wingOf(target(path, from))];
      return wing === other || WINGS[wing]?.includes(other) ? undefined : `${wing} may not import ${from}`;
    });
    assertNone(found);
  });

  it("are drawn as they are", async () => {
    // Not a module of the compiler's: a script that runs before anything is built.
    const { WINGS_SVG, wingsSvg } = (await import(`${ROOT}scripts/draw-wings.mjs`)) as {
      WINGS_SVG: string;
      wingsSvg: () => string;
    };
    assert.equal(readFileSync(WINGS_SVG, "utf8"), wingsSvg(), "node scripts/draw-wings.mjs draws them anew");
  });

  it("go down the floors of the system", () => {
    const floor = (path: string): number => FLOORS.indexOf(path.split("/")[1] as string);
    const found = findings(
      production.filter(({ path }) => wingOf(path) === "system"),
      (node, { path }) => {
        const from = imported(node);
        return from?.startsWith(".") && floor(target(path, from)) > floor(path) ? from : undefined;
      },
    );
    assertNone(found);
  });

  it("go along the arrows of tsconfig.json, which know no more than the table", () => {
    const found = findings(production, (node, { path }) => {
      const from = imported(node);
      if (from === undefined || !from.startsWith(".")) return undefined;
      const [project, other] = [projectOf(path), projectOf(target(path, from))];
      return project === other || arrows(project).includes(other) ? undefined : `${project} may not import ${from}`;
    });
    assertNone(found);
    const upward = projects.flatMap((project) =>
      arrows(project)
        .filter((other) => wingOf(other) !== wingOf(project) && !WINGS[wingOf(project)]?.includes(wingOf(other)))
        .map((other) => `${project} -> ${other}`),
    );
    assertNone(upward);
  });

  it("have arrows that make no circle", () => {
    const below = (project: string, trail: readonly string[]): void => {
      assert.equal(trail.includes(project), false, [...trail, project].join(" -> "));
      for (const next of arrows(project)) below(next, [...trail, project]);
    };
    for (const project of projects) below(project, []);
  });

  it("name the file with its ending", () => {
    const found = findings(sources, (node) => {
      const from = imported(node);
      return from?.startsWith(".") && !/\.(tsx?|json|css)(\?raw)?$/.test(from) ? from : undefined;
    });
    assertNone(found);
  });
});

describe("every source file", () => {
  it("opens with a comment that says what lives here", () => {
    const found = sources.filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text)).map(({ path }) => path);
    assertNone(found);
  });

  it(`can be read in one sitting: ${LONGEST} lines at most`, () => {
    const found = sources.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
    assertNone(found.filter(({ lines }) => lines > LONGEST).map(({ path, lines }) => `${path} has ${lines}`));
  });

  it(`has functions that fit on a screen: bodies of ${LONGEST_BODY} lines at most`, () => {
    const found = production
      .filter(({ path }) => !isBelow(path, ["testing"]))
      .flatMap(({ path, tree }) =>
        [...nodesOf(tree)].flatMap((node) => {
          if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return [];
          const lineAt = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
          const lines = lineAt(node.body.end) - lineAt(node.body.getStart(tree)) + 1;
          const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
          return lines > LONGEST_BODY ? [`${path} ${name?.getText(tree) ?? "a function"}`] : [];
        }),
      );
    assertNone(found.filter((name) => !(name in LONG_BODIES)));
    assertNone(
      Object.keys(LONG_BODIES).filter((name) => !found.includes(name)),
      "is not long any more",
    );
  });

  it("exports by name only", () => {
    const found = findings(sources, (node) => {
      if (ts.isExportAssignment(node)) return "export default or export =";
      const isDefault =
        ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
      return isDefault ? "export default" : undefined;
    });
    assertNone(found);
  });

  it("leaves nothing marked as still to be done", () => {
    // Put together here, so that this file does not find itself.
    const marks = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX"].map((mark) => `\\b${mark}\\b`).join("|"));
    assertNone(sources.filter(({ text }) => marks.test(text)).map(({ path }) => path));
  });

  it("leaves bits to the few files that are for that", () => {
    const found = findings(pure, (node, { path }) =>
      isBitwise(node) && !(path in BITWISE) ? node.getText() : undefined,
    );
    assertNone(found, "bits are worked on by methods of Mask, or BITWISE gets the file and its reason");
  });

  it("has its place in the list of files with bits only if it needs it", () => {
    const users = pure.filter(({ nodes }) => nodes.some(isBitwise)).map(({ path }) => path);
    assertNone(Object.keys(BITWISE).filter((path) => !users.includes(path)));
  });
});

describe("paths below /sys", () => {
  it("are spelled out in one place, as are the writes to them", () => {
    const shipped = production.filter(({ path }) => !isBelow(path, ["testing"]) && !(path in SPELLED_PATHS));
    const found = findings(shipped, (node) =>
      (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) &&
      PATH_BELOW_SYS.test(node.text)
        ? node.text
        : undefined,
    );
    assertNone(found, "take it from system/ap/paths.ts or system/sysfs/writes.ts");
  });
});

describe("what is committed", () => {
  const git = spawnSync(
    "git",
    ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  const skip = git.error ? "the package git is missing" : git.status !== 0 ? "this is not a git checkout" : false;

  it("names no directory of somebody's machine", { skip }, () => {
    const personal = /(?<![\w.])\/(?:home|Users)\/\w|(?<![\w.])\/(?:work|root)\/\w/;
    const found = git.stdout
      .split("\0")
      .filter((path) => path !== "" && existsSync(`${ROOT}${path}`) && !/\.(gz|png|ico|woff2)$/.test(path))
      .flatMap((path) =>
        readFileSync(`${ROOT}${path}`, "utf8")
          .split("\n")
          .flatMap((line, at) => (personal.test(line) ? [`${path}:${at + 1}: ${line.trim().slice(0, 100)}`] : [])),
      );
    assertNone(found);
  });
});
