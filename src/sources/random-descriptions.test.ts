// Random descriptions: written and read again they are the same, and the hosts that they describe come up. Random text: refused
// or understood, but nothing throws.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isLeftToHost, ownershipOf } from "../formats/description/described-ownership.ts";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import {
  type HostDescription,
  type MdevDescription,
  parseHostDescription,
} from "../formats/description/host-description.ts";
import { CARD_STATES } from "../formats/description/host-file.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { parseDesired } from "../formats/desired/desired-file.ts";
import { detectAndImport } from "../formats/listing/detect-import.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { parseLibvirtXml } from "../formats/tools/libvirt-xml.ts";
import { parseMdevctl } from "../formats/tools/mdevctl-json.ts";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqn } from "../system/ap/apqn.ts";
import { CARD_MODES, type CardMode } from "../system/ap/card-type.ts";
import { asApid, asApqi, asControlDomain } from "../system/ap/id.ts";
import { emptyRegister, type MasterKeys, REGISTERS, type Register, shapeOf } from "../system/ap/master-keys.ts";
import { UNSEEN } from "../system/ap/quoted.ts";
import { ifAny } from "../system/machine/keys-and-counts.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { PROFILES, profileNamed } from "../system/vfio-ap/profiles.ts";
import { inLongForm } from "../testing/support/long-form.ts";

const ids = (max: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max }), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const visible = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => !/\p{Cc}/u.test(text));
const serial = fc.stringMatching(/^[\x20-\x7e]{1,16}$/);

/** mdevs own whole adapters, each another one, so that none of them shares a queue; the masks leave those to vfio_ap. */
const description: fc.Arbitrary<HostDescription> = fc
  .record({
    describes: optional(fc.string({ unit: "binary" })),
    apxa: fc.boolean(),
    secure: fc.constantFrom(
      {},
      { secureBinding: true } as const,
      { secureBinding: true, secureExecution: true } as const,
    ),
    cards: ids(60),
    domains: ids(15),
    controlDomains: ids(15),
    passed: ids(60),
    mdevDomains: ids(15),
    types: fc.array(fc.integer({ min: 10, max: 14 }), { minLength: 12, maxLength: 12 }),
    modes: fc.array(fc.constantFrom(...CARD_MODES), { minLength: 12, maxLength: 12 }),
    states: fc.array(fc.constantFrom(...CARD_STATES), { minLength: 12, maxLength: 12 }),
    serials: fc.array(optional(serial), { minLength: 12, maxLength: 12 }),
    names: fc.uniqueArray(visible, { minLength: 12, maxLength: 12 }),
    uuids: fc.uniqueArray(fc.uuid(), { minLength: 12, maxLength: 12 }),
    picks: fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }),
  })
  .map(({ describes, apxa, secure, cards, domains, controlDomains, passed, mdevDomains, ...by }): HostDescription => {
    const queues = cards.flatMap((id) => domains.map((domain) => apqnOf(asApid(id), asApqi(domain))));
    const chosen = (pick: number): Apqn[] => queues.filter((_, i) => by.picks[i % 12] === pick);
    const modeOf = (apqn: Apqn) => by.modes[cards.indexOf(apidOf(apqn))] ?? "cca";
    const keysAndCounts = ifAny({
      keys: new Map(
        queues.flatMap((apqn, i) =>
          modeOf(apqn) === "accel" ? [] : [[apqn, keysFor(modeOf(apqn), by.picks, i)] as const],
        ),
      ),
      requests: new Map(chosen(0).map((apqn) => [apqn, apqn * 7])),
      cardRequests: new Map(cards.slice(0, by.picks[0]).map((id) => [asApid(id), id * 9 + 1])),
    });
    return {
      describes,
      apxa,
      ...secure,
      maxAdapter: 0x3c,
      maxDomain: 15,
      cards: cards.map((id, i) => ({
        id: asApid(id),
        type: by.types[i] as number,
        mode: by.modes[i] as (typeof CARD_MODES)[number],
        serial: by.serials[i],
        state: by.states[i] as (typeof CARD_STATES)[number],
      })),
      domains: domains.map(asApqi),
      controlDomains: controlDomains.map(asControlDomain),
      masks: { apmask: passed.length > 0 ? passed.map((id) => `-${id}`).join(",") : undefined, aqmask: undefined },
      overrides: [],
      unbound: chosen(1),
      offline: chosen(2).filter((apqn) => !passed.includes(apqn >> 8)),
      mdevs: passed.map(
        (id, i): MdevDescription => ({
          uuid: by.uuids[i] as string,
          name: by.picks[i] === 0 ? undefined : by.names[i],
          adapters: [asApid(id)],
          domains: mdevDomains.map(asApqi),
          controlDomains: controlDomains.map(asControlDomain),
          guest: by.picks[i] === 1 ? undefined : by.names[i],
        }),
      ),
      ...(keysAndCounts && { keysAndCounts }),
    };
  });

/** Some registers empty, some in one of their states, some not told. */
function keysFor(mode: CardMode, picks: readonly number[], from: number): MasterKeys {
  const texts = REGISTERS[mode].flatMap((register, i): (readonly [Register, string])[] => {
    const { states, digits } = shapeOf(register);
    const pick = picks[(from + i) % picks.length] ?? 0;
    if (pick === 0) return [[register, emptyRegister(register)]];
    return pick === 1 ? [] : [[register, `${states.at(-1)} 0x${(from % 16).toString(16).repeat(digits)}`]];
  });
  // A queue that tells of no register is one that is not listed.
  return new Map(texts.length > 0 ? texts : REGISTERS[mode].map((register) => [register, emptyRegister(register)]));
}

