// The problems of all guests of a host: the worst first, each with what helps; standby and check stop count, and what is fine is said shortly.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { explainAll, reportLines, reportToJson } from "./explain-all.ts";
import { guestNamed } from "./named.ts";

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
unbound: [31.0007, 32.0007]
mdevs:
  - { uuid: ${uuid(1)}, adapters: [0x31], domains: [0x06], guest: fine }
  - { uuid: ${uuid(2)}, adapters: [0x32], domains: [0x06, 0x08] }
  - { uuid: ${uuid(3)}, adapters: [0x31, 0x33], domains: [0x08], guest: half }
  - { uuid: ${uuid(4)}, adapters: [0x31, 0x32], domains: [0x07], guest: none }
  - { uuid: ${uuid(5)}, adapters: [0x34], domains: [0x06, 0x07] }
  - { uuid: ${uuid(6)}, guest: empty }
`);
const reports = explainAll(HOST, new Map([[uuid(5), "spare"]]));

describe("the problems of all guests", () => {
  it("stand in order: running guests that have nothing, then those that lack some, then those that do not run, then what is fine", () => {
    assert.deepEqual(
      reports.map(({ name, running, usable, assigned }) => [name, running, `${usable} of ${assigned}`]),
      [
        ["none", true, "0 of 2"],
        ["empty", true, "0 of 0"],
        ["half", true, "1 of 2"],
        ["spare", false, "0 of 2"],
        ["fine", true, "1 of 1"],
        [undefined, false, "2 of 2"],
      ],
    );
  });

  it("are told with the writes that help, queues of one problem in one line", () => {
    assert.deepEqual(reportLines(reports, new Set()), [
      `none (${uuid(4)}): running, can use 0 of 2 queues`,
      "31.0007  queue-unbound: no driver has it",
      "         echo 31.0007 > /sys/bus/ap/drivers/vfio_ap/bind",
      "32.0007  queue-unbound: no driver has it",
      "         echo 32.0007 > /sys/bus/ap/drivers/vfio_ap/bind",
      "",
      `empty (${uuid(6)}): running, can use 0 of 0 queues`,
      "no queue is assigned: it needs an adapter and a domain",
      "",
      `half (${uuid(3)}): running, can use 1 of 2 queues`,
      "33.0008  plugged, but card 33 is in standby",
      "         echo 1 > /sys/devices/ap/card33/config",
      "",
      `spare (${uuid(5)}): not running, could use 0 of 2 queues`,
      "34.0006 34.0007  guest-not-running: ready, but no guest runs; card 34 is check-stopped",
      "         no write helps: start the guest",
      "",
      `fine (${uuid(1)}): running, can use all 1`,
      `mdev ${uuid(2)}: not running, could use all 2`,
      "",
      "4 of 6 mdevs with problems.",
    ]);
  });

  it("are data, too, in the same order", () => {
    const json = reports.map((report) => reportToJson(report, new Set([uuid(2)])));
    assert.deepEqual(
      json.map(({ name, running, problems }) => [name, running, problems.map(({ apqn }) => apqn)]),
      [
        ["none", true, ["31.0007", "32.0007"]],
        ["empty", true, []],
        ["half", true, ["33.0008"]],
        ["spare", false, ["34.0006", "34.0007"]],
        ["fine", true, []],
        [null, null, []],
      ],
    );
    assert.deepEqual(json[2]?.problems[0]?.health, "standby");
  });

  it("are none on a host without mdevs", () => {
    assert.deepEqual(reportLines(explainAll(hostOf("cards: []\ndomains: []\n"), new Map()), new Set()), [
      "there is no mdev, so no guest has any queue",
    ]);
  });
});

describe("a guest", () => {
  const found = (name: string): string => {
    const named = guestNamed(HOST, name, new Map([[uuid(5), "e0"]]));
    return named.ok ? `${named.value.uuidWord(0).toString(16)} ${named.value.index}` : named.message;
  };

  it("is found by a beginning of its UUID that no other has, in capitals too, but a name comes first", () => {
    assert.equal(found("e0d1c2b3-0001"), found("fine"));
    assert.equal(found("E0D1C2B3-0001-4A"), found("fine"));
    assert.equal(found("e0"), found(uuid(5)));
    assert.match(found("e0d1"), /^"e0d1" is the beginning of e0d1c2b3-0001.*: write more of it$/);
    assert.match(found("e1"), /^no guest or mdev "e1"/);
    assert.match(found("-"), /^no guest or mdev "-"/);
  });
});
