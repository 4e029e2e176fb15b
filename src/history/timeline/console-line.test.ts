// Lines of the console: real paths and values, actions by names that people see, and what is wrong with a line.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationsFromWords } from "../scenario/event-words.ts";
import { readConsoleLine } from "./console-line.ts";

const UUIDS = ["62177883-f1bb-47f0-914d-32a22e3a8804", "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001"] as const;
const KNOWN = { mdevs: UUIDS, guests: ["Guest 1", "alpha", "g1"] };
const read = (text: string) => readConsoleLine(text, KNOWN);
const written = (text: string) => {
  const line = read(text);
  const operation = line.kind === "act" ? line.operations[0] : undefined;
  return operation?.op === "write" ? [operation.path, operation.value] : line;
};

describe("a line of the console", () => {
  it("writes what a shell would", () => {
    assert.deepEqual(written("echo 0x54 > /sys/bus/ap/apmask"), ["bus/ap/apmask", "0x54\n"]);
    assert.deepEqual(written("$ echo -n '5' >bus/ap/apmask"), ["bus/ap/apmask", "5"]);
    assert.deepEqual(written('echo "-5,-6" > "/sys/bus/ap/apmask"'), ["bus/ap/apmask", "-5,-6\n"]);
    assert.deepEqual(written("echo > /sys/x"), ["x", "\n"]);
    assert.deepEqual(written("printf '1\\n' > /sys/bus/ap/scans"), ["bus/ap/scans", "1\n"]);
    assert.deepEqual(written("echo 4 > $m2/assign_domain"), [
      `devices/vfio_ap/matrix/${UUIDS[1]}/assign_domain`,
      "4\n",
    ]);
  });

  it("looks at files, directories and links", () => {
    assert.deepEqual(read("cat /sys/bus/ap/apmask"), {
      kind: "look",
      operation: { op: "read", path: "bus/ap/apmask" },
    });
    assert.deepEqual(read("ls $m1"), {
      kind: "look",
      operation: { op: "ls", path: `devices/vfio_ap/matrix/${UUIDS[0]}` },
    });
    assert.deepEqual(read("ls /sys"), { kind: "look", operation: { op: "ls", path: "" } });
  });

  it("does what scenarios do, to mdevs by their numbers and to guests by their names", () => {
    const same = operationsFromWords(`assign ${UUIDS[1]} adapter 04 domain 0047`);
    assert.deepEqual(read("assign m2 adapter 04 domain 0047"), { kind: "act", operations: same.ok && same.value });
    assert.deepEqual(read("stop alpha m1"), {
      kind: "act",
      operations: [{ op: "close", guest: "alpha", mdev: UUIDS[0] }],
    });
    assert.deepEqual(read("stop"), read("stop g1 m1"));
    assert.deepEqual(read("stop g1 m1"), { kind: "act", operations: [{ op: "close", guest: "g1", mdev: UUIDS[0] }] });
  });

  it("that is none says what was expected", () => {
    for (const text of [
      "",
      "frob",
      "cat",
      "echo 5",
      "assign m3 adapter 04",
      "host adapter 04 domain 0001",
      "stop me",
    ]) {
      assert.equal(read(text).kind, "wrong", text);
    }
  });
});
