// Guests that have a Linux of their own: when they boot and end; what a player keeps of them, and refuses. docs/guests.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL, GuestHost, mdevOf, ONLY_04, threeDeep, unbind } from "../../testing/support/guest-host.ts";
import { isLongForm } from "../../testing/support/long-form.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { MOST_GUESTS } from "./guest-machines.ts";
import { Player } from "./player.ts";

const POLLING = { guests: { g1: { notice: "scan" } } };

describe("a guest", () => {
  it("boots with the masks of the moment in which it is started", () => {
    const host = new GuestHost(POLLING);
    unbind(host, "05.0047");
    host.start("g1");
    assert.equal(host.devices("g1"), ONLY_04);
    assert.equal(host.cat("bus/ap/bindings", "g1"), "2/2 (complete)");
    assert.deepEqual(host.player.guestNames, ["g1"]);
  });

  it("boots again when its device is reset, with the masks of that moment and nothing of before", () => {
    const host = new GuestHost(POLLING);
    host.start("g1");
    host.bus("apmask", "0x0", "g1");
    host.start("g2", { inside: "g1", mdev: 7 });
    unbind(host, "05.0047");
    assert.equal(host.devices("g1"), ALL);
    assert.equal(host.do({ op: "reset", guest: "g1", mdev: mdevOf(1) }).r, 0);
    assert.equal(host.devices("g1"), ONLY_04);
    assert.match(host.cat("bus/ap/apmask", "g1"), /^0xffff/);
    assert.deepEqual(host.do({ op: "scan", in: "g1/g2" }), { r: "EBADF" });
    assert.equal(host.do({ op: "ls", path: "bus/mdev/devices" }, "g1").r, 0);
  });

  it("boots again even if one of its queues could not be reset", () => {
    const host = new GuestHost(POLLING);
    host.start("g1");
    host.do({ op: "card", id: 5, config: false });
    assert.equal(host.do({ op: "reset", guest: "g1", mdev: mdevOf(1) }).r, "EIO");
    assert.equal(host.cat("devices/ap/card05/config", "g1"), "0");
  });

  it("that is stopped takes its own guests along", () => {
    const host = threeDeep();
    assert.deepEqual(host.player.guestPaths(), ["g1", "g1/g2", "g1/g2/g3"]);
    host.do({ op: "close", guest: "g1", mdev: mdevOf(1) });
    assert.deepEqual(host.player.guestPaths(), []);
    for (const path of ["g1", "g1/g2", "g1/g2/g3"]) assert.equal(host.scan(path).r, "EBADF");
    // Started again it is a new machine, without the mdevs of the old one.
    host.do({ op: "open", guest: "g1", mdev: mdevOf(1) });
    assert.deepEqual(host.player.guestPaths(), ["g1"]);
    assert.equal(host.scan("g1/g2").r, "EBADF");
  });

  it("that does not run, or is refused its device, has no inside", () => {
    const host = new GuestHost();
    assert.equal(host.scan("g1").r, "EBADF");
    host.start("g1");
    assert.equal(host.do({ op: "open", guest: "g2", mdev: mdevOf(1) }).r, "EBUSY");
    assert.equal(host.do({ op: "open", guest: null, mdev: mdevOf(1) }).r, "EBUSY");
    assert.equal(host.scan("g2").r, "EBADF");
    assert.equal(host.scan("g1/g2").r, "EBADF");
    assert.equal(host.scan("g1").r, 0);
  });

  it("of any name has an inside, also inside of others", () => {
    const names = ["__proto__", "a b", "constructor", "ä\n"];
    const made = Object.fromEntries(names.map((name) => [name, { notice: "scan", apmask: "0x0" }]));
    for (const name of names) {
      const text = JSON.stringify({ guests: { outer: { apmask: "0x0", guests: "?" } } });
      const init = JSON.parse(text.replace('"?"', JSON.stringify(made))) as object;
      const host = new GuestHost(init);
      host.start("outer");
      host.start(name, { inside: "outer" });
      const path = `outer/${name}`;
      assert.equal(host.devices(path), ALL);
      assert.match(host.cat("bus/ap/apmask", path), /^0x0000/);
      const { st } = host.do({ op: "state", guests: true });
      const inside = st?.inside?.outer?.inside ?? {};
      assert.deepEqual(Object.keys(inside), [name]);
      assert.ok(Object.getOwnPropertyDescriptor(inside, name));
    }
  });

  it("of a host without guests that have a Linux has none, and the host answers as ever", () => {
    const plain = new Player(DEFAULT_PROFILE);
    const host = new GuestHost({ guests: undefined });
    assert.equal(plain.guestPlayer("g1"), undefined);
    host.start("g1");
    assert.equal(host.player.hasInside, false);
    assert.equal(host.scan("g1").r, "EBADF");
    const { st } = host.do({ op: "state", guests: true });
    assert.deepEqual(st?.inside, {});
  });
});

