// Hosts whose guests have a Linux of their own, described as a file that brings the same up again; what it cannot say is told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { runningGuests } from "../system/sysfs/running-guests.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed } from "../system/vfio-ap/profiles.ts";
import { guestBegins, randomMade, somewhere } from "../testing/soak/guests-soak.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { playerFrom } from "../testing/support/hosts.ts";
import { seeds } from "../testing/support/long-form.ts";
import { describeHost } from "./describe-host.ts";
import { labelsOf } from "./memory-source.ts";

function described(player: Player, labels?: ReadonlyMap<string, string>) {
  const result = describeHost({
    sysfs: player.sysfs,
    describes: "a host",
    guests: runningGuests(player.host),
    profile: player.profile,
    host: player.host,
    inside: player.hasInside ? player : undefined,
    ...(labels && { labels }),
  });
  assert.ok(result.ok, result.ok ? "" : result.message);
  return { host: result.value, warnings: result.warnings };
}

function again(host: HostDescription, profile: Profile): HostDescription {
  const read = parseHostDescription(formatHostDescription(host), "again", profile);
  assert.ok(read.ok, read.ok ? "" : `${formatInputError(read.error)}\n${formatHostDescription(host)}`);
  return read.value;
}

const NESTED = `host adapter 04 05 domain 0004 0047 guest g1=scan,linux-6.12 guest g1/g2=ap,apqci,apft
free adapter 04 05
assign adapter 04 05 domain 0004 0047
start
in g1: free adapter 05
in g1: assign adapter 05 domain 0004 0047
in g1: start g2
`;

