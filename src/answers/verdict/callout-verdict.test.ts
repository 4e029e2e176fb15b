// The call-out's verdict on generated mdevs: what happens when the same writes are carried out on the host itself.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MdevctlAttribute } from "../../formats/tools/mdevctl-json.ts";
import { rebuildHost } from "../../sources/rebuild-host.ts";
import { newMask } from "../../system/ap/mask.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import { createWrite, removeWrite } from "../../system/sysfs/writes.ts";
import { Player } from "../../system/trace/player.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { activeMdevs, judgeDefinition, judgeStart, type OtherDefinition, type Wanted } from "./callout-verdict.ts";

const HOSTS = inLongForm(1000, 300);
const SIZE = { adapters: 3, domains: 3, mdevs: 3 };
const uuidOf = (n: number): string => `7a2c1d3e-0000-4000-8000-00000000000${n}`;

const NAMES = ["assign_adapter", "assign_domain", "assign_adapter", "assign_domain", "assign_control_domain"];
const VALUES = ["0", "1", "2", "0x0", "0x1", "0x2", "00", "01"];
const ODD: readonly MdevctlAttribute[] = [
  { name: "assign_adapter", value: "3" },
  { name: "assign_domain", value: "0x100" },
  { name: "assign_domain", value: "09" },
  { name: "unassign_adapter", value: "1" },
  { name: "assign_adapters", value: "1" },
  { name: "matrix", value: "00.0000" },
  { name: "ap_config", value: "0x8,0x8,0x8" },
];

const attributes = (random: Random): readonly MdevctlAttribute[] =>
  Array.from({ length: random.below(7) }, () =>
    random.oneIn(25) ? random.pick(ODD) : { name: random.pick(NAMES), value: random.pick(VALUES) },
  );

/** What mdevctl would do: the first attribute that is refused, with its errno, or undefined. */
function carryOut(sysfs: Sysfs, { uuid, attrs }: Wanted): string | undefined {
  const created = sysfs.write(...createWrite(uuid));
  if (!created.ok) return `mdev ${created.errno}`;
  for (const { name, value } of attrs) {
    const written = sysfs.write(`devices/vfio_ap/matrix/${uuid}/${name}`, value);
    if (written.ok) continue;
    sysfs.write(...removeWrite(uuid));
    return `${name} ${written.errno}`;
  }
  return undefined;
}

/** The same of a verdict. */
const inShort = (verdict: string | undefined): string | undefined =>
  verdict?.replace(/^(\w+).*\((E[A-Z]+)\)$/, "$1 $2");

/** A host somebody has worked on. /sys does not show an mdev whose removal waits, so there is none. */
function workedOn(profile: Profile, seed: number): Player | undefined {
  const random = new Random(seed);
  const operations = new RandomOperations(random, SIZE);
  const player = new Player(profile);
  const init = operations.init();
  if (!init.qci) return undefined;
  player.apply(init, 0);
  for (let i = 1; i < 40; i++) if (player.apply(operations.next(), i).r === "blocked") return undefined;
  return player;
}

const rebuilt = (sysfs: Sysfs, profile: Profile, mdevs: boolean) => {
  const observed = observeHost(sysfs);
  return rebuildHost(mdevs ? observed : { ...observed, mdevs: [] }, profile).host;
};

