// The record that apply keeps: as long as it goes on, of one run after the other, and nothing else is written over.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { Player } from "../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { ApplyRecord, recordBeside } from "./apply-record.ts";

const parent = temporaryDirectory();
const ONE = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const MDEV = `devices/vfio_ap/matrix/${ONE}`;

function host() {
  const player = new Player(DEFAULT_PROFILE);
  for (const [at, operation] of hostNamed("kernel-doc-guests").entries()) player.apply(operation, at + 1);
  return player.host;
}
const begun = (path: string) => new ApplyRecord({ path, file: "plan.jsonl", from: "/sys", host: host() });
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

describe("the record of apply", () => {
  it("says when each queue left whom, that it was zeroized, and by which rule", () => {
    const path = join(freshDirectory(parent), "plan.record");
    const record = begun(path);
    record.step(`${MDEV}/unassign_adapter`, "0x06");
    const sofar = readFileSync(path, "utf8").replace(TIME, "TIME");
    assert.match(
      sofar,
      /^# record of apmatrix apply: plan\.jsonl on \/sys\n# TIME, kernel linux-7\.3, user \d+\n# m1 7a2c1d3e-0001/,
    );
    assert.match(sofar, /^TIME {2}.*; guest Guest1 lost 06\.0004 06\.00ab; zeroized .*, rule §5 reset\)$/m);
    record.end("applied");
    const text = readFileSync(path, "utf8").replace(TIME, "TIME");
    assert.match(
      text,
      /^TIME {2}applied\n06\.0004: left m1 at TIME, zeroized at TIME\n06\.00ab: left m1 at TIME, zeroized at TIME\n$/m,
    );
  });

  it("is added to by the next run, as JSON Lines if its name says so", () => {
    const directory = freshDirectory(parent);
    for (const name of ["a.record", "a.jsonl"]) {
      const path = join(directory, name);
      for (const value of ["0x06", "0x05"]) {
        const record = begun(path);
        record.step(`${MDEV}/unassign_adapter`, value);
        record.end("stopped", "by\nSIGTERM");
      }
      const text = readFileSync(path, "utf8");
      assert.equal(text.match(/apmatrix apply/g)?.length, 2);
      if (!name.endsWith(".jsonl")) continue;
      const lines = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.equal(lines.length, 6);
      assert.match(lines[1].at, /^\d{4}-/);
      assert.deepEqual(lines[1].guests[0].lost, ["06.0004", "06.00ab"]);
      assert.deepEqual([lines[5].result, lines[5].message], ["stopped", "by\nSIGTERM"]);
    }
  });

  it("is not written over another file, nor where nothing can be written", () => {
    const directory = freshDirectory(parent);
    const other = join(directory, "notes.txt");
    writeFileSync(other, "mine\n");
    assert.throws(
      () => begun(other),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.equal(
          error.message,
          `${other}: is not a record of apply, and is not written over; name another file with --record`,
        );
        return true;
      },
    );
    assert.equal(readFileSync(other, "utf8"), "mine\n");
    assert.throws(() => begun(join(directory, "nowhere", "a.record")), UserError);
    mkdirSync(join(directory, "d.record"));
    assert.throws(() => begun(join(directory, "d.record")), UserError);
  });

  it("lies beside its plan", () => {
    assert.equal(recordBeside("/a/plan.jsonl"), "/a/plan.record");
    assert.equal(recordBeside("plan.jsonl.gz"), "plan.record");
    assert.equal(recordBeside("plan"), "plan.record");
  });
});
