// Bits of apmask and aqmask against all other choices of bits: none frees the same queues and costs the host less.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { range, subsetsOf } from "../../testing/soak/plan/random-hosts.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { seeds } from "../../testing/support/long-form.ts";
import { bitsToFree } from "./free-masks.ts";

const [ADAPTERS, DOMAINS] = [4, 3];
const HOSTS = seeds(100, 5);
const ALL = range(ADAPTERS).flatMap((a) => range(DOMAINS).map((d) => apqnOf(asApid(a), asApqi(d))));

/** Some pieces are missing, some queues are vfio_ap's already. */
function hostWithMasks(random: Random, profile: Profile): Player {
  const some = (n: number) => range(n).filter(() => !random.oneIn(4));
  const player = new Player(profile);
  const init = new RandomOperations(random, { adapters: ADAPTERS, domains: DOMAINS, mdevs: 1 }).init();
  const mask = () => (random.oneIn(3) ? `0x${random.below(16).toString(16)}fff` : "0xffff");
  player.apply(
    {
      ...init,
      qci: true,
      types: new Map(),
      apm: maskOf(some(ADAPTERS).map(asApid)),
      aqm: maskOf(some(DOMAINS).map(asApqi)),
      apmask: mask(),
      aqmask: mask(),
    },
    1,
  );
  return player;
}

const queuesWithHost = ({ state }: Host): readonly Apqn[] => ALL.filter((apqn) => state.cexBound.has(apqn));

/** What the host loses when these bits are cleared, as its kernel does it; undefined if one of the wanted is still its. */
function lossBy(
  start: Host,
  adapters: readonly number[],
  domains: readonly number[],
  wanted: readonly Apqn[],
): number | undefined {
  const { host, sysfs } = new Player(start.profile, undefined, start);
  const before = queuesWithHost(host).length;
  for (const id of adapters) assert.ok(sysfs.write("bus/ap/apmask", `-${id}`).ok);
  for (const id of domains) assert.ok(sysfs.write("bus/ap/aqmask", `-${id}`).ok);
  const { apmask, aqmask } = host.state;
  if (wanted.some((apqn) => apmask.has(apidOf(apqn)) && aqmask.has(apqiOf(apqn)))) return undefined;
  return before - queuesWithHost(host).length;
}

describe("the bits that free queues", () => {
  for (const profile of PROFILES.filter(({ name }) => name === "linux-7.3" || name === "linux-6.0")) {
    it(`cost the host no more than any others would, under ${profile.name}`, () => {
      let dear = 0;
      for (const seed of HOSTS) {
        const random = new Random(seed * 7907);
        const { host } = hostWithMasks(random, profile);
        const owned = ALL.filter((apqn) => host.state.apmask.has(apidOf(apqn)) && host.state.aqmask.has(apqiOf(apqn)));
        const share = random.below(4) + 1;
        const wanted = owned.filter(() => random.oneIn(share));
        if (wanted.length === 0) continue;
        const { adapters, domains } = bitsToFree(host, wanted);
        const loss = lossBy(host, adapters, domains, wanted);
        const what = `seed ${seed}: ${wanted.map(formatApqn).join(" ")} by ${adapters.join()} and ${domains.join()}`;
        for (const a of subsetsOf(range(ADAPTERS))) {
          for (const d of subsetsOf(range(DOMAINS))) {
            const other = lossBy(host, a, d, wanted);
            assert.ok(
              loss !== undefined && (other === undefined || loss <= other),
              `${what}: ${a.join()} and ${d.join()} cost less`,
            );
          }
        }
        if (loss !== undefined && loss > wanted.filter((apqn) => host.state.cexBound.has(apqn)).length) dear++;
      }
      // Often the host cannot but lose more than what was wanted.
      assert.ok(dear > HOSTS.length / 10);
    });
  }
});
