// Counts lines of code by wing, at any commits: `node scripts/count-lines.mjs [BASE] [COMMIT]`. A line counts that is neither empty nor
// a comment; tests do not count. With two commits, code that was shipped at BASE and stands below testing/ at COMMIT still counts as
// production code, so that moving it there does not look like writing less.
import { spawnSync } from "node:child_process";

/** Folders of src that are not shipped: today's, and those of before the ten wings. */
const NOT_SHIPPED = /^(testing|trial|clients|bench|[a-z]+-bench|soak|[a-z]+-soak|web-test)$/;

function git(...parameters) {
  const { status, stdout, stderr } = spawnSync("git", parameters, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) {
    console.error(`count-lines: git ${parameters[0]}: ${stderr.trim()}`);
    process.exit(1);
  }
  return stdout;
}

const isCode = (path) => /^src\/.+\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path);
const folderOf = (path) => path.split("/")[1];
const isShipped = (path) => !NOT_SHIPPED.test(folderOf(path));
const isLine = (line) => line.trim() !== "" && !/^\s*(\/\/|\/\*|\*)/.test(line);

/** Lines of every file of code at a commit, by path. */
function linesAt(commit) {
  const paths = git("ls-tree", "-r", "--name-only", commit, "src").split("\n").filter(isCode);
  return new Map(paths.map((path) => [path, git("show", `${commit}:${path}`).split("\n").filter(isLine).length]));
}

/** Paths below testing/ at `commit` that were shipped at `base`. */
function movedToTesting(base, commit) {
  const rows = git("diff", "-M40%", "--diff-filter=R", "--name-status", base, commit, "--", "src").split("\n");
  const moves = rows.map((row) => row.split("\t").slice(1)).filter(([, to]) => to);
  return new Set(moves.filter(([from, to]) => isCode(to) && isShipped(from) && !isShipped(to)).map(([, to]) => to));
}

function report(commit, moved) {
  const sums = new Map();
  for (const [path, lines] of linesAt(commit)) {
    const name = isShipped(path) ? folderOf(path) : moved.has(path) ? "testing, shipped before" : "not shipped";
    sums.set(name, (sums.get(name) ?? 0) + lines);
  }
  console.log(`${commit} (${git("rev-parse", "--short", commit).trim()})`);
  for (const [name, lines] of [...sums].sort()) console.log(`  ${String(lines).padStart(6)}  ${name}`);
  const production = [...sums].filter(([name]) => name !== "not shipped").reduce((sum, [, lines]) => sum + lines, 0);
  console.log(`  ${String(production).padStart(6)}  production code`);
  return production;
}

const [base, commit = "HEAD"] = process.argv.length > 3 ? process.argv.slice(2) : [undefined, process.argv[2]];
const before = base === undefined ? undefined : report(base, new Set());
const after = report(commit, base === undefined ? new Set() : movedToTesting(base, commit));
if (before !== undefined) console.log(`${after - before} lines, ${((100 * after) / before).toFixed(1)} %`);
