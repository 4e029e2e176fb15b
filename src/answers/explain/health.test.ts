// Queues that a guest has and cannot use: said beside the reason by explain, and by plan, show and status, in words and as data.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { parseApqn } from "../../system/ap/apqn.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { planToJson } from "../plan/plan-json.ts";
import { planLines } from "../plan/plan-text.ts";
import { planChanges } from "../plan/planner.ts";
import { predict } from "../plan/prediction.ts";
import { rehearse } from "../plan/rehearse.ts";
import { withoutColour } from "../show/paint.ts";
import { showData } from "../show/show-json.ts";
import { showTable } from "../show/show-table.ts";
import { statusToJson } from "../status/status-json.ts";
import { statusLines } from "../status/status-text.ts";
import { compareThreeWays } from "../status/three-ways.ts";
import { explain, explanationToJson } from "./explain.ts";
import { healthSeen } from "./health.ts";
import { guestNamed } from "./named.ts";
import { explanationLines } from "./sentences.ts";
import { hostNotes } from "./trouble.ts";

const UUID = "51f3f4f6-8e6d-4a0e-bb5e-6f1d5a3f0b21";
const HOST = `
cards:
  - { id: 0x0d, type: CEX8C, state: chkstop }
  - { id: 0x0e, type: CEX8P, state: deconfig }
  - { id: 0x0f, type: CEX8P, state: offline }
domains: [0x33]
masks: { apmask: "-13,-14,-15" }
mdevs:
  - { uuid: ${UUID}, adapters: [0x0d, 0x0e, 0x0f], domains: [0x33], guest: vault }
`;

function hostWith(operations: readonly Operation[] = [], profile = "linux-7.3"): Host {
  const described = parseHostDescription(HOST, "host");
  const kernel = profileNamed(profile);
  assert.ok(described.ok && kernel);
  const player = new Player(kernel);
  for (const [i, operation] of [...hostOperations(described.value), ...operations].entries()) {
    const { r } = player.apply(operation, i + 1);
    if (operation.op !== "reset") assert.doesNotMatch(`${r}`, /^E/);
  }
  return player.host;
}

function explained(host: Host) {
  const named = guestNamed(host, "vault", new Map());
  const mdev = named.ok ? named.value : host.state.listedMdevs()[0];
  assert.ok(mdev);
  const all = explain(host, mdev);
  return { lines: all.flatMap((one) => explanationLines(one)), json: all.map(explanationToJson) };
}

describe("a queue that is of no use to the guest that has it", () => {
  for (const profile of ["linux-6.0", "linux-6.12", "linux-7.3"]) {
    it(`is plugged, but check-stopped or in standby, with the write that helps, under ${profile}`, () => {
      const { lines, json } = explained(hostWith([], profile));
      assert.deepEqual(lines, [
        "0d.0033  plugged, but card 0d is check-stopped",
        "         no write helps: the card has to be repaired, or configured off and on, at the machine",
        "0e.0033  plugged, but card 0e is in standby",
        "         echo 1 > /sys/devices/ap/card0e/config",
        "0f.0033  plugged",
      ]);
      assert.deepEqual(
        json.map(({ reason, health, health_fix: cure, fix }) => [reason, health, cure, fix]),
        [
          ["plugged", "check-stopped", null, []],
          ["plugged", "standby", [["devices/ap/card0e/config", "1"]], []],
          ["plugged", undefined, undefined, []],
        ],
      );
    });
  }

  it("is of use after the write that helps, also where the host had not noticed the standby", () => {
    const standby: Operation = {
      op: "card",
      id: 0x0f,
      config: false,
      chkstop: undefined,
      type: undefined,
      mode: undefined,
    };
    const host = hostWith([standby]);
    const [, , last] = explained(host).json;
    assert.deepEqual([last?.health, last?.health_fix?.length], ["standby", 2]);
    for (const json of explained(host).json) {
      for (const [path, value] of json.health_fix ?? []) hostSysfs(host).write(path, value);
    }
    assert.deepEqual(
      explained(host).json.map(({ health }) => health),
      ["check-stopped", undefined, undefined],
    );
  });

  it("is said of queues, too, that a guest will get once it runs, and not as a reason", () => {
    const { lines, json } = explained(hostWith([{ op: "close", guest: "vault", mdev: UUID }]));
    assert.equal(lines[0], "0d.0033  guest-not-running: ready, but no guest runs; card 0d is check-stopped");
    assert.deepEqual([json[1]?.reason, json[1]?.health, json[2]?.health], ["guest-not-running", "standby", undefined]);
  });

  it("is one whose last reset failed, or that the machine has taken away", () => {
    const host = hostWith([
      { op: "fault", q: 0x0f33 as never, reset: 0x42, aqic: undefined },
      { op: "reset", guest: "vault", mdev: UUID },
    ]);
    const [, , last] = explained(host).json;
    assert.deepEqual([last?.reason, last?.health, last?.health_fix], ["plugged", "reset-failed", null]);
    assert.match(
      explained(host).lines.join("\n"),
      /0f\.0033 {2}plugged, but its last reset failed \(response code 42\)/,
    );
    const change = { apm: undefined, aqm: undefined, adm: undefined, addAp: [], addDom: [], addCd: [] };
    const gone = hostWith([{ op: "hw", ...change, rmAp: [0x0f as never], rmDom: [], rmCd: [] }]);
    assert.match(explained(gone).lines.join("\n"), /0f\.0033 {2}plugged, but the machine no longer has it\n/);
  });
});