describe("the call-out's verdict", () => {
  it("on a start is what the writes answer, on hosts of all kernels", () => {
    const seen = new Map<string, number>();
    let hosts = 0;
    for (let seed = 1; hosts < HOSTS; seed++) {
      const profile = PROFILES[seed % PROFILES.length] as Profile;
      const player = workedOn(profile, seed);
      if (!player) continue;
      hosts++;
      const wanted: Wanted = { uuid: uuidOf(1), attrs: attributes(new Random(seed * 7919)) };
      const verdict = judgeStart(rebuilt(player.sysfs, profile, true), wanted);
      const happened = carryOut(player.sysfs, wanted);
      assert.equal(inShort(verdict), happened, `seed ${seed}, ${profile.name}: ${verdict}`);
      if (verdict !== undefined) assert.doesNotMatch(verdict, /\n/);
      const errno = happened?.split(" ")[1] ?? "none";
      seen.set(errno, (seen.get(errno) ?? 0) + 1);
      if (/EADDRINUSE|EADDRNOTAVAIL/.test(errno))
        assert.match(verdict as string, /queues? [0-9a-f]{2}\.00[0-9a-f]{2}|no queue of this/);
    }
    for (const errno of ["none", "EADDRINUSE", "EADDRNOTAVAIL", "EINVAL", "ENODEV", "ENOENT", "EACCES"]) {
      assert.ok((seen.get(errno) ?? 0) > 0, `${errno} has not come up: ${JSON.stringify([...seen])}`);
    }
  });

  it("on a definition is what the writes answer after a boot, when all others have started", () => {
    const seen = new Map<boolean, number>();
    for (let seed = 1; seed <= HOSTS / 2; seed++) {
      const random = new Random(seed);
      const profile = PROFILES.filter(({ assignNeeds }) => assignNeeds !== "bound")[seed % 5] as Profile;
      const init = new RandomOperations(random, SIZE).init();
      const player = new Player(profile);
      player.apply({ ...init, qci: true, apmask: undefined }, 0);
      const others = [2, 3].map(
        (n): OtherDefinition => ({
          uuid: uuidOf(n),
          start: random.oneIn(3) ? "manual" : "auto",
          attrs: attributes(random),
        }),
      );
      const wanted: Wanted = { uuid: uuidOf(1), attrs: attributes(random) };
      const apmask = random.oneIn(3) ? undefined : newMask<never>();
      if (random.oneIn(4)) apmask?.add(1 as never);
      const masks = { apmask, aqmask: undefined };
      const { refusal } = judgeDefinition(
        { host: rebuilt(player.sysfs, profile, false), masks, others, active: activeMdevs(player.host) },
        wanted,
      );
      const booted = new Player(profile);
      booted.apply({ ...init, qci: true, apmask: apmask && (apmask.isEmpty() ? "0x0" : "0x4") }, 0);
      for (const other of others) if (other.start === "auto") carryOut(booted.sysfs, other);
      const happened = carryOut(booted.sysfs, wanted);
      assert.equal(inShort(refusal), happened, `seed ${seed}, ${profile.name}: ${refusal}`);
      seen.set(happened === undefined, (seen.get(happened === undefined) ?? 0) + 1);
    }
    assert.ok(Math.min(seen.get(true) ?? 0, seen.get(false) ?? 0) > HOSTS / 20, JSON.stringify([...seen]));
  });

  it("warns where another definition, started by hand, wants the same queue, and refuses where it starts by itself", () => {
    const player = new Player(PROFILES[0] as Profile);
    player.apply({ ...new RandomOperations(new Random(1), SIZE).init(), qci: true, apmask: "0x0" }, 0);
    const attrs = ["assign_adapter", "assign_domain"].map((name) => ({ name, value: "1" }));
    const judge = (start: "auto" | "manual") =>
      judgeDefinition(
        {
          host: rebuilt(player.sysfs, PROFILES[0] as Profile, false),
          masks: { apmask: undefined, aqmask: undefined },
          others: [{ uuid: uuidOf(2), start, attrs }],
          active: [],
        },
        { uuid: uuidOf(1), attrs },
      );
    assert.deepEqual(judge("auto"), {
      refusal: `assign_domain 1: queue 01.0001 belongs to mdev ${uuidOf(2)}, which is defined to start by itself (EADDRINUSE)`,
      warnings: [],
    });
    assert.deepEqual(judge("manual"), {
      refusal: undefined,
      warnings: [
        `only one can be started of this mdev and of ${uuidOf(2)}, which has assign_domain 1: queue 01.0001 belongs to mdev ${uuidOf(1)} (EADDRINUSE)`,
      ],
    });
  });
});
