// Files of a host's settings below a root that somebody else may have made: nothing out of it is read.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { readSettings } from "./settings-files.ts";

describe("a link among the settings below a root", () => {
  const parent = freshDirectory(temporaryDirectory());
  const root = join(parent, "root");
  const rules = join(root, "etc/udev/rules.d");
  mkdirSync(rules, { recursive: true });
  mkdirSync(join(root, "usr/share"), { recursive: true });
  writeFileSync(join(root, "usr/share/own.rules"), "own\n");
  writeFileSync(join(parent, "outside.rules"), "outside\n");

  it("is followed below the root, whether it is relative or begins at its top", () => {
    symlinkSync("../../../usr/share/own.rules", join(rules, "1.rules"));
    symlinkSync("/usr/share/own.rules", join(rules, "2.rules"));
    const { files, warnings } = readSettings(root, "udev/rules.d", ".rules");
    assert.deepEqual([files.map(({ text }) => text), warnings], [["own\n", "own\n"], []]);
  });

  it("is told and not read where it leads out of it, to a file or to what has no end", () => {
    symlinkSync("../../../../outside.rules", join(rules, "3.rules"));
    symlinkSync(`${"../".repeat(40)}proc/kmsg`, join(rules, "4.rules"));
    const { files, warnings } = readSettings(root, "udev/rules.d", ".rules");
    assert.equal(files.length, 2);
    assert.equal(warnings.length, 2);
    for (const warning of warnings) assert.match(warning, /\/[34]\.rules leads out of \/[^\n]*root$/);
  });
});
