// The CI kit of examples/ci, run as a user would, with the tools that the other tests have.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "./run-tool.ts";
import { CLIENTS, canMount, fetchedTools, program, ROOT, s390Environment, unless } from "./tools.ts";

describe("the CI kit", { skip: unless(canMount, fetchedTools, program("mdevctl", "mdevctl")) }, () => {
  it("runs its lanes in parallel, and writes TAP and JUnit", async () => {
    const results = mkdtempSync(join(tmpdir(), "apmatrix-"));
    // As npm installs it.
    symlinkSync(join(ROOT, "bin", "apmatrix.mjs"), join(results, "apmatrix"));
    try {
      const { code, stdout, stderr } = await run(["sh", join(ROOT, "examples", "ci", "run.sh"), results], {
        environment: {
          PATH: `${results}:${process.env.PATH}`,
          ...s390Environment(CLIENTS),
        },
        limit: 120,
      });
      assert.equal(code, 0, stdout + stderr);
      const tap = readFileSync(join(results, "results.tap"), "utf8");
      assert.match(tap, /^TAP version 13\n1\.\.7\n/);
      assert.equal(tap.match(/^ok \d - (lszcrypt|mdevctl): /gm)?.length, 7);
      const junit = readFileSync(join(results, "results.xml"), "utf8");
      assert.match(junit, /<testsuite name="lszcrypt" tests="4" failures="0">/);
      assert.match(junit, /<testcase classname="mdevctl" name="a domain leaves a guest that runs, /);
    } finally {
      rmSync(results, { recursive: true });
    }
  });
});