describe("more guests than there is room for", () => {
  it("have no Linux until others stop, at whatever depth", () => {
    const host = new GuestHost({ guests: { g0: { apmask: "0x0" } } });
    const start = (name: string, mdev: number, inside?: string) =>
      host.start(name, { adapters: [], domains: [], mdev, ...(inside !== undefined && { inside }) });
    start("g0", 0);
    for (let n = 1; n < MOST_GUESTS - 1; n++) start(`g${n}`, n);
    start("inner", 1, "g0");
    assert.equal(host.player.guestPaths().length, MOST_GUESTS);
    start("late", 5000);
    start("later", 2, "g0");
    assert.equal(host.scan("late").r, "EBADF");
    assert.equal(host.scan("g0/later").r, "EBADF");
    // With g0 both it and the guest in it go.
    host.do({ op: "close", guest: "g0", mdev: mdevOf(0) });
    assert.equal(host.player.guestPaths().length, MOST_GUESTS - 1);
    assert.equal(host.scan("late").r, 0);
    start("again", 5001);
    assert.equal(host.scan("again").r, 0);
    assert.equal(host.player.guestPaths().length, MOST_GUESTS);
    start("one too many", 5002);
    assert.equal(host.scan("one too many").r, "EBADF");
    // One that boots again keeps its place.
    host.do({ op: "reset", guest: "again", mdev: mdevOf(5001) });
    assert.equal(host.scan("again").r, 0);
    assert.equal(host.scan("one too many").r, "EBADF");
  });

  // As many as before, once more.
  if (isLongForm)
    it("are counted anew where a player goes on from another moment", () => {
      const host = threeDeep();
      const saved = host.player.save();
      host.do({ op: "close", guest: "g1", mdev: mdevOf(1) });
      for (let round = 0; round < 3; round++) {
        host.player.restore(saved);
        host.do({ op: "reset", guest: "g1", mdev: mdevOf(1) });
        assert.deepEqual(host.player.guestPaths(), ["g1"]);
      }
      for (let n = 10; n < MOST_GUESTS + 9; n++) host.start(`g${n}`, { adapters: [], domains: [], mdev: n });
      assert.equal(host.player.guestPaths().length, MOST_GUESTS);
      host.start("late", { adapters: [], domains: [], mdev: 9000 });
      assert.equal(host.scan("late").r, "EBADF");
    });
});

describe("guests that a host has already", () => {
  it("boot when they are given a Linux", () => {
    const host = new GuestHost({ guests: undefined });
    host.start("g1");
    host.player.giveGuestsLinux(new Map());
    assert.equal(host.devices("g1"), ALL);
  });
});

