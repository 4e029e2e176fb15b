// What the machine of a guest is, and when its bus notices. docs/guests.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL, bind, GuestHost, mdevOf, ONLY_04, ONLY_05, threeDeep, unbind } from "../../testing/support/guest-host.ts";

const POLLING = { guests: { g1: { notice: "scan" } } };
const AT_ONCE = { guests: { g1: { notice: "at-once" } } };

describe("a guest's machine", () => {
  it("answers the masks that the host gave it last, while the bus shows what it has seen", () => {
    const host = new GuestHost(POLLING);
    host.start("g1", { domains: [4] });
    host.assign("assign_domain", 71);
    const state = host.player.guestPlayer("g1")?.host.state;
    assert.deepEqual(state?.machine.aqm.ids(), [4, 71]);
    assert.equal(host.devices("g1"), "04.0004 05.0004 card04 card05");
    host.scan("g1");
    assert.equal(host.devices("g1"), ALL);
  });

  it("has the types, modes and serial numbers of the real cards", () => {
    const host = new GuestHost({ types: { "05": 11 }, modes: { "05": "accel" }, serials: { "04": "93AADHZU" } });
    host.start("g1");
    assert.equal(host.cat("devices/ap/card04/type", "g1"), "CEX6C");
    assert.equal(host.cat("devices/ap/card05/type", "g1"), "CEX5A");
    assert.equal(host.cat("devices/ap/card04/serialnr", "g1"), "93AADHZU");
  });

  it("gets another card when the host does, and makes it anew at its scan", () => {
    const host = new GuestHost(POLLING);
    host.start("g1");
    host.do({ op: "card", id: 5, type: 13 });
    assert.equal(host.cat("devices/ap/card05/type", "g1"), "CEX6C");
    host.scan("g1");
    assert.equal(host.cat("devices/ap/card05/type", "g1"), "CEX7C");
  });

  for (const [what, change, file, back] of [
    ["standby", { config: false }, "config", { config: true }],
    ["check stop", { chkstop: true }, "chkstop", { chkstop: false }],
  ] as const)
    it(`is in ${what} at once, three levels up; each bus shows it when it scans`, () => {
      const host = threeDeep();
      const path = `devices/ap/card05/${file}`;
      const [healthy, ill] = file === "config" ? ["1", "0"] : ["0", "1"];
      host.do({ op: "card", id: 5, ...change });
      for (const one of ["g1/g2/g3", "g1", "g1/g2"]) {
        assert.equal(host.cat(path, one), healthy);
        host.scan(one);
        assert.equal(host.cat(path, one), ill);
      }
      host.do({ op: "card", id: 5, ...back });
      host.scan("g1/g2/g3");
      assert.equal(host.cat(path, "g1/g2/g3"), healthy);
      assert.equal(host.cat(path, "g1"), ill);
    });

  it("answers resets with the faults of the real queue", () => {
    const host = new GuestHost({ guests: { g1: { apmask: "0x0" } } });
    host.start("g1");
    host.start("g2", { inside: "g1" });
    host.do({ op: "fault", q: "05.0004", reset: "42" });
    assert.equal(host.do({ op: "reset", guest: "g2", mdev: mdevOf(1) }, "g1").r, "EIO");
    host.do({ op: "fault", q: "05.0004", reset: "ok" });
    assert.equal(host.do({ op: "reset", guest: "g2", mdev: mdevOf(1) }, "g1").r, 0);
  });

  it("is not given orders by its guest: config of a card is refused, and only what is so already is done", () => {
    const host = new GuestHost();
    host.start("g1");
    const config = "devices/ap/card04/config";
    assert.deepEqual(host.write(config, "0", "g1"), { r: "EOPNOTSUPP" });
    assert.deepEqual(host.write(config, "1", "g1"), { r: 2, uev: [["card04", "CONFIG=1"]] });
    assert.equal(host.cat(config), "1");
  });

  it("cannot be reached in a guest by what happens to the real one", () => {
    const host = new GuestHost();
    host.start("g1");
    for (const operation of [
      { op: "hw", rm_ap: [4] },
      { op: "card", id: 4, config: false },
      { op: "fault", q: "04.0004", reset: "42" },
      { op: "init", aps: [4], doms: [4] },
    ])
      assert.throws(() => host.do(operation, "g1"), /without "in": a guest's machine is its host's/);
  });
});

