// Tests of the package as npm packs it, unpacked where no other package is near: all that is shipped starts, finds its files, and tells
// places of its errors in the sources.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("the package", () => {
  const directory = mkdtempSync(join(tmpdir(), "apmatrix-"));
  const root = join(directory, "package");
  const [name = ""] = readdirSync(join(ROOT, "dist/bundle")).filter((entry) =>
    entry.startsWith(`compiled-${process.version}-`),
  );
  const kept = join(root, "dist/bundle", name);
  after(() => rmSync(directory, { recursive: true }));

  function run(command: string, ...args: readonly string[]) {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
    if (error) throw error;
    return { status, stdout, stderr };
  }
  const apmatrix = (...args: readonly string[]) => run(process.execPath, "bin/apmatrix.mjs", ...args);

  before(() => {
    const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(packed.status, 0, packed.stderr);
    assert.equal(spawnSync("tar", ["-xzf", join(directory, packed.stdout.trim()), "-C", directory]).status, 0);
    assert.ok(!existsSync(kept), "compiled code is of one machine");
    cpSync(join(ROOT, "dist/bundle", name), kept, { recursive: true });
  });

  it("has few files, and neither sources nor tests", () => {
    const scripts = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (path) => /\.(ts|tsx|[cm]?js)$/.test(path) && !/^examples\/|^dist\/types\/.*\.d\.ts$/.test(path),
    );
    assert.ok(scripts.length < 150, `${scripts.length} scripts`);
    assert.deepEqual(
      scripts.filter((path) => /\.tsx?$|test/.test(path)),
      [],
    );
  });

  it("needs no other package, whose licences it has with it", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies?: object };
    assert.equal(dependencies, undefined);
    assert.match(
      readFileSync(join(root, "dist/bundle/LICENSES.txt"), "utf8"),
      /^zod \d+\.\d+\.\d+ \(MIT\)\n\nMIT License/m,
    );
  });

  it("has every file that its scripts ask for", () => {
    const bundle = join(root, "dist", "bundle");
    const asked = readdirSync(bundle)
      .filter((name) => /\.c?js$/.test(name))
      .flatMap((name) => [...readFileSync(join(bundle, name), "utf8").matchAll(/new URL\(["`](\.[^"`$]*)/g)])
      .map(([, path = ""]) => path);
    assert.ok(asked.length > 5);
    assert.deepEqual(
      asked.filter((path) => !existsSync(join(bundle, path))),
      [],
    );
  });

  it("starts its commands", () => {
    assert.match(apmatrix("--version").stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match(apmatrix("show", "--from", "hosts/kernel-doc.yaml").stdout, /2 cards, 8 queues/);
    const { status, stderr } = run("sh", "scripts/mdevctl-callout");
    assert.equal(status, 1);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("starts its workers", () => {
    const counted = apmatrix(..."check --model reference --host 2x2x1 --workers 2 --format json".split(" "));
    assert.equal(JSON.parse(counted.stdout).states, 32_684);
  });

  it("takes the types off a property file", () => {
    const file = join(directory, "own.ts");
    const holds = "holds: (): boolean => true";
    writeFileSync(
      file,
      `export const properties = [{ name: "own", sentence: "so it is", kind: "always", on: "state", ${holds} }];`,
    );
    const { stdout } = apmatrix("check", "--host", "1x1x1", "--property-file", file, "--property", "own");
    assert.match(stdout, /^own: so it is: /m);
  });

  it("tells places of errors in the sources", () => {
    const broken = "data:text/javascript,process.stdout.write=()=>{throw new Error('broken')}";
    const { status, stderr } = run(
      "env",
      "NODE_DEBUG=apmatrix",
      process.execPath,
      "--import",
      broken,
      "bin/apmatrix.mjs",
      "show",
      "--from",
      "hosts/kernel-doc.yaml",
    );
    assert.equal(status, 1);
    assert.match(stderr, /^APMATRIX \d+: Error: broken\n(.*\n)* +at .*\(src\/cli\/show-command\.ts:\d+:\d+\)\n/m);
    const [, file = "", line] = /\((src\/cli\/show-command\.ts):(\d+)/.exec(stderr) ?? [];
    assert.match(
      readFileSync(join(ROOT, file), "utf8").split("\n")[Number(line) - 1] as string,
      /process\.stdout\.write/,
    );
  });

  it("runs what V8 kept when the bundle was built, and compiles anew what V8 rejects", () => {
    const tells = `import vm from "node:vm"; const { Script } = vm;
      vm.Script = function (...words) {
        const script = new Script(...words);
        console.error(script.cachedDataRejected);
        return script;
      };`;
    const show = () =>
      run(
        process.execPath,
        "--import",
        `data:text/javascript,${encodeURIComponent(tells)}`,
        "bin/apmatrix.mjs",
        ..."show --from hosts/kernel-doc.yaml".split(" "),
      );
    const quick = show();
    assert.match(quick.stderr, /^(false\n){20,}$/);
    for (const file of readdirSync(kept)) truncateSync(join(kept, file), 100);
    const slow = show();
    assert.match(slow.stderr, /^(true\n){20,}$/);
    assert.equal(slow.stdout, quick.stdout);
  });

  it("says what to do where it is not built", () => {
    const fresh = join(directory, "fresh");
    mkdirSync(join(fresh, "bin"), { recursive: true });
    copyFileSync(join(root, "bin/apmatrix.mjs"), join(fresh, "bin/apmatrix.mjs"));
    const { status, stderr } = run(process.execPath, join(fresh, "bin/apmatrix.mjs"), "show");
    assert.equal(status, 1);
    assert.equal(stderr, `apmatrix: it is not built yet: run "npm run build" in ${fresh}/\n`);
  });
});
