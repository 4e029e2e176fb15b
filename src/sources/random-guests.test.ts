// Random descriptions of guests in guests: those that are taken come up without a refused write, and what then is there is described as a
// file that brings the same up again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import {
  type GuestDescription,
  type HostDescription,
  type LinuxDescription,
  parseHostDescription,
} from "../formats/description/host-description.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { type Apqn, apqnOf } from "../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../system/ap/id.ts";
import { FACILITIES } from "../system/machine/facts.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import { inLongForm } from "../testing/support/long-form.ts";
import { describeHost } from "./describe-host.ts";
import { describedSource } from "./memory-source.ts";

const KERNELS = ["linux-7.3", "linux-6.12", "linux-6.8", "linux-6.0"];
const ADAPTERS = [4, 5, 0x42];
const DOMAINS = [4, 5, 0x47];

const some = <T extends number>(ids: readonly T[]) =>
  fc.subarray([...ids]).map((list) => [...list].sort((a, b) => a - b) as T[]);
/** Most are as usual. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

interface Ids {
  readonly adapters: readonly number[];
  readonly domains: readonly number[];
}

/** No queue, or one of those that these numbers make, or of others. */
function few({ adapters, domains }: Ids): fc.Arbitrary<readonly Apqn[]> {
  const queue = fc
    .tuple(fc.constantFrom(...adapters, 4), fc.constantFrom(...domains, 4))
    .map(([apid, apqi]) => [apqnOf(asApid(apid), asApqi(apqi))]);
  return fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: queue });
}

let made = 0;
const uuid = (): string => `7a2c1d3e-0000-4c58-9b1e-${(++made).toString(16).padStart(12, "0")}`;

/** How a Linux is set up that has these numbers to give, most of them by mdevs that have guests. */
function linux(ids: Ids, depth: number): fc.Arbitrary<LinuxDescription> {
  const passed = some(ids.adapters.map(asApid));
  return fc
    .record({
      passed,
      domains: some(ids.domains.map(asApqi)),
      unbound: few(ids),
      offline: few(ids),
      split: fc.boolean(),
    })
    .chain(({ passed, domains, unbound, offline, split }) => {
      const shares = split ? passed.map((apid) => [apid]) : [passed];
      const mdevs = shares.map((adapters, n) => ({
        uuid: uuid(),
        name: undefined,
        adapters,
        domains,
        controlDomains: domains.map(asControlDomain),
        guest: `g${n}`,
      }));
      const guests =
        depth === 0 ? [] : mdevs.map(({ guest, adapters }) => describedGuest(guest, { adapters, domains }, depth));
      return fc.tuple(fc.constant(0), ...guests).map(([, ...guests]): LinuxDescription => {
        const apmask = passed.length === 0 ? undefined : passed.map((id) => `-${id}`).join();
        return { masks: { apmask, aqmask: undefined }, overrides: [], unbound, offline, mdevs, guests };
      });
    });
}

function describedGuest(name: string, ids: Ids, depth: number): fc.Arbitrary<GuestDescription> {
  return fc
    .record({
      facilities: seldom(fc.shuffledSubarray([...FACILITIES], { minLength: 3 })),
      notice: seldom(fc.constantFrom("scan" as const, "at-once" as const)),
      profile: seldom(fc.constantFrom(...KERNELS)),
      secure: fc.constantFrom({}, {}, {}, {}, {}, { secureExecution: true as const }),
      own: linux(ids, depth - 1),
    })
    .map(({ secure, own, ...others }) => ({ name, ...others, ...secure, ...own }));
}

const host: fc.Arbitrary<HostDescription> = fc
  .record({
    secure: fc.constantFrom({}, { secureBinding: true as const }),
    own: linux({ adapters: ADAPTERS, domains: DOMAINS }, 2),
  })
  .map(({ secure, own }) => ({
    describes: "a random host",
    apxa: true,
    ...secure,
    maxAdapter: 255,
    maxDomain: 255,
    cards: ADAPTERS.map((id) => ({ id: asApid(id), type: 13, mode: "cca", serial: undefined, state: "online" })),
    domains: DOMAINS.map(asApqi),
    controlDomains: DOMAINS.map(asControlDomain),
    ...own,
  }));

describe("any description of guests in guests", () => {
  it("that is taken comes up without a refused write, and what came up can be described as a file that does the same", () => {
    let [taken, nested] = [0, 0];
    const tried = inLongForm(2000, 300);
    const property = fc.property(host, fc.constantFrom(...KERNELS), (described, kernel) => {
      const profile = profileNamed(kernel) as Profile;
      const text = formatHostDescription(described);
      const parsed = parseHostDescription(text, "host", profile);
      if (!parsed.ok) return;
      taken++;
      if (parsed.value.guests?.some(({ guests }) => guests)) nested++;
      const source = describedSource(parsed.value, "host", profile);
      assert.ok(source.ok);
      assert.deepEqual(source.warnings, [], text);
      const again = describeHost(source.value);
      assert.ok(again.ok);
      assert.deepEqual(again.warnings, [], text);
      const written = formatHostDescription(again.value);
      const read = parseHostDescription(written, "again", profile);
      assert.ok(read.ok, read.ok ? "" : `${formatInputError(read.error)}\n${written}`);
      assert.equal(formatHostDescription(read.value), written);
    });
    fc.assert(property, { numRuns: tried });
    assert.ok(taken > tried / 4 && nested > tried / 30, `${taken} of ${tried} taken, ${nested} of them nested`);
  });
});