describe("describe a host whose guests have a Linux of their own", () => {
  it("says what they are made of and how they are set up, as deep as they are nested", () => {
    const path = "bus/ap/drivers/cex4queue/unbind";
    const unbound = { op: "write", in: "g1/g2", path, value: "05.0047\n" } as const;
    const { host, warnings } = described(playerFrom(NESTED, DEFAULT_PROFILE, [unbound]));
    assert.deepEqual(warnings, []);
    const [g1] = host.guests ?? [];
    assert.deepEqual([g1?.name, g1?.notice, g1?.profile, g1?.masks.apmask], ["g1", "scan", "linux-6.12", "-5"]);
    const [g2] = g1?.guests ?? [];
    assert.deepEqual([g2?.name, g2?.facilities, g2?.unbound], ["g2", ["ap", "apqci", "apft"], [0x0547]]);
    assert.deepEqual(again(host, DEFAULT_PROFILE), host);
  });

  it("says nothing of guests that have none", () => {
    const { host } = described(
      playerFrom("host adapter 04 domain 0004\nfree adapter 04\nassign adapter 04 domain 0004\nstart\n"),
    );
    assert.equal(host.guests, undefined);
  });

  it("leaves out what a guest has not noticed yet, and says so", () => {
    const { host, warnings } = described(playerFrom(`${NESTED}in g1: unbind 04.0004\nunbind 04.0047\n`));
    assert.deepEqual(host.guests?.[0]?.unbound, []);
    assert.deepEqual(warnings, [
      "guest g1: not as described: the host had adapters 4 5, not 5",
      "guest g1: not as described: card 04 is missing",
      "guest g1: not as described: queue 04.0004 is missing",
      "guest g1: not as described: queue 04.0047 is missing",
    ]);
    assert.deepEqual(again(host, DEFAULT_PROFILE), host);
  });

  it("leaves out what a guest's mdev holds that its own host has taken away", () => {
    const { host, warnings } = described(playerFrom(`${NESTED}unassign adapter 05\n`));
    assert.deepEqual(host.guests?.[0]?.mdevs[0]?.adapters, []);
    assert.ok(
      warnings.some((what) => /^guest g1: not as described: mdev .* had matrix 5 x 4 71/.test(what)),
      warnings.join("\n"),
    );
    assert.deepEqual(again(host, DEFAULT_PROFILE), host);
  });

  it("says of which guests nothing can be said, because they do not run", () => {
    const { host, warnings } = described(playerFrom("host adapter 04 domain 0004 guest g1=scan\n"));
    assert.deepEqual([host.guests, warnings], [[], ["guest g1 does not run: what it is made of is left out"]]);
  });

  it("does not ask a kernel to tell guests at once that cannot", () => {
    const profile = profileNamed("linux-6.12") as Profile;
    const told = NESTED.replace("g1=scan,linux-6.12", "g1=at-once");
    const { host } = described(playerFrom(told, profile));
    assert.equal(host.guests?.[0]?.notice, undefined);
    assert.deepEqual(again(host, profile), host);
    assert.equal(described(playerFrom(told)).host.guests?.[0]?.notice, "at-once");
  });

  it("keeps the names of mdevs in guests, each where it belongs", () => {
    const uuid = (n: number): string => `7a2c1d3e-001${n}-4c58-9b1e-5f0c0a6d0011`;
    const mdev = (n: number, name: string, guest: string) => `{ uuid: ${uuid(n)}, name: ${name}, guest: ${guest} }`;
    const read = parseHostDescription(
      `cards: []
domains: []
mdevs: [${mdev(1, "a", "g1")}, ${mdev(2, "b", "g2")}]
guests:
  - { name: g1, mdevs: [${mdev(1, "not a", "x")}, ${mdev(3, "c", "y")}, ${mdev(4, "d", "z")}] }
  - { name: g2, mdevs: [${mdev(4, "not d", "x")}] }
`,
      "h",
    );
    assert.ok(read.ok, read.ok ? "" : formatInputError(read.error));
    // One UUID in two places is no name for either, but the host's own are.
    assert.deepEqual([...labelsOf(read.value).values()], ["a", "b", "c"]);
  });

  it("leaves the insides of guests out that are more than can have one, and says so", () => {
    const player = playerFrom("host adapter 04 domain 0004 guest g1=scan\n");
    for (let n = 0; n < 257; n++) {
      const uuid = `7a2c1d3e-0001-4c58-9b1e-${n.toString(16).padStart(12, "0")}`;
      const path = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
      player.apply({ op: "write", path, value: uuid }, n);
      player.apply({ op: "open", guest: `g${n}`, mdev: uuid }, n);
    }
    const { host, warnings } = described(player);
    assert.equal(host.guests, undefined);
    assert.deepEqual(warnings, ["what is in its guests is left out: they are 257, and at most 256 can have a Linux"]);
    assert.deepEqual(again(host, DEFAULT_PROFILE), host);
  });

  it("makes a file of any host, guests in guests and all, that can be read again", () => {
    const size = { adapters: 4, domains: 4, mdevs: 3 };
    let [nested, exact] = [0, 0];
    const all = seeds(120);
    for (const seed of all) {
      const random = new Random(seed);
      const source = new RandomOperations(random, size);
      const name = random.pick(["linux-7.3", "linux-6.12", "linux-6.8"]);
      const profile = profileNamed(name) as Profile;
      const player = new Player(profile);
      player.apply({ ...source.init(), qci: true, types: new Map(), guests: randomMade(random, size, 3) }, 0);
      for (let i = 1; i < 60; i++) {
        player.apply(somewhere(source.next(), random, player), i);
        if (random.oneIn(4)) for (const operation of guestBegins(random, size, player)) player.apply(operation, i);
      }
      const { host, warnings } = described(player);
      assert.deepEqual(again(host, profile), host, `seed ${seed}`);
      if (host.guests?.some(({ guests }) => guests)) nested++;
      if (host.guests?.length && warnings.every((what) => what.includes("does not run"))) exact++;
    }
    assert.ok(nested > all.length / 8, `${nested} of ${all.length} have guests in guests`);
    assert.ok(exact > 0, "none is described in full");
  });
});
