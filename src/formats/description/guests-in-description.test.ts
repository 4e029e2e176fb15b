// What a host description may say of guests: what they are made of, how their Linux is set up, their own guests; and what it may not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { formatInputError } from "../reading/input-error.ts";
import { formatHostDescription } from "./format-host-description.ts";
import { type HostDescription, parseHostDescription } from "./host-description.ts";
import { hostOperations } from "./host-operations.ts";

const uuid = (n: number): string => `7a2c1d3e-00${n}-4c58-9b1e-5f0c0a6d00${n}`;

const HOST = `cards: [{ id: 4, type: CEX7C }, { id: 5, type: CEX7C }]
domains: [4, 0x47]
masks: { apmask: "-4,-5" }
mdevs:
  - { uuid: ${uuid(11)}, adapters: [4, 5], domains: [4, 0x47], control_domains: [4], guest: g1 }
  - { uuid: ${uuid(12)}, guest: g2 }
`;

const INNER = `guests:
  - name: g1
    masks: { apmask: "-5" }
    mdevs: [{ uuid: ${uuid(13)}, adapters: [5], domains: [4], guest: inner }]
`;

function read(text: string): HostDescription {
  const result = parseHostDescription(text, "h");
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return result.value;
}

function refusal(text: string, kernel?: string): string {
  const result = parseHostDescription(text, "h", kernel === undefined ? undefined : profileNamed(kernel));
  assert.ok(!result.ok, "should have been refused");
  const line = formatInputError(result.error);
  assert.doesNotMatch(line, /\n/);
  return line;
}

describe("guests in a host description", () => {
  it("are as usual in what is not said of them", () => {
    assert.deepEqual(read(`${HOST}guests: [{ name: g2 }]\n`).guests, [
      {
        name: "g2",
        facilities: undefined,
        notice: undefined,
        profile: undefined,
        masks: { apmask: undefined, aqmask: undefined },
        overrides: [],
        unbound: [],
        offline: [],
        mdevs: [],
      },
    ]);
  });

  it("have a Linux of their own if there is the list, be it empty, and else none", () => {
    const guestsOf = (text: string) => operationToJson(hostOperations(read(text))[0] as never).guests;
    assert.deepEqual(guestsOf(`${HOST}guests: []\n`), {});
    assert.equal(guestsOf(HOST), undefined);
  });

  it("take every member, and are written as they were read", () => {
    const host = read(`secure_binding: true
${HOST}guests:
  - name: g1
    facilities: [apft, ap, apqci]
    notice: scan
    profile: linux-6.8
    secure_execution: true
    masks: { apmask: "-5", aqmask: "-4" }
    unbound: ["04.0004"]
    offline: ["04.0047"]
    mdevs: [{ uuid: ${uuid(13)}, name: of inner, adapters: [5], domains: [4], control_domains: [4], guest: inner }]
    guests: [{ name: inner, overrides: { "05.0004": vfio_ap } }]
  - { name: g2, facilities: [], notice: at-once }
`);
    assert.deepEqual(host.guests?.[0]?.facilities, ["ap", "apqci", "apft"]);
    assert.equal(host.guests?.[0]?.guests?.[0]?.overrides.length, 1);
    assert.deepEqual(read(formatHostDescription(host)), host);
  });

  it("are started by their host, then set up inside, then start their own", () => {
    const host = read(`${HOST}${INNER}    guests: [{ name: inner, offline: ["05.0004"] }]\n`);
    const steps = hostOperations(host).map((operation) => {
      const { in: where, op, path, value, guest } = operationToJson(operation) as Record<string, string | undefined>;
      return [where ?? "-", op, path?.split("/").at(-1) ?? guest ?? "", value?.trim() ?? ""].join(" ").trim();
    });
    assert.deepEqual(steps.slice(steps.indexOf("- open g1")), [
      "- open g1",
      "g1 write apmask -5",
      `g1 write create ${uuid(13)}`,
      "g1 write assign_adapter 0x05",
      "g1 write assign_domain 0x0004",
      "g1 open inner",
      "g1/inner write online 0",
      "- open g2",
    ]);
  });
});

