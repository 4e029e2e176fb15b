// The troubles of a host at first sight: the same causes that explain finds queue by queue.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { apidOf, formatApqn } from "../../system/ap/apqn.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE, PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { explainAll } from "./explain-all.ts";
import { causeSentence, hostNotes, troublesOf } from "./trouble.ts";

const uuid = (n: number): string => `e0d1c2b3-000${n}-4a5b-8c6d-7e8f90a1b2c3`;

function hostOf(text: string): Host {
  const described = parseHostDescription(text, "host");
  assert.ok(described.ok, described.ok ? "" : described.error.message);
  const player = new Player(DEFAULT_PROFILE);
  for (const [i, operation] of hostOperations(described.value).entries()) player.apply(operation, i + 1);
  return player.host;
}

const HOST = hostOf(`
cards:
  - { id: 0x31, type: CEX8C }
  - { id: 0x32, type: CEX8C }
  - { id: 0x33, type: CEX8C, state: deconfig }
  - { id: 0x34, type: CEX8C, state: chkstop }
domains: [0x06, 0x07, 0x08]
masks: { apmask: "-49,-50,-51,-52" }
unbound: [31.0007, 32.0007, 33.0007]
mdevs:
  - { uuid: ${uuid(1)}, adapters: [0x31], domains: [0x06], guest: fine }
  - { uuid: ${uuid(2)}, adapters: [0x33, 0x34], domains: [0x08], guest: sick }
  - { uuid: ${uuid(3)}, adapters: [0x31, 0x32], domains: [0x07, 0x08], guest: less }
  - { uuid: ${uuid(4)}, guest: empty }
`);

describe("the troubles of a host", () => {
  it("have one line for each cause, and the worst guest first", () => {
    const told = troublesOf(HOST).map(({ guest, assigned, lacks, useless, causes }) => [
      `${guest} ${assigned} -${lacks} ~${useless}`,
      ...causes.map(causeSentence),
    ]);
    assert.deepEqual(told, [
      ["less 4 -4 ~0", "no driver has 31.0007 and 32.0007, which holds adapters 31-32 back"],
      ["sick 2 -0 ~2", "card 33 is in standby", "card 34 is check-stopped"],
      ["empty 0 -0 ~0"],
    ]);
  });

  it("are not all: cards that do not work and queues that nobody has are told beside them", () => {
    assert.deepEqual(
      hostNotes(HOST).map(({ words }) => words),
      [
        "card 34 is check-stopped",
        "card 33 is in standby",
        "32.0006, 33.0006, 34.0006 and 34.0007 are with vfio_ap and assigned to no mdev",
        "33.0007 is without a driver, and assigned to no mdev",
      ],
    );
    assert.deepEqual(hostNotes(hostOf("cards: [{ id: 1, type: CEX8C }]\ndomains: [1]\n")), []);
  });

  it("are exactly those that explain finds, on random hosts of all kernels", () => {
    let found = 0;
    for (const [seed, profile] of PROFILES.entries()) {
      const source = new RandomOperations(new Random(seed + 900), { adapters: 4, domains: 4, mdevs: 4 });
      const player = new Player(profile);
      player.apply(source.init(), 1);
      for (let i = 2; i < 260; i++) {
        player.apply(source.next(), i);
        if (i % 9 === 0) found += assertSame(player.host, `${profile.name}, ${i}`);
      }
    }
    assert.ok(found > 100, `${found} troubles in all`);
  });
});

/** What is wrong where, as explain tells it and as the troubles do. */
function assertSame(host: Host, where: string): number {
  const expected = explainAll(host, new Map()).flatMap(({ uuid: mdev, problems }) =>
    problems.flatMap(({ apqn, plugged, reason, because, health }) => [
      ...(plugged || reason === "guest-not-running"
        ? []
        : [`${mdev} ${formatApqn(apqn)} ${reason === "adapter-filtered" ? `held by ${because.reason}` : reason}`]),
      ...(health ? [`${mdev} ${formatApqn(apqn)} ${health.state}`] : []),
    ]),
  );
  const troubles = troublesOf(host);
  const told = troubles.flatMap(({ uuid: mdev, causes }) =>
    causes.flatMap(({ kind, queues, heldBack }) => [
      ...queues.map((apqn) => `${mdev} ${formatApqn(apqn)} ${kind}`),
      ...heldBack.map((apqn) => `${mdev} ${formatApqn(apqn)} held by ${kind}`),
    ]),
  );
  assert.deepEqual([...told].sort(), [...expected].sort(), where);
  for (const { causes } of troubles) {
    for (const cause of causes) {
      assert.match(causeSentence(cause), /^\S.*\S$/);
      // What holds a queue back is on its own adapter.
      if (cause.queues.length > 0 && host.profile.filter === "whole")
        for (const apqn of cause.heldBack)
          assert.ok(
            cause.queues.some((one) => apidOf(one) === apidOf(apqn)),
            where,
          );
    }
  }
  return troubles.length;
}