describe("the bus of a guest", () => {
  it("that polls keeps what it shows until it scans, by any of the ways to scan", () => {
    for (const look of [(host: GuestHost) => host.scan("g1"), (host: GuestHost) => host.bus("scans", "1", "g1")]) {
      const host = new GuestHost(POLLING);
      host.start("g1");
      const answer = unbind(host, "05.0047");
      assert.equal(answer.in, undefined);
      assert.deepEqual(Object.keys(answer.apcb ?? {}), ["g1"]);
      assert.equal(host.devices("g1"), ALL);
      look(host);
      assert.equal(host.devices("g1"), ONLY_04);
    }
  });

  it("can scan in parts, while the host does so too", () => {
    const host = new GuestHost(POLLING);
    host.start("g1");
    host.do({ op: "hw", rm_ap: [5] });
    host.do({ op: "scan", part: "notice" });
    host.do({ op: "scan", part: "notice" }, "g1");
    assert.equal(host.devices("g1"), ALL);
    host.do({ op: "scan", part: "devices" }, "g1");
    assert.equal(host.devices("g1"), ONLY_04);
    assert.match(host.devices(), /card05/);
    host.do({ op: "scan", part: "devices" });
    assert.equal(host.devices(), ONLY_04);
    host.do({ op: "scan", part: "complete" }, "g1");
    host.do({ op: "scan", part: "complete" });
    assert.equal(host.devices("g1"), ONLY_04);
  });

  it("that is told scans at once, and the host's answer says what came of it", () => {
    const host = new GuestHost(AT_ONCE);
    host.start("g1", { domains: [4] });
    const { in: inside } = host.assign("assign_domain", 71);
    assert.deepEqual(inside, { g1: { r: 0, uev: [["ap", "BINDINGS=complete", "COMPLETECOUNT=2"]] } });
    assert.equal(host.devices("g1"), ALL);
  });

  const told = (made: object, profile: string): boolean => {
    const host = new GuestHost({ guests: { g1: made } }, profile);
    host.start("g1");
    unbind(host, "05.0047");
    return host.devices("g1") === ONLY_04;
  };

  it("is told if both kernels can, unless it is said to poll", () => {
    assert.equal(told({}, "linux-7.3"), true);
    assert.equal(told({ notice: "scan" }, "linux-7.3"), false);
    assert.equal(told({ profile: "linux-6.8" }, "linux-7.3"), false);
    assert.equal(told({ profile: "linux-6.8", notice: "at-once" }, "linux-7.3"), true);
  });

  it("is not told by a host that cannot, whatever is said of it", () => {
    for (const profile of ["linux-6.12", "linux-6.8", "linux-6.0"]) {
      assert.equal(told({}, profile), false);
      assert.equal(told({ notice: "at-once" }, profile), false);
      assert.equal(told({ profile: "linux-7.3", notice: "at-once" }, profile), false);
    }
  });

  it("is told no more once its process has taken the eventfd away, also after a reset; and again when it has put it back", () => {
    const host = new GuestHost(AT_ONCE);
    host.start("g1");
    const eventfd = (on: boolean) => host.do({ op: "eventfd", guest: "g1", mdev: mdevOf(1), index: 1, on }).r;
    assert.equal(host.player.guestNotice("g1"), "at-once");
    assert.equal(eventfd(false), 0);
    assert.equal(host.player.guestNotice("g1"), "scan");
    host.do({ op: "reset", guest: "g1", mdev: mdevOf(1) });
    unbind(host, "05.0047");
    assert.equal(host.devices("g1"), ALL);
    assert.equal(eventfd(true), 0);
    bind(host, "05.0047");
    unbind(host, "04.0047");
    assert.equal(host.devices("g1"), ONLY_05);
  });

  it("that is told tells its own guests, from the outside in, with all that came of it", () => {
    const host = threeDeep("at-once");
    const enable = { op: "aqic", guest: "g3", q: "05.0047", enable: true, isc: 1, nib: 4096 };
    assert.equal(host.do(enable, "g1/g2").rc, "00");
    const answer = unbind(host, "05.0047");
    assert.deepEqual(answer.irq, { "05.0047": 0 });
    const nothing = `0x${"0".repeat(64)}`;
    const g1 = answer.in?.g1;
    assert.deepEqual(g1?.irq, { "05.0047": 0 });
    assert.equal(g1?.apcb?.g2?.[0], nothing);
    assert.deepEqual(g1?.in?.g2?.irq, { "05.0047": 0 });
    assert.equal(g1?.in?.g2?.apcb?.g3?.[0], nothing);
    assert.deepEqual(g1?.in?.g2?.in?.g3, { r: 0, irq: { "05.0047": 0 } });
    for (const path of ["g1/g2", "g1/g2/g3"]) assert.equal(host.devices(path), "");
    bind(host, "05.0047");
    for (const path of ["g1/g2", "g1/g2/g3"]) assert.equal(host.devices(path), ONLY_05);
  });

  it("is told when its mdev is asked back, and shows nothing; its guests have nothing at once", () => {
    const host = threeDeep("at-once");
    assert.equal(host.write(`devices/vfio_ap/matrix/${mdevOf(1)}/remove`, "1").r, "blocked");
    for (const path of ["g1", "g1/g2", "g1/g2/g3"]) assert.equal(host.devices(path), "");
    const { done } = host.do({ op: "close", guest: "g1", mdev: mdevOf(1) });
    assert.equal(done?.length, 1);
    assert.deepEqual(host.player.guestPaths(), []);
  });
});