describe("a guest that cannot be", () => {
  it("is one that no mdev beside it names, or one that stands twice", () => {
    assert.equal(
      refusal(`${HOST}guests: [{ name: g3 }]\n`),
      'h:7:18: expected a guest that one of the mdevs beside it names, found "g3": did you mean "g1"?',
    );
    assert.equal(
      refusal(`${HOST}guests: [{ name: g1, guests: [{ name: g2 }] }]\n`),
      'h:7:39: expected a guest that one of the mdevs beside it names, found "g2": give one of the mdevs this guest',
    );
    assert.match(
      refusal(`${HOST}guests: [{ name: g1 }, { name: g1 }]\n`),
      /^h:7:32: expected each guest once, found g1/,
    );
    assert.match(
      refusal(`${HOST}guests: [{ notice: scan }]\n`),
      /^h:7:\d+: expected the name of a guest .* as "name"$/,
    );
  });

  it("is one whose name would be taken for a guest of a guest", () => {
    const named = HOST.replace("guest: g1", "guest: a/b");
    assert.match(
      refusal(`${named}guests: [{ name: a/b }]\n`),
      /^h:7:18: expected a name without a slash, found "a\/b"/,
    );
    assert.ok(read(`${named}guests: []\n`));
  });

  it("has facilities that contradict, or that its host lacks", () => {
    const of = (facilities: string) => `${HOST}guests: [{ name: g1, facilities: ${facilities} }]\n`;
    assert.match(refusal(of("[apqi]")), /^h:7:34: expected "ap" beside apqi, which needs it$/);
    assert.match(refusal(of("[ap, ap]")), /^h:7:39: expected each facility once, found ap/);
    assert.match(refusal(of("[ap, apxa]")), /^h:7:39: expected a facility \(ap, apqci, apft, apqi\), found "apxa"$/);
    const inner = `${HOST}${INNER}    facilities: [ap, apft]\n    guests: [{ name: inner, facilities: [ap, apqi] }]\n`;
    assert.match(refusal(inner), /^h:12:46: expected facilities that guest g1 has, found apqi: leave it out/);
  });

  it("is to be told at once by a kernel that cannot, where the kernel is known", () => {
    const told = `${HOST}guests: [{ name: g1, notice: at-once }]\n`;
    assert.ok(read(told));
    assert.ok(parseHostDescription(told, "h", profileNamed("linux-7.3")).ok);
    assert.equal(
      refusal(told, "linux-6.12"),
      "h:7:30: expected notice: scan, found at-once: linux-6.12 on this machine cannot tell guests, Linux from 6.15 on can",
    );
    const inner = `${HOST}${INNER}    profile: linux-6.8\n    guests: [{ name: inner, notice: at-once }]\n`;
    assert.match(refusal(inner), /^h:12:37: .* linux-6\.8 on guest g1 cannot tell guests/);
    assert.match(refusal(`${HOST}guests: [{ name: g1, notice: often }]\n`), /expected a notice \(scan, at-once\)/);
  });

  it("runs a kernel that is not known", () => {
    assert.match(
      refusal(`${HOST}guests: [{ name: g1, profile: linux-7.4 }]\n`),
      /^h:7:31: expected the name of a kernel profile.*, found "linux-7\.4": did you mean "linux-7\.3"\?$/,
    );
  });

  it("is for Secure Execution without the facilities that it needs", () => {
    const secure = `${HOST}guests: [{ name: g1, secure_execution: true }]\n`;
    assert.match(refusal(secure), /^h:7:40: expected secure binding of this machine, found none/);
    assert.ok(read(`secure_binding: true\n${secure}`));
    const blind = secure.replace("name: g1", "name: g1, facilities: [ap, apft]");
    assert.match(refusal(`secure_binding: true\n${blind}`), /expected the facility apqci beside it, found none/);
  });

  it("gives its own guest what it does not have itself", () => {
    const inner = (text: string) => refusal(`${HOST}${INNER.replace(/adapters.*guest/, `${text}, guest`)}`);
    const where = `add it to`;
    assert.equal(
      inner("adapters: [5, 6], domains: [4]"),
      `h:10:73: expected an adapter that guest g1 has, found 0x6: ${where} adapters of mdev ${uuid(11)}`,
    );
    assert.match(
      inner("adapters: [5], domains: [4-5]"),
      /expected a domain that guest g1 has, found 0x5: .*domains of/,
    );
    assert.match(
      inner("control_domains: [0x47]"),
      /expected a domain that guest g1 has, found 0x47: .*control_domains of/,
    );
  });

  it("names queues that its bus does not show", () => {
    const guest = (members: string, host = HOST) => refusal(`${host}guests: [{ name: g1, ${members} }]\n`);
    assert.match(guest('unbound: ["06.0004"]'), /expected a queue of guest g1, found 06\.0004: it has no card 06$/);
    assert.match(guest('offline: ["04.0005"]'), /expected a queue of guest g1, found 04\.0005: it has no domain 0005$/);
    assert.match(guest('unbound: ["04.0004"]', `${HOST}unbound: ["04.0047"]\n`), /it has no card 04$/);
    assert.match(guest('unbound: ["04.0004"], facilities: [ap, apqci]'), /it has no card 04$/);
    assert.match(guest('unbound: ["04.0047"], facilities: [ap, apft]'), /it has no domain 0047$/);
  });

  it("has no AP bus on which the rest could be", () => {
    const guest = (members: string) => refusal(`${HOST}guests: [{ name: g1, facilities: [], ${members} }]\n`);
    assert.match(guest('masks: { apmask: "-5" }'), /^h:7:45: expected no masks, because guest g1 has no AP bus/);
    assert.match(guest(`mdevs: [{ uuid: ${uuid(13)} }]`), /expected no mdevs, because guest g1 has no AP bus/);
  });

  it("is held to the rules of a host: owners, masks beside overrides, nothing twice", () => {
    assert.match(
      refusal(`${HOST}${INNER.replace("-5", "-4")}`),
      /^h:10:\d+: expected queues that the masks leave to vfio_ap/,
    );
    assert.match(
      refusal(`${HOST}${INNER}    overrides: { "04.0004": vfio_ap }\n`),
      /found both: the kernel takes overrides/,
    );
    assert.match(refusal(`${HOST}guests: [{ name: g1, unbound: ["04.0004", "04.0004"] }]\n`), /each queue once/);
    assert.match(refusal(`${HOST}guests: [{ name: g1, uuid: x }]\n`), /expected a member of a guest, found "uuid"/);
  });

  it("is one too many to have a Linux of its own", () => {
    const mdevs = (count: number): string =>
      Array.from({ length: count }, (_, n) => `{ uuid: ${uuid(11).slice(0, -4)}${1000 + n}, guest: g${n} }`).join();
    const host = (inner: number, outer: number): string =>
      `{ cards: [], domains: [], guests: [{ name: g0, mdevs: [${mdevs(inner)}] }], mdevs: [${mdevs(outer)}] }`;
    assert.ok(read(host(100, 156)));
    assert.match(refusal(host(100, 157)), /^h:1:35: expected at most 256 guests with a Linux of their own, found 257:/);
    assert.ok(read(host(0, 300).replace(/guests: .*\], mdevs/, "mdevs")));
  });

  it("is nested too deeply", () => {
    const nested = (levels: number): string => {
      const mdev = `mdevs: [{ uuid: ${uuid(11)}, guest: g }]`;
      const inside = (left: number): string =>
        left === 0 ? "" : `, guests: [{ name: g, ${mdev}${inside(left - 1)} }]`;
      return `{ cards: [], domains: [], ${mdev}${inside(levels)} }\n`;
    };
    assert.deepEqual(read(formatHostDescription(read(nested(16)))), read(nested(16)));
    assert.match(refusal(nested(17)), /^h:1:\d+: expected guests of guests at most 16 deep, found more$/);
    assert.match(refusal(nested(2000)), /^h:1:1: expected YAML: it is nested too deeply$/);
  });
});
