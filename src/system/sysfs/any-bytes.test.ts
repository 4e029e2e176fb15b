// Any bytes written to any attribute: a count or an errno that the specification knows for it, never an exception, and after a
// refusal the host is bit for bit as it was. docs/kernel/bus.md §1, §2, §4.4, §6; docs/kernel/device.md §3, §5. fast-check
// prints the seed of a failure.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { inLongForm, sample } from "../../testing/support/long-form.ts";
import type { Errno } from "../ap/errno.ts";
import { asApid, asApqi, asControlDomain } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { DEFAULT_FACTS } from "../machine/facts.ts";
import { snapshot } from "../machine/snapshot.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import { openMdev } from "../vfio-ap/guest.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { PROFILES } from "../vfio-ap/profiles.ts";
import { mdevNamed } from "./mdev-names.ts";
import type { Directory } from "./node.ts";
import { rootDirectory } from "./root.ts";
import { hostSysfs, type Sysfs } from "./sysfs.ts";

const MDEVS = ["62177883-f1bb-47f0-914d-32a22e3a8804", "99999999-aaaa-4bbb-8ccc-dddddddddddd"] as const;
const TYPE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough";

/** Before 6.0 a running guest forbids changes, and what is assigned must be bound. */
const NUMBER: readonly Errno[] = ["EINVAL", "ERANGE", "ENODEV", "EBUSY"];
const ASSIGN: readonly Errno[] = [...NUMBER, "EADDRNOTAVAIL", "EADDRINUSE"];

/** By the name of an attribute, what a write to it may be refused with. */
const ERRNOS: Readonly<Record<string, readonly Errno[]>> = {
  apmask: ["EINVAL", "EBUSY"],
  aqmask: ["EINVAL", "EBUSY"],
  ap_domain: ["EINVAL"],
  config_time: ["EINVAL"],
  poll_thread: ["EINVAL"],
  poll_timeout: ["EINVAL", "ERANGE"],
  scans: [],
  drivers_autoprobe: [],
  drivers_probe: ["EINVAL", "ENODEV"],
  bind: ["ENODEV", "EBUSY"],
  unbind: ["ENODEV"],
  uevent: ["EINVAL"],
  request_count: [],
  reset: [],
  config: ["EINVAL", "EIO"],
  online: ["EINVAL", "ENODEV"],
  driver_override: ["EINVAL"],
  create: ["EINVAL", "EEXIST", "EUSERS", "EPERM"],
  remove: ["EINVAL"],
  assign_adapter: ASSIGN,
  assign_domain: ASSIGN,
  unassign_adapter: NUMBER,
  unassign_domain: NUMBER,
  assign_control_domain: NUMBER,
  unassign_control_domain: NUMBER,
  ap_config: ["EINVAL", "ENODEV", "EADDRNOTAVAIL", "EADDRINUSE"],
};

/** Cards 01 and 02 with domains 0003 and 0004, half of them vfio_ap's; two mdevs, one with a guest. */
function boot(profile: Profile): { host: Host; sysfs: Sysfs } {
  const host = bootHost({
    facts: { ...DEFAULT_FACTS, maxAdapter: 5, maxDomain: 40 },
    hardware: {
      apm: maskOf([1, 2].map(asApid)),
      aqm: maskOf([3, 4].map(asApqi)),
      adm: maskOf([3].map(asControlDomain)),
      typeOf: () => 13,
      modeOf: (adapter) => (adapter === 2 ? "ep11" : "cca"),
    },
    profile,
    aqmask: maskOf([3].map(asApqi)),
    // Room for the two that there are: a third one makes the buffer grow.
    mdevs: 2,
  });
  const sysfs = hostSysfs(host);
  for (const uuid of MDEVS) sysfs.write(`${TYPE}/create`, uuid);
  sysfs.write(`devices/vfio_ap/matrix/${MDEVS[0]}/assign_adapter`, "1");
  sysfs.write(`devices/vfio_ap/matrix/${MDEVS[0]}/assign_domain`, "4");
  const opened = mdevNamed(host, MDEVS[0]);
  assert.ok(opened && openMdev(host, opened, host.state.names.numberOf("guest")).ok);
  return { host, sysfs };
}

/** Paths of all attributes that can be written. */
function writable(directory: Directory, path = ""): string[] {
  return directory.names().flatMap((name) => {
    const node = directory.child(name);
    if (node?.kind === "directory") return writable(node, `${path}${name}/`);
    return node?.kind === "attribute" && node.store ? [path + name] : [];
  });
}

