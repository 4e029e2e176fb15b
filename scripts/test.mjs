// What `npm test` does once all is built: lint, then every test of node:test, then which tests were skipped and why.
// Arguments pick test files by a part of their path (`npm test -- mask`); those that begin with `--` go to node.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const filters = args.filter((arg) => !arg.startsWith("--"));
/** Only the tests that have a long form, in that form: src/testing/support/long-form.ts. */
const isLong = args.includes("--long");
const options = args.filter((arg) => arg.startsWith("--") && arg !== "--long");
const isRoot = process.getuid?.() === 0;
/** Where nobody watches, root skips nothing. An ordinary user cannot do all that the tests need. */
const isCi = isRoot && process.env.CI === "true";

const SKIPPED = join(root, ".cache", "skipped-tests.jsonl");
const failures = [];

/** Run node with what it prints going straight through; whether it succeeded. */
const node = (...parameters) => run(process.execPath, ...parameters);

function run(program, ...parameters) {
  const { status, error } = spawnSync(program, parameters, {
    cwd: root,
    env: { ...process.env, ...(isRoot ? {} : { CI: "false" }), ...(isLong ? { APMATRIX_LONG: "1" } : {}) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error) console.error(`apmatrix: ${program} ${parameters[0]}: ${error.message}`);
  return status === 0;
}

/** Tests in which an ordinary user is one. In all others that user is root of a user namespace, who can mount as root can. */
const isRootless = (file) => /-rootless\.test\.js$/.test(file);

/** What an ordinary user's tests are run through. */
function surroundings() {
  const namespace = ["unshare", "--user", "--map-root-user", "--mount"];
  const { status, stderr, error } = spawnSync(namespace[0], [...namespace.slice(1), "true"], { encoding: "utf8" });
  if (status === 0) {
    console.log("an ordinary user: the tests run in a user namespace, where they may mount");
    return namespace;
  }
  const reason = (stderr || error?.message || "").trim().split("\n")[0];
  console.log(`an ordinary user who may have no namespace (${reason}): tests that mount are skipped`);
  return [];
}

/** Biome is a program for each platform, and there are platforms without one, s390x among them. */
function hasBiome() {
  const require = createRequire(join(root, "node_modules", "@biomejs", "biome", "package.json"));
  const packages = [`@biomejs/cli-${process.platform}-${process.arch}`, `@biomejs/cli-linux-${process.arch}-musl`];
  return packages.some((name) => {
    try {
      require.resolve(`${name}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
}

function lint() {
  if (!hasBiome()) {
    console.log(`Biome has no binary for ${process.platform} ${process.arch}: lint is left out`);
    return;
  }
  if (!node(join("node_modules", "@biomejs", "biome", "bin", "biome"), "check", ".")) failures.push("biome check");
}

const reporterOf = (name) => pathToFileURL(join(root, "scripts", `${name}-reporter.mjs`)).href;

/** Compiled tests whose source is there: dist may hold more, from sources that are gone. */
function testFiles() {
  const sources = readdirSync(join(root, "src"), { recursive: true }).filter((path) => path.endsWith(".test.ts"));
  const isPicked = (path) => filters.length === 0 || filters.some((part) => path.includes(part));
  const hasLongForm = (path) => /\/(?:long-form|lab-command)\.ts"/.test(readFileSync(join(root, "src", path), "utf8"));
  const picked = sources.filter((path) => isPicked(path) && (!isLong || hasLongForm(path)));
  return picked.sort().map((path) => join("dist", path.replace(/\.ts$/, ".js")));
}

/** Tests that share a process, where what they have in common is loaded and compiled once: those of a wing that work in memory, and those
 * that read all sources. */
const SHARED = {
  ...Object.fromEntries(["answers", "checker", "system", "history", "formats"].map((wing) => [wing, [`${wing}/`]])),
  guards: ["guards/"],
  page: ["page/board/", "page/protocol/"],
  fuse: ["lab/fuse/frames", "lab/fuse/fuse-server", "lab/fuse/node-table"],
  sources: ["tidy", "testing/readers", "testing/growing-texts"],
  browser: ["testing/page/"],
};

/** What is run as a process each: files of tests, and files that import those that share one. */
function processesOf(files) {
  const filesOf = (beginnings) =>
    files.filter((file) => beginnings.some((beginning) => file.startsWith(join("dist", beginning))));
  const shared = Object.entries(SHARED).filter(([, beginnings]) => filesOf(beginnings).length > 1);
  const importing = shared.map(([name, beginnings]) => {
    const lines = filesOf(beginnings).map(
      (file) => `await import(${JSON.stringify(pathToFileURL(join(root, file)).href)});\n`,
    );
    const path = join(".cache", "tests", `${name}.mjs`);
    writeFileSync(join(root, path), lines.join(""));
    return path;
  });
  return [
    ...importing,
    ...files.filter((file) => !shared.some(([, beginnings]) => filesOf(beginnings).includes(file))),
  ];
}

/** Run test files; which tests were skipped. */
function runFiles(through, files) {
  if (files.length === 0) return [];
  rmSync(SKIPPED, { force: true });
  const reporters = [
    ["spec", "stdout"],
    [reporterOf("skip"), SKIPPED],
    [reporterOf("progress"), "stderr"],
  ];
  const passed = run(
    ...through,
    process.execPath,
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    ...reporters.flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]),
    ...options,
    ...processesOf(files),
  );
  if (!passed) failures.push("tests");
  const lines = existsSync(SKIPPED) ? readFileSync(SKIPPED, "utf8").split("\n").filter(Boolean) : [];
  // Those left out by --test-name-pattern were not asked for.
  return lines.map((line) => JSON.parse(line)).filter(({ reason }) => !/does not match pattern/.test(reason));
}

function runTests() {
  const files = testFiles();
  const missing = files.filter((path) => !existsSync(join(root, path)));
  if (files.length === 0) failures.push(`no test file has ${filters.join(" or ")} in its path`);
  if (missing.length > 0) failures.push(`not compiled: ${missing.join(", ")}`);
  if (files.length === 0 || missing.length > 0) return [];
  if (isRoot) return runFiles([], files);
  const others = files.filter((file) => !isRootless(file));
  return [...runFiles(surroundings(), others), ...runFiles([], files.filter(isRootless))];
}

function reportSkipped(tests) {
  for (const reason of new Set(tests.map((test) => test.reason))) {
    const group = tests.filter((test) => test.reason === reason);
    const names = group.length === 1 ? `"${group[0].name}"` : `${group.length} tests, "${group[0].name}" first`;
    console.log(`skipped: ${names}: ${reason === "" ? "nobody says why" : reason}`);
  }
  if (isCi && tests.length > 0) failures.push("skipped tests, which CI=true forbids root");
}

mkdirSync(join(root, ".cache", "tests"), { recursive: true });
console.error("apmatrix: looking at the style (biome check)");
lint();
reportSkipped(runTests());
if (failures.length > 0) console.error(`apmatrix: failed: ${failures.join("; ")}`);
process.exitCode = failures.length === 0 ? 0 : 1;
