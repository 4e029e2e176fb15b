// The order of locks: all events keep it, and sequences that do not keep it are noticed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstOutOfOrder, LOCK_ORDER, LOCKS, type Lock } from "./locks.ts";

describe("locks", () => {
  for (const [does, steps] of Object.entries(LOCKS)) {
    it(`are taken in order and all let go: ${does}`, () => {
      assert.equal(firstOutOfOrder(steps), undefined);
    });
  }

  it("are never waited for in a circle", () => {
    const waitsFor = new Map<Lock, Set<Lock>>(LOCK_ORDER.map((lock) => [lock, new Set()]));
    for (const steps of Object.values(LOCKS)) {
      const held: Lock[] = [];
      for (const step of steps) {
        const [what, lock] = step.split(" ") as ["take" | "drop", Lock];
        if (what === "drop") held.pop();
        else for (const other of held) waitsFor.get(other)?.add(lock);
        if (what === "take") held.push(lock);
      }
    }
    const reaches = (from: Lock, to: Lock, seen: ReadonlySet<Lock> = new Set()): boolean =>
      [...(waitsFor.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, new Set([...seen, next]))),
      );
    for (const lock of LOCK_ORDER) assert.ok(!reaches(lock, lock), lock);
    // The graph is not empty.
    assert.ok(reaches("attribute", "mdevs"));
  });

  it("out of order are reported", () => {
    assert.equal(firstOutOfOrder(["take mdevs", "take kvm", "drop kvm", "drop mdevs"]), "kvm");
    assert.equal(
      firstOutOfOrder(["take guests", "take kvm", "take kvm", "drop kvm", "drop kvm", "drop guests"]),
      "kvm",
    );
    assert.equal(firstOutOfOrder(["take guests", "take kvm", "drop guests", "drop kvm"]), "guests");
    assert.equal(firstOutOfOrder(["take guests"]), "guests");
  });
});