const bytes = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) });
const number = fc.oneof(
  fc.nat(6).map((id) => `${id}`),
  fc.nat(41).map((id) => `0x${id.toString(16)}\n`),
  fc.constantFrom("300", "-1", "18446744073709551616", "08", ""),
);
const mask = fc.oneof(
  fc.constantFrom("0x", "x6", "0x18", "0x10", "0x08", "40", "20", `0x${"f".repeat(64)}`),
  fc
    .tuple(fc.constantFrom("+", "-"), fc.nat(5), fc.constantFrom("", "-4", ",+3", "-255"))
    .map((parts) => parts.join("")),
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), maxLength: 66 }),
);
const device = fc.constantFrom("card01", "card02", "01.0003", "01.0004\n", "02.0003", "02.0004", "03.0003", "vfio_ap");
const uuid = fc.constantFrom(
  ...MDEVS,
  "aaaaaaaa-0000-4000-8000-000000000001\n",
  "aaaaaaaa-0000-4000-8000-000000000002",
);
const flag = fc.constantFrom("0", "1", "1\n", "2", "y", "off", "add", "change x", "");

/** What attributes like to read, by their names; those that are missing like a number. */
const LIKED: Readonly<Record<string, "mask" | "masks" | "device" | "uuid" | "flag">> = {
  apmask: "mask",
  aqmask: "mask",
  ap_config: "masks",
  bind: "device",
  unbind: "device",
  drivers_probe: "device",
  driver_override: "device",
  create: "uuid",
  online: "flag",
  config: "flag",
  uevent: "flag",
};

/** A value of every kind, one of which is taken once the attribute is known; often with something wrong about it. */
const values = fc.record({
  number,
  mask,
  masks: fc.tuple(mask, mask, mask).map((three) => three.join(",")),
  device,
  uuid,
  flag,
  any: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, bytes, number, mask, device),
  end: fc.constantFrom("", "", "", "", "\n", "\n\n", " ", "\0", "\0x", "z", "\n".repeat(4100)),
});

/** Which attribute's name, which path of that name, what is written there. */
const writes = fc.array(fc.tuple(fc.nat(), fc.nat(), values), { minLength: 1, maxLength: 12 });

function groupedByName(paths: readonly string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) groups.set(nameIn(path), [...(groups.get(nameIn(path)) ?? []), path]);
  return [...groups];
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** One write, and all that must be true of it. */
function check(host: Host, sysfs: Sysfs, path: string, text: string): void {
  const before = snapshot(host.state);
  const written = sysfs.write(path, text);
  if (written.ok) {
    assert.equal(written.value.bytes, Math.min(text.length, 4096));
    return;
  }
  const allowed = ERRNOS[nameIn(path)];
  assert.ok(allowed, `nobody has said what writing to ${path} may be refused with`);
  assert.ok(allowed.includes(written.errno), `writing ${JSON.stringify(text)} to ${path} answered ${written.errno}`);
  assert.deepEqual(host.state.words, before, `a refused write to ${path} changed the host`);
}

describe("any bytes written to any attribute", () => {
  for (const profile of PROFILES) {
    it(`are taken, or refused without a trace, under ${profile.name}`, () => {
      fc.assert(
        fc.property(writes, (list) => {
          const { host, sysfs } = boot(profile);
          for (const [whichName, whichPath, value] of list) {
            const names = groupedByName(writable(rootDirectory(host)));
            const [name, paths] = names[whichName % names.length] as [string, string[]];
            const text = (value.any ?? value[LIKED[name] ?? "number"]) + value.end;
            check(host, sysfs, paths[whichPath % paths.length] as string, text);
          }
        }),
        { numRuns: inLongForm(150, 20) },
      );
    });
  }

  it("have known errors for every attribute that can be written", () => {
    for (const profile of PROFILES) {
      const { host } = boot(profile);
      for (const path of writable(rootDirectory(host))) {
        assert.ok(ERRNOS[nameIn(path)], `${profile.name}: ${path}`);
      }
    }
  });
});

describe("each attribute", () => {
  it("takes or refuses the same values, tried one by one on a fresh host", () => {
    const texts = [
      "0",
      "1",
      "1\n",
      "4",
      "0x4",
      "0x10",
      "+3",
      "-3",
      "-0-255",
      ",,",
      "0x18,0x08,0x",
      "card01",
      "01.0004",
    ];
    for (const profile of sample(PROFILES)) {
      for (const path of writable(rootDirectory(boot(profile).host))) {
        for (const text of [...texts, MDEVS[0], "", "\0", " ", "18446744073709551616", "x".repeat(5000)]) {
          const { host, sysfs } = boot(profile);
          check(host, sysfs, path, text);
        }
      }
    }
  });
});
