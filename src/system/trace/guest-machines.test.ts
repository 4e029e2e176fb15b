// Guests that have a Linux of their own: when they boot and end, what their machines are, when their buses notice, and that there is one
// queue for all levels. docs/guests.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GuestHost, mdevOf } from "../../testing/support/guest-host.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { Player } from "./player.ts";

const ALL = "04.0004 04.0047 05.0004 05.0047 card04 card05";
const ONLY_04 = "04.0004 04.0047 card04";
const ONLY_05 = "05.0004 05.0047 card05";
const POLLING = { guests: { g1: { notice: "scan" } } };
const AT_ONCE = { guests: { g1: { notice: "at-once" } } };

const unbind = (host: GuestHost, queue: string, inside?: string) => host.bus("drivers/vfio_ap/unbind", queue, inside);
const bind = (host: GuestHost, queue: string, inside?: string) => host.bus("drivers/vfio_ap/bind", queue, inside);

/** Guest g1 has all queues, and passes card 05 on to g2, which passes it on to g3. */
function threeDeep(notice: "scan" | "at-once" = "scan", profile = "linux-7.3"): GuestHost {
  const g3 = { notice };
  const g2 = { notice, apmask: "0x0", guests: { g3 } };
  const g1 = { notice, apmask: "0xfbff", guests: { g2 } };
  const host = new GuestHost({ guests: { g1 } }, profile);
  host.start("g1");
  host.start("g2", { adapters: [5], inside: "g1", mdev: 2 });
  host.start("g3", { adapters: [5], inside: "g1/g2", mdev: 3 });
  return host;
}

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

describe("a facility that the CPU model of a guest leaves out", () => {
  const withFacilities = (facilities: readonly string[], machine: object = {}) => {
    const host = new GuestHost({ guests: { g1: { facilities, apmask: "0x0" } }, ...machine });
    host.start("g1");
    return host;
  };

  it("ap: there is no bus, and nothing else of it", () => {
    const host = withFacilities([]);
    assert.equal(host.devices("g1"), "ENOENT");
    assert.equal(host.cat("bus/ap/features", "g1"), "ENOENT");
    assert.equal(host.bus("scans", "1", "g1").r, "ENOENT");
  });

  it("apft: the bus is there and finds no device", () => {
    const host = withFacilities(["ap", "apqci", "apqi"]);
    assert.equal(host.devices("g1"), "");
    assert.match(host.cat("bus/ap/ap_adapter_mask", "g1"), /^0x0c00/);
  });

  it("apqi: no interrupts for it, nor for its guests", () => {
    const host = withFacilities(["ap", "apqci", "apft"]);
    host.start("g2", { inside: "g1" });
    const aqic = { op: "aqic", q: "04.0004", enable: true, isc: 3, nib: 8192 };
    assert.equal(host.do({ ...aqic, guest: "g1" }).r, "EOPNOTSUPP");
    assert.equal(host.do({ ...aqic, guest: "g2" }, "g1").r, "EOPNOTSUPP");
    assert.deepEqual(host.do({ op: "state" }).st?.irq, []);
  });

  it("apqci: the bus tries the numbers up to 63 and 15, and cannot say what its machine has", () => {
    const host = withFacilities(["ap", "apft", "apqi"]);
    assert.equal(host.devices("g1"), "04.0004 05.0004 card04 card05");
    assert.equal(host.cat("bus/ap/features", "g1"), "-");
    assert.equal(host.cat("bus/ap/ap_max_adapter_id", "g1"), "63");
    assert.equal(host.cat("bus/ap/ap_max_domain_id", "g1"), "15");
    assert.equal(host.cat("bus/ap/ap_max_domain_id"), "255");
    // As on any machine without the instruction, vfio_ap does not know what there is (scenarios/broken/no-query-instruction).
    host.start("g2", { inside: "g1", domains: [4] });
    assert.equal(host.devices("g1/g2"), "");
  });

  it("apqci: interrupts and faults of queues that it does not number leave its other queues alone", () => {
    const host = withFacilities(["ap", "apft", "apqi"], { doms: [1, 17], aps: [4, 5] });
    host.do({ op: "close", guest: "g1", mdev: mdevOf(1) });
    host.do({ op: "open", guest: "g1", mdev: mdevOf(1) });
    host.assign("assign_domain", 1);
    host.assign("assign_domain", 17);
    host.assign("unassign_domain", 4);
    host.assign("unassign_domain", 71);
    host.scan("g1");
    assert.equal(host.devices("g1"), "04.0001 05.0001 card04 card05");
    const before = host.player.guestPlayer("g1")?.host.state.words.join();
    host.do({ op: "fault", q: "04.0011", reset: "42" });
    assert.equal(host.do({ op: "aqic", guest: "g1", q: "04.0011", enable: true, isc: 3, nib: 8192 }).rc, "00");
    assert.equal(host.player.guestPlayer("g1")?.host.state.words.join(), before);
    assert.deepEqual(host.do({ op: "state" }, "g1").st?.irq, []);
    assert.equal(host.write("bus/ap/devices/05.0001/reset", "1", "g1").r, 2);
  });

  it("is left out for its guests, too, whatever is said of them", () => {
    const host = new GuestHost({
      guests: { g1: { facilities: ["ap", "apqci", "apft"], apmask: "0x0", guests: { g2: {} } } },
    });
    host.start("g1");
    host.start("g2", { inside: "g1" });
    assert.ok(host.player.guestPlayer("g1/g2")?.host.state.facts.lacks.has("apqi"));
  });

  it("is left out on a machine that lacks it itself", () => {
    const host = new GuestHost({ qci: 0, doms: [4], apxa: 0 });
    assert.equal(host.devices(), "04.0004 05.0004 card04 card05");
    host.start("g1", { domains: [4] });
    assert.equal(host.cat("bus/ap/features", "g1"), "-");
  });
});

