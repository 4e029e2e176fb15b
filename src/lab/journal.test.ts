// The journal of a lab: what has been answered is in it, and a lab that reads it is where the last one left off.

import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import type { Operation } from "../system/trace/operation.ts";
import { playTrace } from "../system/trace/play.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import { DEFAULT_PROFILE, profileNamed } from "../system/vfio-ap/profiles.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, mountSmallDisk, temporaryDirectory } from "../testing/support/temporary.ts";
import { Lab } from "./lab.ts";

const parent = temporaryDirectory();
const GUESTS = hostNamed("kernel-doc-guests");
const CREATE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
const uuid = (n: number) => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
const create = (n: number): Operation => ({ op: "write", path: CREATE, value: `${uuid(n)}\n` });

const labOf = (journal: string, beginning = GUESTS, profile = DEFAULT_PROFILE) =>
  new Lab({ name: "lab", profile, beginning, journal });
const fileOf = (journal: string) => join(journal, "journal.jsonl");
const linesOf = (journal: string) => readFileSync(fileOf(journal), "utf8").trimEnd().split("\n");
const stateOf = (lab: Lab) => lab.apply({ op: "state" }).st;

/** What is said to somebody who cannot have the journal. */
function refusal(open: () => Lab): string {
  try {
    open().close();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.message.includes("\n"), false, "one line");
    return error.message;
  }
  return assert.fail("it was opened");
}

function assertPlays(journal: string): void {
  const trace = parseTrace(readFileSync(fileOf(journal), "utf8"));
  assert.ok(trace.ok, JSON.stringify(trace));
  const { differences, operations } = playTrace(trace.value);
  assert.ok(operations > 0);
  assert.deepEqual(differences, []);
}

describe("a journal", () => {
  it("has every operation that changes something, with its answer, before anybody gets it", () => {
    const journal = freshDirectory(parent);
    const lab = labOf(journal);
    const before = linesOf(journal).length;
    assert.equal(before, GUESTS.length + 1);
    lab.listen({ answered: (operation) => assert.equal(linesOf(journal).at(-1)?.includes(`"${operation.op}"`), true) });
    const answer = lab.apply(create(1));
    assert.deepEqual(JSON.parse(linesOf(journal).at(-1) as string).x, answer);
    lab.apply({ op: "scan", part: "notice" });
    lab.close();
    assert.equal(linesOf(journal).length, before + 2);
    assertPlays(journal);
  });

  it("leaves out what only looks", () => {
    const journal = freshDirectory(parent);
    const lab = labOf(journal);
    const before = linesOf(journal).length;
    for (const op of ["read", "readlink", "ls"] as const) lab.apply({ op, path: "bus/ap/devices" });
    stateOf(lab);
    lab.close();
    assert.equal(linesOf(journal).length, before);
  });

  it("brings the next lab to where the last one was, whatever has happened", () => {
    const size = { adapters: 4, domains: 4, mdevs: 3 };
    for (const seed of [1, 2, 3]) {
      const journal = freshDirectory(parent);
      const operations = new RandomOperations(new Random(seed), size);
      const beginning = [operations.init()];
      let state: unknown;
      for (let part = 0; part < 3; part++) {
        const lab = labOf(journal, beginning);
        if (part > 0) assert.deepEqual(stateOf(lab), state);
        assert.equal(lab.restored?.operations, part === 0 ? undefined : linesOf(journal).length - 1);
        for (let n = 0; n < 200; n++) lab.apply(operations.next());
        state = stateOf(lab);
        lab.close();
      }
      assertPlays(journal);
    }
  });

  it("knows writes that still wait when its lab ends", () => {
    const journal = freshDirectory(parent);
    const remove = (n: number): Operation => ({
      op: "write",
      path: `devices/vfio_ap/matrix/${uuid(n)}/remove`,
      value: "1",
    });
    const lab = labOf(journal);
    lab.apply(create(1));
    lab.apply({ op: "open", guest: "late", mdev: uuid(1) });
    assert.equal(lab.apply(remove(1)).r, "blocked");
    lab.close();
    const next = labOf(journal);
    const [done] = next.apply({ op: "close", guest: "late", mdev: uuid(1) }).done ?? [];
    next.close();
    assert.equal(done?.r, 1);
    assertPlays(journal);
  });

  it("of an older version, with nothing but its header, is of a machine whose host drivers only bind, each time that it is opened", () => {
    const header = { trace: "lab", format: 2, profile: DEFAULT_PROFILE.name, beginning: GUESTS.length };
    /** A queue that comes to the host is brought up by the real driver. */
    const count = { op: "read", path: "devices/ap/card05/05.0004/request_count" } as const;
    const host: Operation = { op: "write", path: "bus/ap/apmask", value: "+5\n" };
    const beginning = [...hostNamed("kernel-doc").slice(0, 1), { ...host, value: "-5\n" }];
    for (const [drivers, wanted] of [
      [{}, "-\n"],
      [{ drivers: "zcrypt" }, "0\n"],
    ] as const) {
      const journal = freshDirectory(parent);
      const text = JSON.stringify({ ...header, beginning: beginning.length, ...drivers });
      writeFileSync(fileOf(journal), `${text}\n`, { mode: 0o600 });
      const lab = labOf(journal, beginning);
      assert.equal(lab.apply(host).r, 3);
      assert.equal(lab.apply(count).t, wanted);
      lab.close();
      const again = labOf(journal, beginning);
      assert.equal(again.apply(count).t, wanted);
      again.close();
      assertPlays(journal);
    }
  });

  it("loses a torn last line, and the lab says how many bytes that were", () => {
    const journal = freshDirectory(parent);
    const lab = labOf(journal);
    lab.apply(create(1));
    const state = stateOf(lab);
    lab.close();
    const whole = readFileSync(fileOf(journal));
    const torn = '{"i":99,"op":"scan","x":{"r"';
    for (const length of [1, 9, torn.length]) {
      appendFileSync(fileOf(journal), torn.slice(0, length));
      const next = labOf(journal);
      assert.deepEqual(next.restored, { operations: GUESTS.length + 1, cut: length });
      assert.deepEqual(stateOf(next), state);
      next.close();
      assert.deepEqual(readFileSync(fileOf(journal)), whole);
    }
  });

  it("that was cut off at any byte is gone on with", () => {
    const journal = freshDirectory(parent);
    const lab = labOf(journal);
    lab.apply(create(1));
    lab.close();
    const whole = readFileSync(fileOf(journal));
    for (let length = 0; length <= whole.length; length += 97) {
      writeFileSync(fileOf(journal), whole.subarray(0, length));
      const next = labOf(journal);
      next.apply(create(2));
      next.close();
      assertPlays(journal);
    }
  });
});

