// Tests of property files: TypeScript loses its types on every Node, and what is wrong is told with its place.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { loadProperties } from "./property-file.ts";

const directory = mkdtempSync(join(tmpdir(), "apmatrix-"));
after(() => rmSync(directory, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe("a property file", () => {
  it("in TypeScript may have types of every kind, and imports of types", async () => {
    const text = `
import type { CheckProperty, Moment } from "./not-there.ts";
interface Named { readonly name: string }
type Pair<in out T> = readonly [T, T?];
declare const elsewhere: number;
const first = <const T,>(pair: Pair<T>): T => pair[0]!;
function own(this: void, { state }: Moment): boolean;
function own({ state }: Moment): boolean { return (state as unknown as Named).name === first<string>(["x"]); }
export const properties = [
  { name: "own", sentence: "so it is", kind: "always", on: "state", holds: own } satisfies CheckProperty,
] as const;
`;
    const [property] = await loadProperties(fileOf("typed.ts", text));
    assert.equal(property?.name, "own");
    assert.equal(property.holds({ state: { name: "x" } } as never), true);
    assert.equal(property.holds({ state: { name: "y" } } as never), false);
  });

  it("that cannot be read is refused with line and column", async () => {
    const file = fileOf("bad.ts", "export const properties: number = [\n  enum x\n];\n");
    await assert.rejects(loadProperties(file), { message: /bad\.ts: Unexpected token.*\(2:8\)$/ });
  });

  it("that imports more than types is refused with that reason", async () => {
    const file = fileOf("imports.ts", 'import { x } from "./x.ts";\nexport const properties = [x];\n');
    await assert.rejects(loadProperties(file), {
      message: /imports\.ts: .*"\.\/x\.ts": a file in TypeScript may import types only$/,
    });
  });

  it("that exports no properties is refused with that reason", async () => {
    await assert.rejects(loadProperties(fileOf("none.ts", "export const x: number = 1;\n")), {
      message: /none\.ts: it exports no list "properties"$/,
    });
  });
});
