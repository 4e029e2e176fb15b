// The CI kit of examples/ci, run as a user would, with the tools that the other tests have.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { shellWord } from "../../system/ap/quoted.ts";
import { freshDirectory, temporaryDirectory } from "../support/temporary.ts";
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
      assert.match(junit, /<testsuite name="lszcrypt" tests="4" failures="0" skipped="0">/);
      assert.match(junit, /<testcase classname="mdevctl" name="a domain leaves a guest that runs, /);
    } finally {
      rmSync(results, { recursive: true });
    }
  });
});

/** Tests of one lane that do not just pass, by their names. */
const TESTS = {
  "01-hangs": `# a removal waits for a guest that nobody stops
uuid=7a2c1d3e-0004-4c58-9b1e-5f0c0a6d0004
echo $uuid >/sys/class/mdev_bus/matrix/mdev_supported_types/vfio_ap-passthrough/create
$APMATRIX lab event --name "$LAB" start g1 $uuid
sleep 4711 &
echo 1 >/sys/bus/mdev/devices/$uuid/remove`,
  "02-fails": "# fails\ncat /sys/bus/ap/config_time\n[ 1 = 2 ]",
  "03-needs": "# says what it needs\n# needs: sh no-such-tool\nexit 1",
  "04-calls": "# calls what is not there\ncat /sys/bus/ap/config_time\nno-such-tool --version",
  "05-passes": "# passes\ncat /sys/bus/ap/config_time",
} as const;

describe("the CI kit with tests that do not pass", { skip: unless(canMount) }, () => {
  const parent = temporaryDirectory();

  it("ends what hangs, keeps what is known of failures, and skips what lacks a tool", async () => {
    const kit = freshDirectory(parent, "kit");
    const lane = join(kit, "lanes", "odd");
    mkdirSync(lane, { recursive: true });
    cpSync(join(ROOT, "examples", "ci", "run.sh"), join(kit, "run.sh"));
    cpSync(join(ROOT, "examples", "ci", "lanes", "mdevctl", "host.yaml"), join(lane, "host.yaml"));
    for (const [name, text] of Object.entries(TESTS)) writeFileSync(join(lane, `${name}.sh`), `${text}\n`);
    const results = join(kit, "results");
    // One word, wherever this checkout is.
    const apmatrix = join(kit, "apmatrix");
    const words = [process.execPath, join(ROOT, "bin", "apmatrix.mjs")].map(shellWord);
    writeFileSync(apmatrix, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
    const environment = { APMATRIX: apmatrix, LIMIT: "6" };
    const { code, stdout, stderr } = await run(["sh", join(kit, "run.sh"), results], { environment, limit: 200 });
    assert.equal(code, 1, stdout + stderr);
    const lines = stdout.split("\n").filter((line) => /^(?:not )?ok /.test(line));
    assert.deepEqual(lines, [
      "not ok 1 - odd: a removal waits for a guest that nobody stops",
      "not ok 2 - odd: fails",
      "ok 3 - odd: says what it needs # SKIP no-such-tool is not installed",
      "ok 4 - odd: calls what is not there # SKIP no-such-tool is not installed",
      "ok 5 - odd: passes",
    ]);
    // What runs in the background may be told after it.
    assert.match(
      stdout,
      /\+ echo 1\n(?: +\+ sleep 4711\n)? +apmatrix: the command is not done after 6 seconds: it is ended\n/,
    );
    const junit = readFileSync(join(results, "results.xml"), "utf8");
    assert.match(junit, /<testsuite name="odd" tests="5" failures="2" skipped="2">/);
    assert.deepEqual(readdirSync(join(results, "failed", "odd")), ["01-hangs", "02-fails"]);
    const kept = (name: string) => readFileSync(join(results, "failed", "odd", "01-hangs", name), "utf8");
    assert.match(kept("show"), /guest g1, running, removal waits/);
    assert.match(kept("journal.jsonl"), /"r":"blocked"/);
    assert.match(kept("output"), /^\+ uuid=/);
    const processes = await run(["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"]);
    assert.doesNotMatch(processes.stdout, /sleep 4711/);
  });
});
