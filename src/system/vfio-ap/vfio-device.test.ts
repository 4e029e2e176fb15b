// The VFIO device's requests, argument by argument (docs/kernel/device.md §6).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { smallHost } from "../../testing/soak/small-host.ts";
import type { Profile } from "./profile.ts";
import { profileNamed } from "./profiles.ts";
import { deviceInfo, irqInfo, type SetIrqs, setIrqs } from "./vfio-device.ts";

const GOOD: SetIrqs = { argsz: 24, flags: 0x24, index: 0, start: 0, count: 1, fd: 5, fdIs: "eventfd" };

describe("the information about the device", () => {
  it("says that it can be reset and is an AP device, with as many IRQs as the kernel has", () => {
    for (const [name, irqs] of [
      ["linux-7.3", 2],
      ["linux-6.12", 1],
      ["linux-6.0", 0],
    ] as const) {
      const { host } = smallHost(profileNamed(name) as Profile);
      assert.deepEqual(deviceInfo(host, 16), { ok: true, value: { flags: 0x21, regions: 0, irqs } });
    }
  });

  it("is refused to a structure that is too short", () => {
    assert.equal((deviceInfo(smallHost().host, 15) as { errno: string }).errno, "EINVAL");
  });
});

describe("the information about an IRQ", () => {
  it("is one eventfd an index, and EINVAL beyond", () => {
    const { host } = smallHost();
    assert.deepEqual(irqInfo(host, 16, 1), { ok: true, value: { flags: 1, count: 1 } });
    assert.equal((irqInfo(host, 16, 2) as { errno: string }).errno, "EINVAL");
    assert.equal((irqInfo(host, 15, 0) as { errno: string }).errno, "EINVAL");
  });

  it("is not known before 6.5", () => {
    const { host } = smallHost(profileNamed("linux-6.0"));
    assert.equal((irqInfo(host, 16, 0) as { errno: string }).errno, "EOPNOTSUPP");
  });
});

describe("setting an eventfd", () => {
  it("installs it, and -1 takes it away", () => {
    const { host, mdev } = smallHost();
    assert.ok(setIrqs(host, mdev, { ...GOOD, index: 1 }).ok);
    assert.ok(mdev.hasEventfd(1));
    assert.ok(!mdev.hasEventfd(0));
    assert.ok(setIrqs(host, mdev, { ...GOOD, index: 1, fd: -1 }).ok);
    assert.ok(!mdev.hasEventfd(1));
  });

  const cases: readonly (readonly [string, Partial<Record<keyof SetIrqs, unknown>>, string])[] = [
    ["a short structure", { argsz: 19 }, "EINVAL"],
    ["an index beyond the last", { index: 2 }, "EINVAL"],
    ["a count that overflows", { count: 0xffffffff }, "EINVAL"],
    ["a start other than 0", { start: 1, count: 0 }, "EINVAL"],
    ["more than one", { count: 2, argsz: 28 }, "EINVAL"],
    ["an unknown flag", { flags: 0x64 }, "EINVAL"],
    ["data of another type", { flags: 0x22 }, "EINVAL"],
    ["data shorter than the count", { argsz: 23 }, "EINVAL"],
    ["no trigger", { flags: 0x0c }, "EINVAL"],
    ["memory that cannot be read", { fd: undefined }, "EFAULT"],
    ["a descriptor below -1", { fd: -2 }, "EINVAL"],
    ["a closed descriptor", { fdIs: "closed" }, "EBADF"],
    ["a descriptor that is not an eventfd", { fdIs: "other" }, "EINVAL"],
  ];
  for (const [what, change, errno] of cases) {
    it(`refuses ${what} with ${errno}, and changes nothing`, () => {
      const { host, mdev } = smallHost();
      const before = host.state.words.slice();
      const result = setIrqs(host, mdev, { ...GOOD, ...change } as SetIrqs);
      assert.equal(result.ok ? "done" : result.errno, errno);
      assert.deepEqual(host.state.words, before);
    });
  }

  it("reads the descriptor even if the count is 0", () => {
    const { host, mdev } = smallHost();
    assert.ok(setIrqs(host, mdev, { ...GOOD, count: 0 }).ok);
    assert.ok(mdev.hasEventfd(0));
  });
});
