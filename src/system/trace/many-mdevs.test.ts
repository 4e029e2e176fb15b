// A host with many mdevs: how much is looked at for one of them does not grow with their number, and what is found is what a search
// would find.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { smallHost } from "../../testing/soak/small-host.ts";
import { must } from "../ap/assert.ts";
import { MDEV_TYPE, mdevPath } from "../ap/paths.ts";
import { Mdev } from "../machine/mdev.ts";
import { mdevOf } from "../vfio-ap/guest.ts";
import { findMdev } from "../vfio-ap/mdev-life.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { formatUuid, type Uuid } from "../vfio-ap/uuid.ts";
import type { Operation } from "./operation.ts";
import { Player, type PlayerState } from "./player.ts";

const uuid = (n: number): Uuid => [0x62177883, 0xf1bb47f0, 0x914d0000, n];
const name = (n: number): string => formatUuid(uuid(n));
const DEEDS = ["create", "open", "remove", "close"] as const;

function deed(what: (typeof DEEDS)[number], n: number): Operation {
  if (what === "create") return { op: "write", path: `${MDEV_TYPE}/create`, value: name(n) };
  if (what === "remove") return { op: "write", path: `${mdevPath(name(n))}/remove`, value: "1" };
  return { op: what, guest: `guest ${n}`, mdev: name(n) };
}

const player = (): Player => new Player(DEFAULT_PROFILE, undefined, smallHost().host);

/** How often something of a record is looked at while this many mdevs are made, run, and go. */
function looksFor(count: number): Record<string, number> {
  const one = player();
  let looks = 0;
  const parts = ["isFree", "guest"] as const;
  const before = parts.map((part) => must(Object.getOwnPropertyDescriptor(Mdev.prototype, part)));
  const taken: Record<string, number> = {};
  try {
    for (const [at, part] of parts.entries()) {
      const { get, set } = must(before[at]);
      const counted = function (this: Mdev): unknown {
        looks++;
        return get?.call(this);
      };
      Object.defineProperty(Mdev.prototype, part, { configurable: true, get: counted, ...(set && { set }) });
    }
    for (const what of DEEDS) {
      looks = 0;
      for (let n = 0; n < count; n++) assert.notEqual(typeof one.apply(deed(what, n), n).r, "undefined");
      taken[what] = looks;
    }
  } finally {
    for (const [at, part] of parts.entries()) Object.defineProperty(Mdev.prototype, part, must(before[at]));
  }
  return taken;
}

describe("a host with many mdevs", () => {
  it("looks at no more of them for one that is made, runs or goes than a host with fewer", () => {
    const [fewer, more] = [looksFor(500), looksFor(4000)];
    for (const what of DEEDS)
      assert.ok(
        must(more[what]) <= 16 * must(fewer[what]),
        `${what}: ${fewer[what]}, of 8 times as many ${more[what]}`,
      );
  });

  it("finds an mdev, a guest and a free place as a search does, whatever came before", () => {
    const HIGHEST = 160;
    const step = fc.oneof(
      fc.record({ what: fc.constantFrom(...DEEDS), from: fc.nat(HIGHEST), to: fc.nat(HIGHEST) }),
      fc.constantFrom("save" as const, "restore" as const, "copy" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) => {
        let one = player();
        let kept: PlayerState = one.save();
        for (let n = 0; n < 100; n++) one.apply(deed("create", n), n);
        for (const each of steps) {
          if (each === "save") kept = one.save();
          else if (each === "restore") one.restore(kept);
          else if (each === "copy") one = new Player(DEFAULT_PROFILE, undefined, one.host);
          else for (let n = each.from; n <= each.to; n++) one.apply(deed(each.what, n), n);
          const { host } = one;
          const { state } = host;
          const listed = state.listedMdevs();
          assert.equal(
            state.freeSlot(),
            state.mdevs.find(({ isFree }) => isFree),
          );
          for (let n = 0; n <= HIGHEST; n++) {
            const words = uuid(n);
            const found = listed.find((mdev) => words.every((word, i) => mdev.uuidWord(i) === word));
            assert.equal(findMdev(host, words), found);
            const guest = state.names.numberOf(`guest ${n}`);
            assert.equal(
              mdevOf(host, guest),
              listed.find((mdev) => mdev.guest === guest),
            );
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