describe("machines of other sizes", () => {
  it("without extended addressing have guests without it", () => {
    const host = new GuestHost({ apxa: 0, doms: [4, 7] });
    host.start("g1", { domains: [4, 7] });
    assert.equal(host.cat("bus/ap/features", "g1"), "APSC");
    assert.equal(host.cat("bus/ap/ap_max_domain_id", "g1"), "15");
    assert.equal(host.devices("g1"), "04.0004 04.0007 05.0004 05.0007 card04 card05");
  });

  it("that count to zero have guests that are not believed either", () => {
    const host = new GuestHost({ max_adapter: 0, max_domain: 0, aps: [0], doms: [0] });
    assert.equal(host.devices(), "00.0000 card00");
    host.start("g1", { adapters: [0], domains: [0] });
    assert.equal(host.devices("g1"), "00.0000 card00");
    assert.equal(host.cat("bus/ap/ap_max_domain_id", "g1"), host.cat("bus/ap/ap_max_domain_id"));
  });

  it("give the last of 256 adapters and domains to a guest of a guest", () => {
    const host = new GuestHost({ aps: [0, 255], doms: [0, 255], guests: { g1: { apmask: "0x0" } } });
    host.start("g1", { adapters: [0, 255], domains: [0, 255] });
    host.start("g2", { adapters: [0, 255], domains: [0, 255], inside: "g1" });
    assert.equal(host.devices("g1/g2"), "00.0000 00.00ff card00 cardff ff.0000 ff.00ff");
  });

  it("keep their guests when the host needs room for more mdevs, and guests do", () => {
    const host = new GuestHost({ guests: { g1: { notice: "scan", apmask: "0x0" } } });
    host.start("g1");
    host.start("g2", { adapters: [5], inside: "g1" });
    for (let n = 10; n < 30; n++) {
      const create = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
      host.write(create, mdevOf(n));
      host.write(create, mdevOf(n), "g1");
    }
    assert.equal(host.do({ op: "aqic", guest: "g2", q: "05.0004", enable: true, isc: 3, nib: 8192 }, "g1").rc, "00");
    assert.deepEqual(host.do({ op: "state" }).st?.irq, ["05.0004"]);
    assert.deepEqual(host.do({ op: "state" }, "g1/g2").st?.irq, ["05.0004"]);
    unbind(host, "05.0047");
    assert.deepEqual(host.do({ op: "state" }).st?.irq, []);
    assert.deepEqual(host.do({ op: "state" }, "g1/g2").st?.irq, []);
    host.scan("g1");
    assert.equal(host.devices("g1"), ONLY_04);
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

describe("guests that a host has already", () => {
  it("boot when they are given a Linux", () => {
    const host = new GuestHost({ guests: undefined });
    host.start("g1");
    host.player.giveGuestsLinux(new Map());
    assert.equal(host.devices("g1"), ALL);
  });
});
