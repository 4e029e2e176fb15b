// What a host description may say, and how each slip is told: with its place and in one line.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatApqn } from "../../system/ap/apqn.ts";
import { formatInputError } from "../reading/input-error.ts";
import { formatHostDescription } from "./format-host-description.ts";
import { type HostDescription, parseHostDescription } from "./host-description.ts";

function read(text: string): HostDescription {
  const result = parseHostDescription(text, "host.yaml");
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return result.value;
}

function refusal(text: string): string {
  const result = parseHostDescription(text, "host.yaml");
  assert.ok(!result.ok, "should have been refused");
  const line = formatInputError(result.error);
  assert.doesNotMatch(line, /\n/);
  return line;
}

const SMALL = "cards: [{ id: 4, type: CEX5C }]\ndomains: [4, 0x47]\n";

describe("read a host description", () => {
  it("has the machine's defaults where nothing is said", () => {
    assert.deepEqual(read(SMALL), {
      describes: undefined,
      apxa: true,
      maxAdapter: 0xff,
      maxDomain: 0xff,
      cards: [{ id: 4, type: 11, mode: "cca", serial: undefined, state: "online" }],
      domains: [0x04, 0x47],
      controlDomains: [0x04, 0x47],
      masks: { apmask: undefined, aqmask: undefined },
      overrides: [],
      unbound: [],
      offline: [],
      mdevs: [],
    });
  });

  it("has smaller maxima without extended addressing", () => {
    const { apxa, maxAdapter, maxDomain } = read("apxa: false\ncards: []\ndomains: []\n");
    assert.deepEqual({ apxa, maxAdapter, maxDomain }, { apxa: false, maxAdapter: 63, maxDomain: 15 });
  });

  it("takes every member", () => {
    const description = read(`
describes: a test machine
apxa: true
max_adapter: 0x1f
max_domain: 100
cards:
  - { id: 0x0a, type: CEX8P, serial: "93AABE7X" }
  - { id: 4, type: 11, mode: accel, state: chkstop }
domains: ["0x04-0x06", 0x47]
control_domains: [4-5]
masks: { apmask: "-0x0a", aqmask: "-6,-0x47" }
unbound: ["0a.0005"]
offline: ["04.0004"]
mdevs:
  - uuid: 3B0C0A6E-7F3E-4A67-9F61-0D2E6C3A1B5C
    name: hsm of alpha
    adapters: [0x0a]
    domains: [0x47, 6]
    control_domains: [0x47]
    guest: alpha
`);
    assert.deepEqual(
      description.cards.map(({ id, type, mode, serial, state }) => [id, type, mode, serial, state]),
      [
        [4, 11, "accel", undefined, "chkstop"],
        [10, 14, "ep11", "93AABE7X", "online"],
      ],
    );
    assert.deepEqual([description.maxAdapter, description.maxDomain], [0x1f, 100]);
    assert.deepEqual(
      [description.domains, description.controlDomains],
      [
        [4, 5, 6, 0x47],
        [4, 5],
      ],
    );
    assert.deepEqual(description.masks, { apmask: "-0x0a", aqmask: "-6,-0x47" });
    assert.deepEqual(
      [description.unbound, description.offline].map((list) => list.map(formatApqn)),
      [["0a.0005"], ["04.0004"]],
    );
    assert.deepEqual(description.mdevs, [
      {
        uuid: "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c",
        name: "hsm of alpha",
        adapters: [0x0a],
        domains: [6, 0x47],
        controlDomains: [0x47],
        guest: "alpha",
      },
    ]);
  });

  it("says that the machine has secure binding, and that Linux runs in a Secure Execution guest", () => {
    const guest = read(`secure_binding: true\nsecure_execution: true\n${SMALL}`);
    assert.deepEqual([guest.secureBinding, guest.secureExecution], [true, true]);
    assert.deepEqual(read(formatHostDescription(guest)), guest);
    const machine = read(`secure_binding: true\nsecure_execution: false\n${SMALL}`);
    assert.deepEqual([machine.secureBinding, machine.secureExecution], [true, undefined]);
    assert.deepEqual(read(formatHostDescription(machine)), machine);
    assert.deepEqual(read(`secure_binding: false\n${SMALL}`), read(SMALL));
  });

  it("refuses a Secure Execution guest on a machine without secure binding", () => {
    assert.equal(
      refusal(`${SMALL}secure_execution: true\n`),
      "host.yaml:3:19: expected secure_binding: true beside it, found none: a Secure Execution guest binds its queues",
    );
    assert.match(refusal(`${SMALL}secure_binding: 1\n`), /^host.yaml:3:17: expected true or false, found/);
  });

  it("takes queues and masks without quotes, although YAML calls them numbers", () => {
    const description = read(
      `${SMALL}masks: { apmask: 0xf7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff, aqmask: -0x47 }\nunbound: [04.0004]\n`,
    );
    assert.equal(description.masks.apmask, `0xf7${"f".repeat(62)}`);
    assert.equal(description.masks.aqmask, "-0x47");
    assert.deepEqual(description.unbound.map(formatApqn), ["04.0004"]);
  });

  it("takes JSON, which is YAML", () => {
    assert.deepEqual(read('{"cards": [{"id": 4, "type": "CEX5C"}], "domains": [4, "0x47"]}'), read(SMALL));
  });

  it("takes a number as decimal, as 0x hex, and as text", () => {
    for (const four of ["4", "0x4", "0x04", '"4"', '"0x0004"', "0X04"]) {
      assert.equal(read(`cards: []\ndomains: [${four}]\n`).domains[0], 4, four);
    }
  });

  it("takes no number above 255 in a mask, and short masks from the left", () => {
    assert.equal(read(`${SMALL}masks: { aqmask: 0xf7 }\n`).masks.aqmask, "0xf7");
  });
});

