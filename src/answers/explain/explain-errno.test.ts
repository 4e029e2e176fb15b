// Refused writes with more than one thing in their way: all queues in the way at once, each with its owner and errno, a fix that works,
// and what it takes from running guests.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { configWrite, type Write } from "../../system/sysfs/writes.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { explain, explanationToJson } from "./explain.ts";
import { errnoToJson, explainErrno } from "./explain-errno.ts";
import { guestNamed, queueNamed } from "./named.ts";
import { errnoLines, explanationLines } from "./sentences.ts";
import { WhatIf } from "./what-if.ts";

const BANK = "b31f1a3e-7d44-4ad0-9f55-3f0b4ac50010";
const SHOP = "b31f1a3e-7d44-4ad0-9f55-3f0b4ac50020";
const IDLE = "a31f1a3e-7d44-4ad0-9f55-3f0b4ac50030";
const MATRIX = "devices/vfio_ap/matrix";

function hostOf(text: string, profile = "linux-7.3"): Host {
  const described = parseHostDescription(text, "host");
  const kernel = profileNamed(profile);
  assert.ok(described.ok && kernel, described.ok ? "" : described.error.message);
  const player = new Player(kernel);
  for (const [i, operation] of hostOperations(described.value).entries()) player.apply(operation, i + 1);
  return player.host;
}

const HOST = `
cards: [{ id: 0x11, type: CEX7C }, { id: 0x12, type: CEX7C }, { id: 0x13, type: CEX7C }]
domains: [0x05, 0x0a, 0x0b]
masks: { apmask: "-17,-18", aqmask: "-5" }
mdevs:
  - { uuid: ${BANK}, adapters: [0x11, 0x12], domains: [0x05], guest: bank }
  - { uuid: ${SHOP}, adapters: [0x12], domains: [0x0a, 0x0b], guest: shop }
  - { uuid: ${IDLE}, adapters: [0x13], domains: [0x05] }
`;

/** What is explained, and that its fix works. */
function explained(host: Host, write: Write) {
  const explanation = explainErrno(host, write);
  const whatIf = new WhatIf(host);
  if (explanation.fix) for (const one of [...explanation.fix, write]) assert.ok(whatIf.write(one), one.join(" <- "));
  return { json: errnoToJson(explanation), lines: errnoLines(explanation) };
}

describe("a write that would meet one errno after the other", () => {
  const everything = configWrite(BANK, {
    apm: maskOf([0x11, 0x12, 0x13].map(asApid)),
    aqm: maskOf([0x05, 0x0a].map(asApqi)),
    adm: newMask(),
  });

  it("has the host's queues and those of other mdevs in its way at once, each with its owner, in the order of the fix", () => {
    const { json, lines } = explained(hostOf(HOST), everything);
    assert.equal(json.errno, "EADDRNOTAVAIL");
    assert.deepEqual(json.offenders, [
      { apqn: "13.000a", owner: { host: "apmask 13, aqmask 000a" } },
      { apqn: "12.000a", owner: { mdev: SHOP }, errno: "EADDRINUSE" },
      { apqn: "13.0005", owner: { mdev: IDLE }, errno: "EADDRINUSE" },
    ]);
    assert.deepEqual(json.losers, [{ uuid: SHOP, guest: "shop", before: 2, lost: 1 }]);
    assert.deepEqual(lines.slice(0, 6), [
      "EADDRNOTAVAIL",
      "  13.000a  host apmask 13, aqmask 000a",
      "then EADDRINUSE",
      `  12.000a  mdev ${SHOP}`,
      `  13.0005  mdev ${IDLE}`,
      "it succeeds after (this takes queues from running guests: shop loses 1 of 2)",
    ]);
    assert.equal(json.fix?.[0]?.[0], "bus/ap/aqmask");
  });

  it("has only those of the one errno that it would meet, on an older kernel too", () => {
    const host = hostOf(HOST.replace(", guest: bank", "").replace(", guest: shop", ""), "linux-6.8");
    const { json } = explained(host, [`${MATRIX}/${BANK}/assign_adapter`, "0x13"]);
    assert.deepEqual(json.offenders, [{ apqn: "13.0005", owner: { mdev: IDLE } }]);
    const other = explained(host, [`${MATRIX}/${IDLE}/assign_domain`, "0xb"]).json;
    assert.deepEqual(other.offenders, [{ apqn: "13.000b", owner: { host: "apmask 13, aqmask 000b" } }]);
  });

  it("says no errno beside an offender where there is one errno only", () => {
    const { json } = explained(hostOf(HOST), ["bus/ap/apmask", "+0x12"]);
    assert.equal(json.errno, "EBUSY");
    assert.deepEqual(
      json.offenders.map(({ apqn, errno }) => [apqn, errno]),
      [
        ["12.0005", undefined],
        ["12.000a", undefined],
        ["12.000b", undefined],
      ],
    );
  });
});