describe("plan, show and status", () => {
  const host = hostWith();
  const shown = { describes: "host", profile: undefined, host: observeHost(hostSysfs(host)) };
  const ailing = [
    { apqn: "0d.0033", health: "check-stopped" },
    { apqn: "0e.0033", health: "standby" },
  ];

  it("say which queues of a plan's end are of no use", () => {
    const read = parseDesired(`mdevs: [{ uuid: ${UUID}, domains: [0x33] }]`, "desired");
    const made = read.ok && planChanges(host, read.value.desired, false);
    assert.ok(made !== false && made.ok);
    const prediction = predict(rehearse(host, made.value));
    const text = planLines(prediction).join("\n");
    assert.match(
      text,
      /\n {4}of no use: 0d\.0033 \(card 0d is check-stopped\)\n {4}of no use: 0e\.0033 \(card 0e is in standby\)\n/,
    );
    assert.deepEqual(planToJson(prediction).mdevs[0]?.health, ailing);
  });

  it("say it beside each guest of a host that is shown", () => {
    const guests = runningGuests(host);
    const table = showTable({ ...shown, guests }, { paint: withoutColour, ascii: true });
    assert.match(table, /of no use: 0d\.0033 \(card 0d is check-stopped\), 0e\.0033 \(card 0e is in\n? *standby\)/);
    const { queues } = showData({ ...shown, guests });
    assert.deepEqual(
      queues.map(({ apqn, health }) => [apqn, health]),
      [
        ["0d.0033", "check-stopped"],
        ["0e.0033", "standby"],
        ["0f.0033", undefined],
      ],
    );
  });

  it("say it though all agree", () => {
    const { host: running } = shown;
    const start = { loadedBy: "rule", hasStartedMdevs: true };
    const status = compareThreeWays({ desired: [], running, afterReboot: running, defined: [], boot: start });
    const boot = { refused: [], isByChance: false, loadedBy: "rule", notes: [], isKnown: true, ifEarly: [] };
    assert.match(
      statusLines(status, boot).join("\n"),
      /\n {4}of no use {7}0d\.0033 \(card 0d is check-stopped\)\n {4}of no use {7}0e\.0033 \(card 0e is in standby\)\n/,
    );
    assert.deepEqual(statusToJson(status, boot).mdevs[0]?.running?.health, ailing);
  });
});

describe("queues of a Secure Execution guest", () => {
  const SECURE = `
secure_binding: true
secure_execution: true
cards:
  - { id: 0x04, type: CEX8A }
  - { id: 0x05, type: CEX8P }
  - { id: 0x06, type: CEX8C }
domains: [0x33]
masks: { apmask: "-5,-6" }
mdevs:
  - { uuid: ${UUID}, adapters: [0x05, 0x06], domains: [0x33], guest: vault }
`;

  function secureGuest(): Player {
    const described = parseHostDescription(SECURE, "host");
    const kernel = profileNamed("linux-7.3");
    assert.ok(described.ok && kernel);
    const player = new Player(kernel);
    for (const [i, operation] of hostOperations(described.value).entries()) player.apply(operation, i + 1);
    return player;
  }

  const mdevOf = (host: Host) => host.state.listedMdevs()[0] ?? assert.fail();

  it("are said to be unbound, with the write that binds them, and unusable where no write helps", () => {
    const { host } = secureGuest();
    assert.deepEqual(
      explain(host, mdevOf(host))
        .map(explanationToJson)
        .map(({ apqn, health, health_fix }) => [apqn, health, health_fix]),
      [
        ["05.0033", "se-unbound", [["devices/ap/card05/05.0033/se_bind", "1"]]],
        ["06.0033", "se-unusable", null],
      ],
    );
  });

  it("are well once the write is made", () => {
    const player = secureGuest();
    player.apply({ op: "write", path: "devices/ap/card05/05.0033/se_bind", value: "1" }, 100);
    const [first] = explain(player.host, mdevOf(player.host)).map(explanationToJson);
    assert.equal(first?.health, undefined);
  });

  it("are told by status, too, which sees nothing but a /sys, and by a host that is made from it", () => {
    const player = secureGuest();
    const seen = observeHost(player.sysfs);
    assert.equal(seen.isSecureGuest, true);
    const states = ["04.0033", "05.0033", "06.0033"].map(
      (name) => healthSeen(seen, parseApqn(name) ?? assert.fail())?.state,
    );
    assert.deepEqual(states, ["se-unbound", "se-unbound", "se-unusable"]);
    player.apply({ op: "write", path: "devices/ap/card04/04.0033/se_bind", value: "1" }, 100);
    const now = observeHost(player.sysfs);
    assert.equal(healthSeen(now, parseApqn("04.0033") ?? assert.fail()), undefined);
  });

  it("that its own drivers have are noted", () => {
    const words = hostNotes(secureGuest().host).map(({ kind, words }) => `${kind}: ${words}`);
    assert.deepEqual(words, [
      "se-unbound: 04.0033 is not bound to this Secure Execution guest, and so of no use to it",
    ]);
  });
});
