// docs/rules.md says where each rule lives and what shows it; docs/scenarios.md what a scenario can say. Both stay true.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { invariants } from "../../system/vfio-ap/invariants.ts";
import { ACTION_VERBS } from "./actions.ts";
import { parseScenario } from "./parse-scenario.ts";
import { CHECK_VERBS } from "./read-check.ts";
import { runScenario } from "./run-scenario.ts";
import { profilesOf } from "./scenario.ts";

const ROOT = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");
const exists = (path: string): boolean => existsSync(new URL(path, ROOT));

const text = read("docs/rules.md");

/** The rows of all tables with this many columns, without their heads. */
const rowsOf = (columns: number): string[][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| id "))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === columns);

const withoutBlocks = (page: string): string => page.replace(/```.*?```/gs, "");
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

const scenarioFiles = readdirSync(new URL("scenarios/", ROOT), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".scenario"))
  .map((name) => name.slice(0, -".scenario".length));
const traces = readdirSync(new URL("conformance/traces/", ROOT)).map((name) => name.replace(/\.jsonl(\.gz)?$/, ""));

const isKnown = (name: string): boolean =>
  scenarioFiles.includes(name) || traces.includes(name) || (name.endsWith(".test.ts") && exists(name));

const rules = rowsOf(6);
const faults = rowsOf(4);

const kernelPages = readdirSync(new URL("docs/kernel/", ROOT)).map((page) => read(`docs/kernel/${page}`));
/** Functions of the kernel that docs/kernel names. */
const kernelNames = new Set(kernelPages.flatMap((page) => page.match(/\b[a-z_0-9]+\b/g) ?? []));

/** Pages of docs/kernel, by the word that stands before the section in the id of a rule. */
const PAGES: Readonly<Record<string, string>> = { "": "hotplug", bus: "bus", device: "device" };

/** The page's heading that the id of a rule names; undefined for one that names none. */
function headingOf(id: string): RegExp | undefined {
  const number = /^(?:\w+ )?§([\d.]+)/.exec(id)?.[1];
  return number === undefined ? undefined : new RegExp(`^##+ ${number.replaceAll(".", "\\.")}\\.? `, "m");
}

describe("the table of rules", () => {
  it("has a row for every rule, each under its own name", () => {
    assert.ok(rules.length > 100, `${rules.length} rows`);
    const ids = rules.map(([id]) => id);
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
    );
  });

  it("speaks of every section", () => {
    for (let section = 3; section <= 17; section++) {
      assert.ok(
        rules.some(([id]) => new RegExp(`^§${section}(?![0-9])`).test(id as string)),
        `§${section}`,
      );
    }
  });

  for (const [id, rule, file, kernel, shown, property] of rules as [string, string, string, string, string, string][]) {
    it(`${id}: ${rule}`, () => {
      assert.match(rule, /\.$/);
      const heading = headingOf(id);
      const page = PAGES[/^(\w*) ?§/.exec(id)?.[1] ?? ""] as string;
      if (heading) assert.match(read(`docs/kernel/${page}.md`), heading, `${page}.md has no such section`);
      assert.ok(kernel === "-" || quoted(kernel).length > 0, "no function of the kernel");
      for (const name of quoted(kernel)) assert.ok(kernelNames.has(name), `${name} is not named in docs/kernel`);
      assert.ok(quoted(file).length > 0, "no file");
      for (const path of quoted(file)) assert.ok(exists(path), `${path} does not exist`);
      assert.ok(quoted(shown).length > 0, "nothing shows it");
      for (const name of quoted(shown)) assert.ok(isKnown(name), `${name} is not a scenario, trace or test`);
      if (property === "-") return;
      for (const name of property.split("; ")) {
        assert.ok(
          invariants.some((invariant) => invariant.name === name),
          `"${name}" is not an invariant`,
        );
      }
    });
  }

  it("names every invariant that speaks of rules for guests", () => {
    const named = new Set(rules.flatMap(([, , , , , property]) => (property as string).split("; ")));
    // The others are about what the model keeps, not about a rule of the driver.
    const ofTheModel = /^(a queue (that is bound|device|points)|no queue points)/;
    assert.deepEqual(
      invariants.map(({ name }) => name).filter((name) => !named.has(name) && !ofTheModel.test(name)),
      [],
    );
  });
});

describe("the table of known faults", () => {
  it("has B-1 to B-40, each once", () => {
    assert.deepEqual(
      faults.map(([id]) => /^\[(B-\d+)\]/.exec(id as string)?.[1]),
      Array.from({ length: 40 }, (_, i) => `B-${i + 1}`),
    );
  });

  for (const [id, what, where, shown] of faults as [string, string, string, string][]) {
    it(`${id}: ${what}`, () => {
      if (shown.startsWith("not modelled, because ")) {
        assert.equal(where, "-");
        return;
      }
      assert.ok(quoted(where).length > 0, "no file");
      for (const path of quoted(where)) assert.ok(exists(path), `${path} does not exist`);
      assert.ok(quoted(shown).length > 0, "nothing shows it");
      for (const name of quoted(shown)) assert.ok(isKnown(name), `${name} is not a scenario, trace or test`);
    });
  }
});

describe("the scenarios", () => {
  it("are all mentioned", () => {
    // Those of broken hosts by their reasons.
    const mentioned = new Set([...quoted(text), ...quoted(withoutBlocks(read("docs/reasons.md")))]);
    assert.deepEqual(
      scenarioFiles.filter((name) => !mentioned.has(name)),
      [],
    );
  });

  it("that are mentioned exist", () => {
    const names = [...quoted(text), ...quoted(withoutBlocks(read("docs/reasons.md")))].filter(
      (name) => /^(mail|kernel-doc|further|rules|broken)\//.test(name) && !name.includes("…"),
    );
    assert.deepEqual(
      names.filter((name) => !scenarioFiles.includes(name)),
      [],
    );
  });
});

describe("the page about scenarios", () => {
  const page = read("docs/scenarios.md");

  it("has an example of every action and every check", () => {
    const tables = page.split("\n").filter((line) => line.startsWith("| "));
    const examples = tables.flatMap(quoted).map((example) => example.split(" ")[0]);
    assert.deepEqual(
      [...ACTION_VERBS, ...CHECK_VERBS].filter((verb) => !examples.includes(verb)),
      [],
    );
  });

  it("has an example that runs as it says", () => {
    const example = /```scenario\n([^`]+)```/.exec(page)?.[1];
    assert.ok(example);
    const parsed = parseScenario(example);
    assert.ok(parsed.ok);
    for (const profile of profilesOf(parsed.value)) {
      assert.deepEqual(runScenario(parsed.value, profile).failures, [], profile.name);
    }
  });

  it("has only lines that can be read in its tables", () => {
    const lines = page
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => quoted(line)[0] as string);
    assert.ok(lines.length > 40, `${lines.length} lines`);
    for (const line of lines) {
      const before = line.startsWith("host ") ? "" : "host adapter 04\n";
      const named = line.startsWith("name m2 UUID")
        ? `${line.replace("UUID", "62177883-f1bb-47f0-914d-32a22e3a8804")}\n${before}start\n`
        : `${before}${line.includes("m2") && !line.startsWith("mdev") ? "mdev m2\n" : ""}${line}\n`;
      const parsed = parseScenario(named);
      assert.ok(parsed.ok, parsed.ok ? "" : `${line}: expected ${parsed.error.expected}`);
    }
  });
});