describe("refuse a host description", () => {
  const inList = (number: string) => `cards: []\ndomains: [${number}]\n`;
  const withMdev = (rest: string) =>
    `${SMALL}masks: { apmask: "-4" }\nmdevs:\n  - uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c\n${rest}`;
  const expected = "expected a domain 0..0xff in decimal or 0x hex, found";
  const cases: readonly (readonly [name: string, text: string, error: string])[] = [
    [
      "a decimal with a leading zero",
      inList("0047"),
      `2:11: ${expected} "0047": decimal 47 or hex 0x47? write 47 or 0x47`,
    ],
    ["the same as text", inList('"0047"'), `2:11: ${expected} "0047": decimal 47 or hex 0x47? write 47 or 0x47`],
    [
      "a leading zero before digits that octal lacks",
      inList("089"),
      `2:11: ${expected} "089": decimal 89 or hex 0x89? write 89 or 0x89`,
    ],
    ["a leading zero in a range", inList("04-06"), `2:11: ${expected} "04": decimal 4 or hex 0x4? write 4 or 0x4`],
    ["hex without 0x", inList("ab"), `2:11: ${expected} "ab": write 0xab if it is hex`],
    ["an octal number of YAML", inList("0o47"), `2:11: ${expected} "0o47"`],
    ["a fraction", inList("4.5"), `2:11: ${expected} "4.5"`],
    ["a negative number", inList("-4"), `2:11: ${expected} "-4"`],
    ["a number above 255", inList("1, 0x100"), `2:14: ${expected} "0x100"`],
    ["a range that runs backwards", inList("6-4"), '2:11: expected a range with its lower end first, found "6-4"'],
    [
      "a list in a list",
      inList("[4]"),
      "2:11: expected a domain in decimal or 0x hex, or a range of them, found a list",
    ],
    ["a domain twice", inList("4, 0x3-0x5"), "2:14: expected a domain once, found 0x4 a second time"],
    ["no cards at all", "domains: [4]\n", '1:1: expected a list of cards, found nothing as "cards"'],
    ["an empty list", "cards:\ndomains: [4]\n", '1:7: expected a list of cards, found nothing as "cards"'],
    ["a list instead of a map", "- cards\n", "1:1: expected a host description (a map), found a list"],
    ["an empty file", "", "1:1: expected a host description (a map), found nothing"],
    [
      "an unknown member",
      `${SMALL}domain: [5]\n`,
      '3:1: expected a member of a host description, found "domain": did you mean "domains"?',
    ],
    [
      "an unknown member of a card",
      "cards:\n  - id: 4\n    typ: CEX5C\n    type: CEX5C\ndomains: []\n",
      '3:5: expected a member of a card, found "typ": did you mean "type"?',
    ],
    [
      "an unknown member of an mdev",
      withMdev("    adapter: [4]\n"),
      '6:5: expected a member of an mdev, found "adapter": did you mean "adapters"?',
    ],
    [
      "an unknown mask",
      `${SMALL}masks: { apmsk: "-4" }\n`,
      '3:10: expected a member of the masks, found "apmsk": did you mean "apmask"?',
    ],
    ["a member twice", `${SMALL}cards: []\n`, '3:1: expected each member once, found "cards" a second time'],
    [
      "a card without id",
      "cards: [{ type: CEX5C }]\ndomains: []\n",
      '1:9: expected an adapter in decimal or 0x hex, found nothing as "id"',
    ],
    [
      "a card type that no kernel passes through",
      "cards: [{ id: 4, type: CEX3C }]\ndomains: []\n",
      '1:24: expected a card type CEX4A..CEX8P, or 10..14 with a mode, found "CEX3C"',
    ],
    [
      "a type number that was meant as a name",
      "cards: [{ id: 4, type: 5, mode: cca }]\ndomains: []\n",
      '1:24: expected a card type CEX4A..CEX8P, or 10..14 with a mode, found "5"',
    ],
    [
      "a type number without a mode",
      "cards: [{ id: 4, type: 11 }]\ndomains: []\n",
      '1:9: expected a mode (accel, cca, ep11) beside type 11, found nothing as "mode"',
    ],
    [
      "a mode against the letter of the type",
      "cards: [{ id: 4, type: CEX5C, mode: ep11 }]\ndomains: []\n",
      '1:37: expected mode cca for CEX5C, found "ep11": write type CEX5P if that is the mode',
    ],
    [
      "an unknown mode",
      "cards: [{ id: 4, type: CEX5C, mode: C }]\ndomains: []\n",
      '1:37: expected a mode (accel, cca, ep11), found "C"',
    ],
    [
      "an unknown state",
      "cards: [{ id: 4, type: CEX5C, state: standby }]\ndomains: []\n",
      '1:38: expected a state (online, offline, deconfig, chkstop), found "standby"',
    ],
    [
      "a serial number that is too long",
      "cards: [{ id: 4, type: CEX5C, serial: 12345678901234567 }]\ndomains: []\n",
      '1:39: expected a serial number of 1 to 16 printable ASCII characters, found "12345678901234567"',
    ],
    [
      "a card twice",
      "cards:\n  - { id: 4, type: CEX5C }\n  - { id: 0x4, type: CEX5A }\ndomains: []\n",
      "3:11: expected each card once, found 04 a second time",
    ],
    ["a card above the maximum", `max_adapter: 3\n${SMALL}`, "2:15: expected a card up to 0x3, found 0x4"],
    ["a domain above the maximum", `max_domain: 0x40\n${SMALL}`, "3:14: expected a domain up to 0x40, found 0x47"],
    [
      "a domain that needs extended addressing",
      `apxa: false\n${SMALL}`,
      "3:14: expected a domain up to 0xf, found 0x47",
    ],
    [
      "a maximum that needs extended addressing",
      "apxa: false\nmax_domain: 16\ncards: []\ndomains: []\n",
      "2:13: expected at most 15 without extended addressing (apxa), found 16",
    ],
    ["text for a truth value", `apxa: maybe\n${SMALL}`, '1:7: expected true or false, found "maybe"'],
    [
      "a queue in decimal",
      `${SMALL}unbound: ["4.71"]\n`,
      '3:11: expected a queue such as 04.0047 (2 and 4 hex digits, lower case), found "4.71"',
    ],
    [
      "a queue of a card that is not there",
      `${SMALL}unbound: ["05.0004"]\n`,
      "3:11: expected a queue of this machine, found 05.0004: it has no card 05",
    ],
    [
      "a queue of a domain that is not there",
      `${SMALL}offline: ["04.0048"]\n`,
      "3:11: expected a queue of this machine, found 04.0048: it has no domain 0048",
    ],
    [
      "a queue twice",
      `${SMALL}unbound: ["04.0004", 04.0004]\n`,
      "3:22: expected each queue once, found 04.0004 a second time",
    ],
    [
      "a queue offline that vfio_ap has",
      `${SMALL}masks: { apmask: "-4" }\noffline: ["04.0004"]\n`,
      "4:11: expected a queue of cex4queue (no other driver has online), found 04.0004, which the masks leave to vfio_ap",
    ],
    [
      "a queue offline that no driver has",
      `${SMALL}unbound: [04.0004]\noffline: [04.0004]\n`,
      "4:11: expected a queue of cex4queue (no other driver has online), found 04.0004, which no driver has",
    ],
    [
      "a mask of 65 digits",
      `${SMALL}masks: { apmask: "0x${"f".repeat(65)}" }\n`,
      `3:18: expected a mask: 0x and 1 to 64 hex digits, or +/- terms such as -5,-0x10-0x1f, found "0x${"f".repeat(55)}..." (10 more)`,
    ],
    [
      "a mask without 0x",
      `${SMALL}masks: { apmask: ff }\n`,
      '3:18: expected a mask: 0x and 1 to 64 hex digits, or +/- terms such as -5,-0x10-0x1f, found "ff"',
    ],
    [
      "a mask term with a leading zero",
      `${SMALL}masks: { apmask: "-010" }\n`,
      '3:18: expected a bit number 0..0xff in decimal or 0x hex, found "010": decimal 10 or hex 0x10? write 10 or 0x10',
    ],
    [
      "a mask range that runs backwards",
      `${SMALL}masks: { apmask: "-6-5" }\n`,
      '3:18: expected a mask: 0x and 1 to 64 hex digits, or +/- terms such as -5,-0x10-0x1f, each range with its lower end first, found "-6-5"',
    ],
    [
      "an mdev without uuid",
      `${SMALL}mdevs:\n  - adapters: [4]\n`,
      '4:5: expected a uuid such as 62177883-f1bb-47f0-914d-32a22e3a8804, found nothing as "uuid"',
    ],
    [
      "a uuid that is none",
      `${SMALL}mdevs:\n  - uuid: 4711\n`,
      '4:11: expected a uuid such as 62177883-f1bb-47f0-914d-32a22e3a8804, found "4711"',
    ],
    [
      "an mdev with an adapter above the maximum",
      `max_adapter: 4\n${withMdev("    adapters: [5]\n")}`,
      "7:16: expected an adapter up to 0x4, found 0x5",
    ],
    [
      "an mdev with an adapter twice",
      withMdev("    adapters: [4, 4]\n"),
      "6:19: expected an adapter once, found 0x4 a second time",
    ],
    [
      "an mdev with a queue that the masks keep for the host",
      withMdev(
        "    adapters: [4]\n    domains: [4, 5]\n  - uuid: 00000000-0000-4000-8000-000000000001\n    adapters: [3, 4]\n    domains: [5]\n",
      ),
      "8:5: expected queues that the masks leave to vfio_ap, found 03.0005: take its adapter out of masks.apmask or its domain out of masks.aqmask",
    ],
    [
      "the same queue in two mdevs",
      withMdev(
        "    adapters: [4]\n    domains: [4, 5]\n  - uuid: 00000000-0000-4000-8000-000000000001\n    adapters: [4]\n    domains: [5]\n",
      ),
      "8:5: expected each queue in one mdev, found 04.0005, which mdev 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c has already",
    ],
    [
      "a uuid twice",
      withMdev("  - uuid: 3B0C0A6E-7F3E-4A67-9F61-0D2E6C3A1B5C\n"),
      "6:11: expected each uuid once, found 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c a second time",
    ],
    [
      "a guest twice",
      withMdev("    guest: alpha\n  - uuid: 00000000-0000-4000-8000-000000000001\n    guest: alpha\n"),
      "8:12: expected each guest once, found alpha a second time",
    ],
    [
      "a name twice",
      withMdev("    name: a\n  - uuid: 00000000-0000-4000-8000-000000000001\n    name: a\n"),
      "8:11: expected each name once, found a a second time",
    ],
    [
      "a guest whose name is a truth value",
      withMdev("    guest: true\n"),
      "6:12: expected the name of a guest (text without control characters), found true",
    ],
    ["an alias", `cards: &c []\ndomains: *c\n`, '2:10: expected a plain value, found "*c"'],
    ["a tag of somebody's own", `cards: !mine []\ndomains: []\n`, "1:8: expected YAML: Unresolved tag: !mine"],
    [
      "a second document",
      `${SMALL}---\n${SMALL}`,
      "3:1: expected YAML: Source contains multiple documents; please use YAML.parseAllDocuments()",
    ],
    ["lists nested without end", "- ".repeat(30000), "1:1: expected at most 100 columns of indentation, found more"],
    ["anchors without end", "&a ".repeat(140_000), "expected at most 131072 members"],
    ["quotes without end", "'a' ".repeat(140_000), "expected at most 131072 members"],
    ["brackets nested without end", "[".repeat(30000), "expected YAML: it is nested too deeply"],
  ];
  for (const [name, text, error] of cases) {
    it(name, () => {
      const line = refusal(text);
      if (/^\d/.test(error)) assert.equal(line, `host.yaml:${error}`);
      else assert.ok(line.endsWith(error), line);
    });
  }

  it("tells of several slips the first one of the file", () => {
    assert.match(refusal("cards: [{ id: 0400, type: CEX5C }]\ndomains: [0047]\nmdev: []\n"), /^host\.yaml:1:15: /);
  });
});
