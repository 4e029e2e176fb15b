// A guest of a host that is a Secure Execution guest: it binds its queues itself, and whatever resets them beneath takes that away.
// docs/kernel/bus.md §8.1.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SECURE_MACHINE, SecureGuest } from "../../testing/support/secure-guest.ts";
import { parseTrace } from "./trace-file.ts";

const EP11 = "05.0006";

describe("a guest of a host, for Secure Execution", () => {
  const UUID = "7a2c1d3e-0009-4c58-9b1e-5f0c0a6d0009";

  /** Guest g1 has 05.0006 and 05.0007 of a host that is no such guest itself. */
  function started(made: object = { se: 1 }): SecureGuest {
    const host = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, se: 0, guests: { g1: made } });
    host.bus("apmask", "-5");
    const create = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
    host.do({ op: "write", path: create, value: UUID });
    for (const [name, value] of [
      ["assign_adapter", "5"],
      ["assign_domain", "6"],
      ["assign_domain", "7"],
    ] as const)
      host.do({ op: "write", path: `devices/vfio_ap/matrix/${UUID}/${name}`, value });
    assert.equal(host.do({ op: "open", guest: "g1", mdev: UUID }).r, 0);
    return host;
  }

  const inside = (host: SecureGuest, op: object) => host.do({ in: "g1", ...op });
  const path = (file: string) => `bus/ap/devices/${EP11}/${file}`;
  const seen = (host: SecureGuest) =>
    ["se_bind", "se_associate"].map((file) => inside(host, { op: "read", path: path(file) }).t);

  function bound(): SecureGuest {
    const host = started();
    const write = (file: string, value: string) => inside(host, { op: "write", path: path(file), value });
    assert.deepEqual(write("se_bind", "1"), { r: 1, uev: [[EP11, "SE_BIND=1"]] });
    assert.deepEqual(write("se_associate", "5"), { r: 1, uev: [[EP11, "SE_ASSOC=5"]] });
    assert.deepEqual(seen(host), ["bound\n", "associated 5\n"]);
    return host;
  }

  it("binds its queues itself; its host sees nothing of it", () => {
    const host = bound();
    assert.equal(host.read(EP11, "se_bind"), "ENOENT");
    assert.equal(host.read(EP11, "ap_functions"), "0x86800000");
    assert.equal(inside(host, { op: "read", path: "firmware/uv/prot_virt_guest" }).t, "1\n");
    assert.equal(host.do({ op: "read", path: "firmware/uv/prot_virt_guest" }).t, "0\n");
  });

  it("answers binding and association with the faults of the real queue", () => {
    const host = started();
    const write = (file: string, value: string) => inside(host, { op: "write", path: path(file), value }).r;
    const fault = (codes: object) => host.do({ op: "fault", q: EP11, ...codes });
    fault({ bind: "10" });
    assert.equal(write("se_bind", "1"), "EIO");
    assert.deepEqual(seen(host), ["unbound\n", "unassociated\n"]);
    fault({ bind: "ok", associate: "10" });
    assert.equal(write("se_bind", "1"), 1);
    assert.equal(write("se_associate", "5"), "EIO");
    fault({ associate: "pending" });
    assert.equal(write("se_associate", "5"), 1);
    assert.deepEqual(seen(host), ["bound\n", "association pending\n"]);
    fault({ associate: "ok" });
    inside(host, { op: "scan" });
    assert.deepEqual(seen(host), ["bound\n", "associated 5\n"]);
  });

  for (const [what, act] of [
    ["a VFIO reset of its device", (host) => host.do({ op: "reset", guest: "g1", mdev: UUID })],
    [
      "the unbinding of the queue on its host",
      (host) => {
        host.bus("drivers/vfio_ap/unbind", EP11);
        host.bus("drivers/vfio_ap/bind", EP11);
      },
    ],
    [
      "the loss of its domain and its return",
      (host) => {
        for (const name of ["unassign_domain", "assign_domain"])
          host.do({ op: "write", path: `devices/vfio_ap/matrix/${UUID}/${name}`, value: "6" });
      },
    ],
    [
      "standby of its card",
      (host) => {
        host.do({ op: "card", id: 5, config: false });
        host.do({ op: "card", id: 5, config: true });
      },
    ],
    [
      "a machine that loses the card, and has it again",
      (host) => {
        host.do({ op: "hw", rm_ap: [5] });
        host.do({ op: "hw", add_ap: [5] });
      },
    ],
    ["a reset of its own", (host) => inside(host, { op: "write", path: path("reset"), value: "1" })],
  ] as readonly (readonly [string, (host: SecureGuest) => unknown])[]) {
    it(`has bound nothing any more after ${what}`, () => {
      const host = bound();
      act(host);
      inside(host, { op: "scan" });
      assert.deepEqual(seen(host), ["unbound\n", "unassociated\n"]);
      assert.equal(inside(host, { op: "write", path: path("se_bind"), value: "1" }).r, 1);
    });
  }

  it("keeps what it has bound when another of its queues is reset", () => {
    const host = bound();
    inside(host, { op: "write", path: "bus/ap/devices/05.0007/reset", value: "1" });
    host.do({ op: "scan" });
    assert.deepEqual(seen(host), ["bound\n", "associated 5\n"]);
  });

  it("has no such files if it is a guest as any other, on the same machine", () => {
    const host = started({});
    assert.equal(inside(host, { op: "read", path: path("se_bind") }).r, "ENOENT");
    assert.equal(inside(host, { op: "read", path: "bus/ap/features" }).t, "APSC APXA APSB\n");
  });

  it("cannot be on a machine without the facility, or that it cannot query", () => {
    for (const machine of [
      { guests: { g1: { se: 1 } } },
      { apsb: 1, guests: { g1: { se: 1, facilities: ["ap"] } } },
      { apsb: 1, guests: { g1: { facilities: ["ap"], guests: { g1: { se: 1 } } } } },
    ]) {
      const trace = parseTrace(`{"trace":"t","format":3}\n${JSON.stringify({ op: "init", ...machine })}\n`);
      assert.ok(!trace.ok);
      assert.equal(trace.error.expected, '"se" of the guest "g1" only on a machine with "apsb" that it can query');
    }
  });
});
