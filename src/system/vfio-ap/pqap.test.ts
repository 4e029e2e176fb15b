// PQAP as KVM intercepts it (docs/kernel/hotplug.md §15.1).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { smallHost } from "../../testing/soak/small-host.ts";
import { interceptPqap, type Pqap } from "./pqap.ts";

/** Interrupt control of 04.0004: enable, ISC 3, notification byte at 0x2000. */
const ENABLE: Pqap = {
  gr0: 0x03000404,
  gr1: (1n << 47n) | 3n,
  gr2: 0x2000n,
  problemState: false,
  ap: true,
  apft: true,
  apqi: true,
  aiv: true,
};

describe("PQAP of a guest", () => {
  it("enables and disables interrupts; the status stands in the low half of GR1", () => {
    const { host, guest } = smallHost();
    assert.deepEqual(interceptPqap(host, guest, ENABLE), { kind: "done", conditionCode: 0, gr1: 0n });
    assert.deepEqual(interceptPqap(host, guest, ENABLE), { kind: "done", conditionCode: 3, gr1: 0x070000n });
    assert.deepEqual(interceptPqap(host, guest, { ...ENABLE, gr1: 0n }), { kind: "done", conditionCode: 0, gr1: 0n });
  });

  it("gets response code 01 for a queue that is not linked", () => {
    const { host, guest } = smallHost();
    const answer = interceptPqap(host, guest, { ...ENABLE, gr0: 0x03000504 });
    assert.deepEqual(answer, { kind: "done", conditionCode: 3, gr1: 0x010000n });
  });

  it("gets it in the upper half when the guest has no device (docs/kernel/faults.md B-16)", () => {
    const { host } = smallHost();
    const answer = interceptPqap(host, host.state.names.numberOf("stranger"), ENABLE);
    assert.deepEqual(answer, { kind: "done", conditionCode: 3, gr1: 0x010000n << 32n });
  });

  it("takes adapter and domain from the low half of GR0", () => {
    const { host, guest } = smallHost();
    interceptPqap(host, guest, { ...ENABLE, gr0: 0x03000447 });
    assert.deepEqual(host.state.interrupts.row(4 as never).ids(), [0x47]);
  });

  const cases: readonly (readonly [string, Partial<Pqap>, string])[] = [
    ["without AP instructions", { ap: false }, "to-userspace"],
    ["with another function code", { gr0: 0x04000404 }, "to-userspace"],
    ["in problem state", { problemState: true }, "privileged-operation"],
    ["with reserved bits", { gr0: 0x03010404 }, "specification"],
    ["with the T bit but not facility 15", { gr0: 0x03800404, apft: false }, "specification"],
    ["without facility 65", { apqi: false }, "specification"],
    ["without AIV", { aiv: false }, "to-userspace"],
  ];
  for (const [what, change, expected] of cases) {
    it(`${what}: ${expected}`, () => {
      const { host, guest } = smallHost();
      const answer = interceptPqap(host, guest, { ...ENABLE, ...change });
      assert.equal(answer.kind === "exception" ? answer.exception : answer.kind, expected);
    });
  }

  it("checks problem state before the registers", () => {
    const { host, guest } = smallHost();
    const answer = interceptPqap(host, guest, { ...ENABLE, gr0: 0x03010404, problemState: true });
    assert.deepEqual(answer, { kind: "exception", exception: "privileged-operation" });
  });

  it("refuses numbers that need extended addressing where there is none", () => {
    const { host, guest } = smallHost(undefined, false);
    for (const gr0 of [0x03004004, 0x03000410]) {
      assert.equal(interceptPqap(host, guest, { ...ENABLE, gr0 }).kind, "exception");
    }
    assert.equal(interceptPqap(host, guest, ENABLE).kind, "done");
  });
});
