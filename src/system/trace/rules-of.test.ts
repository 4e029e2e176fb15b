// Every member of every recorded answer leads to rules that docs/rules.md has.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Operation } from "./operation.ts";
import { rulesOf } from "./rules-of.ts";
import { parseTrace } from "./trace-file.ts";

const TRACES = new URL("../../../conformance/traces/", import.meta.url);
const text = readFileSync(new URL("../../../docs/rules.md", import.meta.url), "utf8");
const ids = [...text.matchAll(/^\| ((?:bus |device )?§[^|]*) \|/gm)].map(([, id]) => id as string);
const isKnown = (section: string): boolean => ids.some((id) => id === section || id.startsWith(`${section} `));

const write = (path: string): Operation => ({ op: "write", path, value: "" });
const QUEUE = "devices/ap/card04/04.0047";
const MDEV = "devices/vfio_ap/matrix/62177883-f1bb-47f0-914d-32a22e3a8804";

describe("the rules that decide an answer", () => {
  it("are in docs/rules.md, for every member that was ever recorded", () => {
    const members = new Set<string>();
    for (const file of readdirSync(TRACES).filter((name) => name.endsWith(".jsonl"))) {
      const trace = parseTrace(readFileSync(new URL(file, TRACES), "utf8"));
      assert.ok(trace.ok);
      for (const { operation, expected = {}, line } of trace.value.lines) {
        for (const [member, value] of Object.entries(expected)) {
          // No rule is needed to answer 0, nor for a name that does not exist.
          const isPlain = value === 0 || value === "ENOENT";
          const inner = member === "st" ? Object.keys(value as object).map((key) => `st.${key}`) : [member];
          for (const name of inner) {
            const rules = rulesOf(operation, name);
            assert.ok(rules.length > 0 || isPlain, `${file}:${line}: ${name}`);
            for (const rule of rules) assert.ok(isKnown(rule), `${file}:${line}: ${rule}`);
            members.add(name);
          }
        }
      }
    }
    for (const member of ["r", "t", "l", "rc", "apcb", "irq", "uev", "done", "st.cards"])
      assert.ok(members.has(member));
  });

  for (const [what, operation, member, rules] of [
    ["an unbind that costs another adapter", write("bus/ap/drivers/vfio_ap/unbind"), "apcb.g1", ["§8"]],
    ["another errno of an assignment", write(`${MDEV}/assign_domain`), "r", ["device §5.1"]],
    ["another guest after an unassignment", write(`${MDEV}/unassign_domain`), "apcb.g1", ["§5"]],
    ["an override", write(`${QUEUE}/driver_override`), "r", ["bus §4.5"]],
    ["a write to reset", write(`${QUEUE}/reset`), "r", ["bus §6"]],
    ["another text of a queue", { op: "read", path: `${QUEUE}/request_count` }, "t", ["bus §6"]],
    ["another shadow", { op: "read", path: `${MDEV}/guest_matrix` }, "t", ["device §4", "§3.1"]],
    ["an eventfd", { op: "eventfd", guest: "g1", mdev: "m", index: 0, on: true }, "r", ["device §6"]],
    ["a request", { op: "request", mdev: "m" }, "apcb.g1", ["§11.4"]],
  ] as const) {
    it(`of ${what}: ${rules.join(", ")}`, () => {
      assert.deepEqual(rulesOf(operation, member), rules);
      for (const rule of rules) assert.ok(isKnown(rule), rule);
    });
  }

  it("are none for a path that is not the kernel's", () => {
    assert.deepEqual(rulesOf(write("nothing/like/it"), "r"), []);
  });
});
