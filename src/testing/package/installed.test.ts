// Tests of the package as a user has it who installs it: in an empty folder, from the file that npm packs, without a network. Examples
// run there, and the types that they see are complete.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { sample } from "../support/long-form.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

describe("the installed package", () => {
  const folder = mkdtempSync(join(tmpdir(), "apmatrix-"));
  const installed = join(folder, "node_modules/apmatrix");
  after(() => rmSync(folder, { recursive: true }));

  function run(command: string, args: readonly string[], cwd = folder): string {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
    if (error) throw error;
    assert.equal(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  before(() => {
    const packed = run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], ROOT).trim();
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", `./${packed}`]);
    cpSync(join(installed, "examples"), join(folder, "examples"), { recursive: true });
  });

  it("runs its examples, which import it by its name", () => {
    const lines = run(process.execPath, ["examples/lost-queue.mjs"]).split("\n");
    assert.equal(lines[0], "guest1 has 04.0004 04.0047 05.0004 05.0047");
    assert.equal(lines[1], "domain 0054 is assigned: 5 bytes are taken, and guest1 has 05.0004 05.0047 05.0054");
    assert.equal(lines[2], "04.0047: adapter-filtered, because of 04.0054 (queue-unbound)");
    assert.match(run(process.execPath, ["examples/can-it-happen.mjs"]), /whole-filter, \d+ states: .*, start g1 m1\n$/);
  });

  /** What a program in the folder prints. */
  function printed(program: string): string {
    writeFileSync(join(folder, "program.mjs"), program);
    return run(process.execPath, ["program.mjs"]).trim();
  }

  it("checks properties of somebody's own file", () => {
    const args = "check --host 1x1x1 --property-file examples/property.ts --property lost-and-found --depth 1";
    const { stdout } = spawnSync("node_modules/.bin/apmatrix", args.split(" "), { cwd: folder, encoding: "utf8" });
    assert.match(stdout, /^lost-and-found: one event gives queues to two guests at once: not seen so far$/m);
  });

  it("explores with threads, too", () => {
    const options = "{ adapters: 1, domains: 1, workers: 2 }";
    assert.equal(
      printed(`import { check } from "apmatrix"; console.log((await check(${options})).states > 10);`),
      "true",
    );
  });

  it("leaves the stack traces of a program that imports it as they are", () => {
    const program = `const { prepareStackTrace } = Error;
      await import("apmatrix");
      console.log(Error.prepareStackTrace === prepareStackTrace);`;
    assert.equal(printed(program), "true");
  });

  it("offers its types to strict programs, in each way to resolve modules", () => {
    writeFileSync(
      join(folder, "program.ts"),
      `import { type Answer, bootHost, check, type PlanJson } from "apmatrix";
      const host = bootHost("");
      const answer: Answer = host.write("bus/ap/apmask", "-4");
      const plan: PlanJson = host.plan("mdevs: []");
      // @ts-expect-error a number is not a text
      host.read(4);
      console.log(answer.r, plan.steps, (await check({ adapters: 1 })).properties[0]?.path);`,
    );
    const strict = ["--noEmit", "--strict", "--target", "es2023", "--types", ""];
    const ways: readonly (readonly [string, string])[] = [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ];
    for (const [module, resolution] of sample(ways)) {
      const files = ["program.ts", "examples/property.ts"];
      run(process.execPath, [
        TSC,
        ...strict,
        "--module",
        module,
        "--moduleResolution",
        resolution,
        "--lib",
        "es2023,dom",
        ...files,
      ]);
    }
  });

  it("lets nothing be imported but the package, its schema and its description", () => {
    const program = `for (const name of ["schema/host.schema.json", "package.json", "dist/bundle/plan.js"]) {
        try { import.meta.resolve(\`apmatrix/\${name}\`); console.log("yes"); } catch (error) { console.log(error.code); }
      }`;
    assert.deepEqual(printed(program).split("\n"), ["yes", "yes", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
    assert.ok(existsSync(join(installed, "schema/host.schema.json")));
    assert.match(readFileSync(join(installed, "schema/host.schema.json"), "utf8"), /^\{\n/);
  });

  it("brings a manual page for every command", () => {
    const { man } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { man: readonly string[] };
    const commands = [...run("node_modules/.bin/apmatrix", ["--help"]).matchAll(/^ {2}([a-z-]+) .*/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== "help");
    assert.ok(commands.length > 10);
    const pages = ["apmatrix.1", ...commands.map((name) => `apmatrix-${name}.1`)].sort();
    assert.deepEqual(man.map((path) => basename(path)).sort(), pages);
    assert.deepEqual(readdirSync(join(installed, "dist/man")).sort(), pages);
    const page = readFileSync(join(installed, "dist/man/apmatrix-plan.1"), "utf8");
    for (const part of ["apmatrix\\-plan \\- the writes", ".SH SYNOPSIS", "\\-\\-prune", ".SH EXIT STATUS"])
      assert.ok(page.includes(part), part);
  });

  it("has every file that a help text names", async () => {
    const { programOf } = await import("../../cli/program.ts");
    const texts = (command: Command): readonly string[] => [
      command.helpInformation(),
      ...command.commands.flatMap((sub) => texts(sub)),
    ];
    const named = texts(await programOf())
      .join("\n")
      .match(/\b(?:docs|examples|hosts|scenarios|schema|scripts)\/[\w./-]*\w/g);
    assert.ok(named && named.length > 2);
    assert.deepEqual(
      named.filter((path) => !existsSync(join(installed, path))),
      [],
    );
  });
});
