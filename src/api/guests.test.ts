// The insides of guests, for programs: a guest is a host.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type ApHost, bootHost, playScenario } from "./main.ts";

const ROOT = new URL("../../", import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");
const boot = (): ApHost => bootHost(textOf("hosts/kernel-doc-guests.yaml"), { file: "host.yaml" });
const DEVICES = "/sys/bus/ap/devices";
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0009";
const CREATE = "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";

describe("a guest of a host that a program has", () => {
  it("has an inside when it was given a Linux, and notices when it scans", () => {
    const host = boot();
    assert.equal(host.guests.length, 0);
    assert.throws(() => host.guest("Guest1"), { message: /^no guest has a Linux of its own: bootGuests\(\) / });
    host.bootGuests({ Guest1: { notice: "scan" } });
    assert.ok(host.guests.includes("Guest1"));
    const guest = host.guest("Guest1");
    const all = ["05.0004", "05.00ab", "06.0004", "06.00ab", "card05", "card06"];
    assert.deepEqual(guest.list(DEVICES).l, all);
    host.write("/sys/bus/ap/drivers/vfio_ap/unbind", "05.0004\n");
    assert.deepEqual(guest.list(DEVICES).l, all);
    guest.happen("scan");
    assert.deepEqual(guest.list(DEVICES).l, ["06.0004", "06.00ab", "card06"]);
    assert.equal(guest.profile, host.profile);
  });

  it("tells its host what it did of its own accord", () => {
    const host = boot();
    host.bootGuests({ Guest1: { notice: "at-once" } });
    const answer = host.write("/sys/bus/ap/drivers/vfio_ap/unbind", "05.0004\n");
    assert.equal(answer.in, undefined);
    assert.deepEqual(host.guest("Guest1").list(DEVICES).l, ["06.0004", "06.00ab", "card06"]);
    const back = host.write("/sys/bus/ap/drivers/vfio_ap/bind", "05.0004\n");
    assert.deepEqual(Object.keys(back.in ?? {}), ["Guest1"]);
  });

  it("may have guests of its own, reached from it and from its host", () => {
    const host = boot();
    host.bootGuests({ Guest1: { notice: "scan", apmask: "0x0" } });
    const outer = host.guest("Guest1");
    outer.write(CREATE, UUID);
    outer.write(`/sys/devices/vfio_ap/matrix/${UUID}/assign_adapter`, "5\n");
    outer.write(`/sys/devices/vfio_ap/matrix/${UUID}/assign_domain`, "4\n");
    assert.deepEqual(
      outer.happen(`start inner ${UUID}`).map(({ r }) => r),
      [0],
    );
    assert.deepEqual(outer.guests, ["inner"]);
    assert.ok(host.guests.includes("Guest1/inner"));
    for (const inner of [outer.guest("inner"), host.guest("Guest1/inner")])
      assert.deepEqual(inner.list(DEVICES).l, ["05.0004", "card05"]);
    host.happen("in Guest1/inner: scan");
    const plan = outer.plan(`mdevs: [{ uuid: ${UUID}, adapters: [6], domains: [4] }]`);
    assert.equal(plan.steps[0]?.path.endsWith("ap_config"), true);
    const [first] = outer.explain("inner", ["05.0004"]);
    assert.equal(first?.reason, "plugged");
  });

  it("cannot change its machine, and answers EBADF when it has stopped", () => {
    const host = boot();
    host.bootGuests();
    const guest = host.guest("Guest1");
    assert.throws(() => guest.happen("machine loses domain 0004"), {
      message: '"machine loses domain 0004": not in a guest: its machine is its host\'s',
    });
    assert.throws(() => host.happen("in Guest1: card 05 standby"), { message: /column 12: expected something that/ });
    host.happen("stop Guest1 7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001");
    assert.equal(guest.read("/sys/bus/ap/apmask").r, "EBADF");
    assert.throws(() => guest.explain("inner"), { message: 'guest "Guest1" does not run any more' });
    assert.throws(() => host.guest("Guest1"), { message: /^no guest "Guest1" runs; those that do: / });
  });

  it("is not made of what is not understood", () => {
    for (const [made, message] of [
      [{ Guest1: { facilities: ["apqi"] } }, 'guests: expected "ap" beside apqi, which needs it'],
      [{ Guest1: { notice: "soon" } }, 'guests: expected "notice" as one of scan, at-once, not "soon"'],
      [{ Guest1: 3 }, 'guests: expected an object for the guest "Guest1"'],
    ] as const)
      assert.throws(() => boot().bootGuests(made), { message });
  });

  it("comes along with a scenario and a trace that speak of it", () => {
    const { host, differences } = playScenario(textOf("scenarios/guest/nested-guests-at-once.scenario"));
    assert.deepEqual(differences, []);
    assert.deepEqual(host.guests, ["g1", "g1/g2"]);
    assert.deepEqual(host.guest("g1/g2").list(DEVICES).l, ["05.0004", "05.0047", "card05"]);
    const trace = [
      { trace: "t", format: 3, profile: "linux-7.3", drivers: "zcrypt" },
      { op: "init", aps: [4], doms: [4], apmask: "0x0", guests: { g1: { notice: "scan" } } },
      { op: "write", path: CREATE.slice(5), value: UUID },
      { op: "write", path: `devices/vfio_ap/matrix/${UUID}/assign_adapter`, value: "4" },
      { op: "write", path: `devices/vfio_ap/matrix/${UUID}/assign_domain`, value: "4" },
      { op: "open", guest: "g1", mdev: UUID },
    ];
    const played = bootHost(trace.map((line) => JSON.stringify(line)).join("\n"), { file: "t.jsonl" });
    assert.deepEqual(played.guest("g1").list(DEVICES).l, ["04.0004", "card04"]);
  });
});