describe("a refusal inside", () => {
  it("leaves every buffer of every level as it was", () => {
    const host = threeDeep();
    const before = host.buffers();
    const refused: readonly (readonly [object, string, string])[] = [
      [{ op: "write", path: `devices/vfio_ap/matrix/${mdevOf(2)}/assign_adapter`, value: "4" }, "g1", "EADDRNOTAVAIL"],
      [{ op: "write", path: `devices/vfio_ap/matrix/${mdevOf(2)}/assign_adapter`, value: "x" }, "g1", "EINVAL"],
      [{ op: "write", path: "bus/ap/apmask", value: "+5" }, "g1", "EBUSY"],
      [{ op: "open", guest: "g9", mdev: mdevOf(3) }, "g1/g2", "EBUSY"],
      [{ op: "close", guest: "g9", mdev: mdevOf(3) }, "g1/g2", "EBADF"],
      [{ op: "open", guest: "g3", mdev: mdevOf(9) }, "g1/g2/g3", "ENODEV"],
      [{ op: "scan" }, "g1/g2/g3/g4", "EBADF"],
      [{ op: "scan" }, "g2", "EBADF"],
    ];
    for (const [operation, path, errno] of refused) {
      assert.equal(host.do(operation, path).r, errno, JSON.stringify(operation));
      assert.equal(host.buffers(), before);
    }
  });
});

describe("a player that goes on from what another has saved", () => {
  it("has all three levels, and goes on the same", () => {
    for (const notice of ["scan", "at-once"] as const) {
      const host = threeDeep(notice);
      host.do({ op: "aqic", guest: "g3", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1/g2");
      host.do({ op: "scan", part: "notice" }, "g1/g2");
      const other = new GuestHost({ guests: undefined });
      other.player.restore(host.player.save());
      assert.equal(other.buffers(), host.buffers());
      for (const act of [
        (one: GuestHost) => one.write("bus/ap/devices/05.0004/reset", "1", "g1/g2/g3"),
        (one: GuestHost) => unbind(one, "05.0047"),
        (one: GuestHost) => one.do({ op: "scan", part: "complete" }, "g1/g2"),
        (one: GuestHost) => one.scan("g1"),
        (one: GuestHost) => one.do({ op: "state", guests: true }),
        (one: GuestHost) => one.do({ op: "close", guest: "g2", mdev: mdevOf(2) }, "g1"),
      ]) {
        assert.deepEqual(act(other), act(host));
        assert.equal(other.buffers(), host.buffers());
      }
    }
  });

  it("can go back to a moment before a guest, and forward again", () => {
    const host = new GuestHost({ guests: { g1: { apmask: "0x0", notice: "scan" } } });
    const before = host.player.save();
    host.start("g1");
    const one = host.player.save();
    host.start("g2", { inside: "g1" });
    const both = [host.player.save(), host.buffers()] as const;
    host.player.restore(before);
    assert.deepEqual(host.player.guestPaths(), []);
    assert.equal(host.scan("g1").r, "EBADF");
    host.player.restore(both[0]);
    assert.equal(host.buffers(), both[1]);
    unbind(host, "05.0047");
    host.scan("g1/g2");
    assert.equal(host.devices("g1/g2"), ONLY_04);
    host.player.restore(one);
    assert.deepEqual(host.player.guestPaths(), ["g1"]);
    host.player.restore(both[0]);
    assert.equal(host.devices("g1/g2"), ALL);
  });

  it("does not change with the other one", () => {
    const host = threeDeep();
    const saved = host.player.save();
    const before = host.buffers();
    const other = new GuestHost({ guests: undefined });
    other.player.restore(saved);
    other.write("bus/ap/apmask", "0x0", "g1/g2/g3");
    other.do({ op: "close", guest: "g1", mdev: mdevOf(1) });
    assert.equal(host.buffers(), before);
    other.player.restore(saved);
    assert.equal(other.buffers(), before);
  });
});

describe("a state report", () => {
  it("holds what every guest's bus shows, on request only", () => {
    const host = threeDeep();
    assert.equal(host.do({ op: "state" }).st?.inside, undefined);
    const { st } = host.do({ op: "state", guests: true });
    const g1 = st?.inside?.g1;
    assert.deepEqual(Object.keys(g1?.cards ?? {}), ["04", "05"]);
    assert.deepEqual(Object.keys(g1?.inside?.g2?.inside?.g3?.cards ?? {}), ["05"]);
    assert.deepEqual(host.do({ op: "state", guests: true }, "g1").st, g1);
  });
});