describe("a queue whose neighbour another mdev has", () => {
  const why = (host: Host, guest: string, queue: string) => {
    const [mdev, apqn] = [guestNamed(host, guest, new Map()), queueNamed(host, queue)];
    assert.ok(mdev.ok && apqn.ok);
    const [explanation] = explain(host, mdev.value, [apqn.value]);
    assert.ok(explanation);
    const whatIf = new WhatIf(host);
    for (const one of explanation.fix ?? []) assert.ok(whatIf.write(one), one.join(" <- "));
    return { json: explanationToJson(explanation), lines: explanationLines(explanation) };
  };

  it("is given to a guest by taking the neighbour, and it is said from whom", () => {
    const { json, lines } = why(hostOf(HOST), "bank", "11.000a");
    assert.equal(json.reason, "domain-not-assigned");
    assert.deepEqual(json.fix, [
      [`${MATRIX}/${SHOP}/unassign_domain`, "0xa"],
      [`${MATRIX}/${BANK}/assign_domain`, "0xa"],
    ]);
    assert.deepEqual(json.losers, [{ uuid: SHOP, guest: "shop", before: 2, lost: 1 }]);
    assert.match(
      lines[1] ?? "",
      new RegExp(`this takes it away from ${SHOP} and the guest there \\(shop loses 1 of 2\\):$`),
    );
  });

  it("is given by an adapter as well, and takes nothing where no guest runs", () => {
    const host = hostOf(HOST.replace('apmask: "-17,-18"', 'apmask: "-17,-18,-19"'));
    const { json, lines } = why(host, BANK, "13.0005");
    assert.equal(json.reason, "assigned-elsewhere");
    assert.equal(json.losers, undefined);
    assert.match(lines[1] ?? "", new RegExp(`away from ${IDLE} and the guest there:$`));
    const neighbour = why(host, "shop", "13.000a");
    assert.deepEqual([neighbour.json.reason, neighbour.json.fix?.length], ["adapter-not-assigned", 1]);
  });
});

describe("an attribute of the bus or a card that is refused for what others have", () => {
  it("is ap_domain of a domain that aqmask has not: the bit goes on, after mdevs have given it up", () => {
    const host = hostOf(HOST);
    const { json } = explained(host, ["bus/ap/ap_domain", "5"]);
    assert.equal(json.errno, "EINVAL");
    assert.deepEqual(
      json.offenders.map(({ apqn, owner }) => `${apqn} ${owner.mdev === BANK ? "bank" : "idle"}`),
      ["11.0005 bank", "12.0005 bank", "13.0005 idle"],
    );
    assert.deepEqual(json.fix?.at(-1), ["bus/ap/aqmask", "+0x5"]);
    assert.deepEqual(json.losers, [{ uuid: BANK, guest: "bank", before: 2, lost: 2 }]);
    const free = hostOf(HOST.replace('aqmask: "-5"', 'aqmask: "-5,-0x40"'));
    assert.deepEqual(explained(free, ["bus/ap/ap_domain", "0x40"]).json.fix, [["bus/ap/aqmask", "+0x40"]]);
    for (const value of ["256", "-1", "x"]) assert.equal(explained(free, ["bus/ap/ap_domain", value]).json.fix, null);
  });

  it("is online while the card is in standby, or switched off", () => {
    const host = hostOf(`
cards: [{ id: 0x21, type: CEX7C, state: deconfig }, { id: 0x22, type: CEX7C, state: offline }]
domains: [0x01]
`);
    const fixOf = (path: string) => explained(host, [path, "1"]).json.fix;
    assert.deepEqual(fixOf("devices/ap/card21/online"), [["devices/ap/card21/config", "1"]]);
    assert.deepEqual(fixOf("bus/ap/devices/22.0001/online"), [["devices/ap/card22/online", "1"]]);
  });
});