describe("write any host description", () => {
  it("is read again as it was", () => {
    fc.assert(
      fc.property(description, (host) => {
        const result = parseHostDescription(formatHostDescription(host), "host.yaml");
        assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
        assert.deepEqual(result.value, host);
      }),
      { numRuns: inLongForm(100, 25) },
    );
  });
});

/** Brings the host up; fails at the first operation that is refused. */
function bringUp(host: HostDescription, profile: Profile): Player {
  const player = new Player(profile);
  for (const [i, operation] of hostOperations(host).entries()) {
    const { r, apcb } = player.apply(operation, i);
    assert.equal(typeof r, "number", `${profile.name} refused ${JSON.stringify(operation)} with ${r}`);
    // Nobody's masks change but those of the guest that starts.
    if (apcb) assert.deepEqual(Object.keys(apcb), operation.op === "open" ? [operation.guest] : []);
  }
  return player;
}

/** Which driver has it, by the links of sysfs. */
function driverOf({ sysfs }: Player, apqn: Apqn): string | undefined {
  const link = sysfs.readlink(`devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/driver`);
  return link.ok ? link.value.split("/").at(-1) : undefined;
}

describe("bring any described host up", () => {
  const newest = PROFILES.filter(({ assignNeeds }) => assignNeeds === "not-host-owned");

  it("is never refused, and every queue is with the driver that it is described with", () => {
    fc.assert(
      fc.property(description, fc.constantFrom(...newest), (host, profile) => {
        const player = bringUp(host, profile);
        const ownership = ownershipOf(host);
        for (const { id } of host.cards) {
          for (const domain of host.domains) {
            const apqn = apqnOf(id, domain);
            const rightful = isLeftToHost(ownership, apidOf(apqn), apqiOf(apqn)) ? "cex4queue" : "vfio_ap";
            assert.equal(driverOf(player, apqn), host.unbound.includes(apqn) ? undefined : rightful, formatApqn(apqn));
          }
        }
      }),
      { numRuns: inLongForm(100, 25) },
    );
  });

  it("has the cards and queues in their states", () => {
    fc.assert(
      fc.property(description, (host) => {
        const { sysfs } = bringUp(host, profileNamed("linux-6.12") as Profile);
        const read = (path: string): string | undefined => {
          const text = sysfs.read(path);
          return text.ok ? text.value : undefined;
        };
        for (const { id, state } of host.cards) {
          const card = `devices/ap/card${formatApid(id)}`;
          const shown = ["online", "config", "chkstop"].map((name) => read(`${card}/${name}`));
          // A card without any queue has no device.
          if (host.domains.length === 0) continue;
          const expected = { online: "1 1 0", offline: "0 1 0", deconfig: "0 0 0", chkstop: "0 1 1" }[state];
          assert.equal(shown.map((text) => text?.trim()).join(" "), expected);
        }
        for (const apqn of host.offline) {
          assert.equal(read(`devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/online`)?.trim(), "0");
        }
        for (const { uuid } of host.mdevs) assert.notEqual(read(`devices/vfio_ap/matrix/${uuid}/matrix`), undefined);
      }),
      { numRuns: inLongForm(100, 25) },
    );
  });
});

describe("read whatever comes", () => {
  const neverThrows = (text: string): void => {
    for (const result of [parseHostDescription(text, "x"), detectAndImport(text, "x")]) {
      if (!result.ok) assert.doesNotMatch(formatInputError(result.error), /[\r\n]/);
    }
  };

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => neverThrows(Buffer.from(bytes).toString("utf8"))),
      { numRuns: inLongForm(500, 125) },
    );
  });

  it("says on one line what a parser says of characters that a terminal acts on", () => {
    const texts = [
      ">\r",
      ">\u001b[2J",
      "|\u0085",
      "@\u2028",
      "<device>\r<a\u001b>",
      '[{"uuid": \r\u001b}]',
      '{"a\u001b\r',
    ];
    for (const text of texts) {
      const results = [
        parseHostDescription(text, "x"),
        detectAndImport(text, "x"),
        parseDesired(text, "x"),
        parseLibvirtXml(text, "x"),
        parseMdevctl(text),
      ];
      assert.ok(!results[0]?.ok, JSON.stringify(text));
      for (const result of results) {
        if (result.ok) continue;
        const said = "message" in result.error ? result.error.message : result.error.expected;
        assert.doesNotMatch(said, new RegExp(UNSEEN.source, "u"), JSON.stringify(text));
      }
    }
  });

  it("never throws on random pieces of descriptions and listings", () => {
    const pieces = [
      "cards",
      ":",
      " ",
      "\n",
      "-",
      "[",
      "]",
      "{",
      "}",
      "id",
      "type",
      "CEX5C",
      "0x04",
      "0047",
      "04.0047",
      "&a",
      "*a",
      "!!binary",
      "|",
      ">",
      "'",
      '"',
      "CARD.DOM",
      "TYPE",
      "MODE",
      "---",
      "===",
      "04",
      "CCA-Coproc",
      "in use",
      "...",
      "$ lszcrypt",
      "apmask:",
      "matrix:",
      "\\",
      "\u00a0",
      "%YAML 1.1",
      "<<",
      "?",
    ];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((list) => list.join(""));
    fc.assert(fc.property(text, neverThrows), { numRuns: inLongForm(2000, 500) });
  });
});