describe("a journal that cannot be gone on with", () => {
  const journal = freshDirectory(parent);
  labOf(journal).close();

  it("is another host's", () => {
    const why = refusal(() => labOf(journal, hostNamed("kernel-doc")));
    assert.match(why, /journal\.jsonl is of another host; name that one, or another directory/);
    // The other way round: the smaller host begins as the larger one does.
    const shorter = freshDirectory(parent);
    labOf(shorter, GUESTS.slice(0, 1)).close();
    assert.match(
      refusal(() => labOf(shorter)),
      /is of another host/,
    );
    assert.match(
      refusal(() => labOf(journal, GUESTS.slice(0, 1))),
      /is of another host/,
    );
  });

  it("is another profile's", () => {
    const older = profileNamed("linux-6.12");
    assert.ok(older);
    const why = refusal(() => labOf(journal, GUESTS, older));
    assert.match(why, new RegExp(`is of profile ${DEFAULT_PROFILE.name}, not linux-6.12; use --profile`));
  });

  it("is in use by another lab", () => {
    const lab = labOf(journal);
    assert.match(
      refusal(() => labOf(journal)),
      new RegExp(`is in use by process ${process.pid}; stop that lab`),
    );
    lab.close();
    labOf(journal).close();
  });

  it("has a line that is not an operation", () => {
    const damaged = freshDirectory(parent);
    labOf(damaged).close();
    appendFileSync(fileOf(damaged), '{"i":99,"op":"nonsense"}\n');
    assert.match(
      refusal(() => labOf(damaged)),
      /journal\.jsonl:21:\d+: expected .*; move the journal away/,
    );
    writeFileSync(fileOf(damaged), "not a journal at all");
    assert.match(
      refusal(() => labOf(damaged)),
      /journal\.jsonl:1:\d+: expected .*; move the journal away/,
    );
    assert.equal(readFileSync(fileOf(damaged), "utf8"), "not a journal at all", "nothing of it is lost");
  });

  it("holds an answer that this version does not give", () => {
    const altered = freshDirectory(parent);
    labOf(altered).close();
    appendFileSync(fileOf(altered), '{"i":99,"op":"scan","x":{"r":"EIO"}}\n');
    const why = refusal(() => labOf(altered));
    assert.match(why, /journal\.jsonl:21: this answer is not what was recorded; .*"apmatrix play/);
  });

  it("is in a place that is not a directory", () => {
    const file = join(freshDirectory(parent), "file");
    writeFileSync(file, "");
    assert.match(
      refusal(() => labOf(file)),
      /journal directory .* cannot be used: is a file, not a directory/,
    );
    assert.match(
      refusal(() => labOf(join(file, "below"))),
      /cannot be used: ENOTDIR/,
    );
  });
});

describe("a journal whose disk is full", { skip: await mountSkip() }, () => {
  it("ends its lab: nobody gets an answer that is not in it, and the next lab is where the last answer was", () => {
    const disk = freshDirectory(parent, "disk");
    mountSmallDisk(disk, 16384);
    const journal = join(disk, "journal");
    const lab = labOf(journal);
    const failures: unknown[] = [];
    lab.listen({ failed: (why) => failures.push(why) });
    let created = 0;
    assert.throws(() => {
      for (; created < 1000; created++) lab.apply(create(created + 1));
    }, /journal\.jsonl cannot be written: ENOSPC; the lab ends where it stands/);
    assert.throws(() => lab.apply({ op: "scan", part: "all" }), /ENOSPC/);
    assert.equal(failures.length, 1);
    lab.close();
    // Taken to where there is room.
    const larger = freshDirectory(parent);
    writeFileSync(fileOf(larger), readFileSync(fileOf(journal)));
    const restored = labOf(larger);
    const made = Object.keys(stateOf(restored)?.mdevs ?? {}).filter((name) => name.startsWith("6d646576"));
    assert.equal(made.length, created);
    assert.equal((restored.restored?.cut ?? 0) > 0, true, "the line that had no room");
    restored.close();
  });
});

describe("a directory of a journal", () => {
  it("holds the journal and the lock, and nothing else", () => {
    const journal = freshDirectory(parent);
    const lab = labOf(journal);
    assert.deepEqual(readdirSync(journal).sort(), ["journal.jsonl", "lock"]);
    lab.close();
  });
});
