// What the CPU model of a guest leaves out, and machines of other sizes with guests. docs/guests.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GuestHost, mdevOf, ONLY_04, unbind } from "../../testing/support/guest-host.ts";

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
