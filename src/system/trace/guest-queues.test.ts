// There is one queue, whatever level of guests asks it. docs/guests.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GuestHost, mdevOf, threeDeep, unbind } from "../../testing/support/guest-host.ts";

describe("a queue that several levels have", () => {
  const interrupts = (host: GuestHost, path?: string) => host.do({ op: "state" }, path).st?.irq;
  const LEVELS = [undefined, "g1", "g1/g2", "g1/g2/g3"] as const;

  it("has its interrupts switched by the innermost guest, through every host beneath", () => {
    const host = threeDeep();
    const aqic = (enable: boolean) =>
      host.do({ op: "aqic", guest: "g3", q: "05.0004", enable, isc: 3, nib: 8192 }, "g1/g2");
    assert.equal(aqic(true).rc, "00");
    for (const level of LEVELS) assert.deepEqual(interrupts(host, level), ["05.0004"], `${level}`);
    assert.equal(aqic(true).rc, "07");
    assert.equal(aqic(false).rc, "00");
    for (const level of LEVELS) assert.deepEqual(interrupts(host, level), [], `${level}`);
  });

  it("refuses interrupts to a guest whose own host does not have it any more", () => {
    const host = threeDeep();
    unbind(host, "05.0004");
    assert.equal(host.do({ op: "aqic", guest: "g3", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1/g2").rc, "01");
    assert.equal(host.do({ op: "aqic", guest: "g3", q: "05.0047", enable: true, isc: 3, nib: 8192 }, "g1/g2").rc, "01");
  });

  for (const [what, reset] of [
    [
      "the real card, which goes to standby",
      (host: GuestHost) => {
        host.do({ op: "card", id: 5, config: false });
      },
    ],
    [
      "the outermost host, which unbinds it",
      (host: GuestHost) => {
        unbind(host, "05.0004");
      },
    ],
    [
      "a guest on the way, which resets the device of its guest",
      (host: GuestHost) => {
        host.do({ op: "reset", guest: "g2", mdev: mdevOf(2) }, "g1");
      },
    ],
  ] as const)
    it(`is reset for all levels by ${what}`, () => {
      const host = threeDeep();
      host.do({ op: "aqic", guest: "g3", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1/g2");
      reset(host);
      for (const level of LEVELS) {
        const state = level === undefined ? host.player : host.player.guestPlayer(level);
        if (state) assert.deepEqual(interrupts(host, level), [], `${level}`);
      }
    });

  it("is reset for all levels by the innermost guest's own bus", () => {
    const host = threeDeep();
    host.do({ op: "aqic", guest: "g3", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1/g2");
    assert.equal(host.write("bus/ap/devices/05.0004/reset", "1", "g1/g2/g3").r, 2);
    for (const level of LEVELS) assert.deepEqual(interrupts(host, level), [], `${level}`);
  });

  it("has interrupts that another guest's loss leaves on", () => {
    const host = threeDeep();
    host.do({ op: "aqic", guest: "g3", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1/g2");
    unbind(host, "04.0047");
    host.scan("g1");
    for (const level of LEVELS) assert.deepEqual(interrupts(host, level), ["05.0004"], `${level}`);
  });
});
