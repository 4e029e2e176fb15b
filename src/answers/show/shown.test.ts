// What stands in a panel: from what is known of the mdev and of its guest, and from what is not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { ObservedHost, ObservedMatrix, ObservedMdev, ObservedQueue } from "../../system/sysfs/observed-host.ts";
import type { RunningGuest } from "../../system/sysfs/running-guests.ts";
import { panelGrids } from "./guest-grid.ts";
import { hostGrid } from "./host-grid.ts";
import { guestLegend, hostLegend } from "./legend.ts";
import { panelsOf, type Shown } from "./shown.ts";
import {
  cardsNotOnline,
  controlDomainsSentence,
  cutText,
  guestSentence,
  hostSummary,
  matrixSentence,
} from "./wording.ts";

const UUID = "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c";
const apids = (...ids: number[]) => maskOf<Apid>(ids.map(asApid));
const apqis = (...ids: number[]) => maskOf<Apqi>(ids.map(asApqi));
const matrix = (apm: number[], aqm: number[], isCut = false): ObservedMatrix => ({
  apm: apids(...apm),
  aqm: apqis(...aqm),
  isCut,
});

const mdev = (known: Partial<ObservedMdev>): ObservedMdev => ({
  uuid: UUID,
  matrix: undefined,
  controlDomains: undefined,
  guestView: undefined,
  isRunning: undefined,
  ...known,
});

const queue = (apid: number, apqi: number, known: Partial<ObservedQueue> = {}): ObservedQueue => ({
  apqn: apqnOf(asApid(apid), asApqi(apqi)),
  driver: "vfio_ap",
  status: undefined,
  config: undefined,
  chkstop: undefined,
  online: undefined,
  override: undefined,
  inUse: undefined,
  ...known,
});

function shown(mdevs: ObservedMdev[], queues: ObservedQueue[] = [], guests?: Shown["guests"]): Shown {
  const host: ObservedHost = {
    cards: [],
    queues,
    machine: { apm: undefined, aqm: undefined, adm: undefined },
    apmask: undefined,
    aqmask: undefined,
    maxAdapter: undefined,
    maxDomain: undefined,
    features: { bus: undefined, matrix: undefined },
    bindings: undefined,
    bindingsCompleted: undefined,
    isVfioApLoaded: undefined,
    mdevs,
    unreadable: [],
  };
  return { describes: "test", profile: undefined, host, guests };
}

const guest = (apm: number[], aqm: number[], adm: number[] = []): RunningGuest => ({
  name: "alpha",
  apm: apids(...apm),
  aqm: apqis(...aqm),
  adm: maskOf(adm.map(asControlDomain)),
});

const onlyPanel = (of: Shown) => {
  const [panel] = panelsOf(of);
  assert.ok(panel);
  return panel;
};
const signs = (of: Shown) => panelGrids(of)[0]?.grid.rows.map((row) => row.signs);

describe("the guest of an mdev", () => {
  it("is known by name where the source knows it", () => {
    const panel = onlyPanel(shown([mdev({ isRunning: false })], [], new Map([[UUID, guest([4], [4])]])));
    assert.equal(guestSentence(panel.guest), "guest alpha, running");
  });

  it("does not run where the source knows all guests, and it is none of them", () => {
    assert.equal(guestSentence(onlyPanel(shown([mdev({})], [], new Map())).guest), "no guest runs");
  });

  it("is what sysfs proves otherwise", () => {
    const texts = [true, false, undefined].map((isRunning) =>
      guestSentence(onlyPanel(shown([mdev({ isRunning })])).guest),
    );
    assert.deepEqual(texts, ["a guest runs", "no guest runs", "not known whether a guest runs"]);
  });

  it("is shown while the removal of its mdev waits", () => {
    const of = shown([], [queue(4, 4, { status: "in use" })], new Map([[UUID, guest([4], [4])]]));
    const panel = onlyPanel(of);
    assert.deepEqual(
      [guestSentence(panel.guest), matrixSentence(panel)],
      ["guest alpha, running, removal waits", "has 1 queue"],
    );
    assert.deepEqual(hostGrid(of.host).rows[0]?.signs, ["assigned-unseen"]);
  });
});

describe("a queue of a matrix", () => {
  const MDEV = mdev({ matrix: matrix([4, 5, 6], [4, 0x47]), guestView: matrix([4], [4, 0x47]), isRunning: true });
  const QUEUES = [
    queue(4, 4),
    queue(4, 0x47),
    queue(5, 4),
    queue(5, 0x47, { driver: null }),
    queue(6, 4, { driver: "cex4queue" }),
  ];

  it("is in the guest, filtered, not with vfio_ap, or not in the host", () => {
    assert.deepEqual(signs(shown([MDEV], QUEUES)), [
      ["plugged", "filtered", "not-with-vfio-ap"],
      ["plugged", "not-with-vfio-ap", "not-in-host"],
    ]);
  });

  it("is unknown where nobody tells the guest's view, unless the host does not have it", () => {
    const of = shown([{ ...MDEV, guestView: undefined }], QUEUES);
    assert.deepEqual(signs(of)?.[1], ["unknown", "unknown", "not-in-host"]);
    assert.equal(matrixSentence(onlyPanel(of)), "6 assigned queues; which of them its guest has is not known");
  });

  it("is unknown above the highest adapter of a view that was cut", () => {
    const of = shown([{ ...MDEV, guestView: matrix([4], [4, 0x47], true) }], [...QUEUES, queue(6, 0x47)]);
    assert.deepEqual(signs(of)?.[0], ["plugged", "unknown", "unknown"]);
    assert.equal(matrixSentence(onlyPanel(of)), "has at least 2 of 6 assigned queues");
    assert.equal(cutText(onlyPanel(of)), "the kernel cut the text of guest_matrix: further adapters are not known");
  });

  it("would be in the guest that does not run", () => {
    const panel = onlyPanel(shown([{ ...MDEV, isRunning: false }], QUEUES));
    assert.equal(matrixSentence(panel), "would have 2 of 6 assigned queues");
  });
});

describe("a matrix without queues", () => {
  it("says what there is of it", () => {
    const text = (known: Partial<ObservedMdev>) => matrixSentence(onlyPanel(shown([mdev(known)])));
    assert.equal(text({ matrix: matrix([], []) }), "nothing is assigned");
    assert.equal(text({ matrix: matrix([4, 5], []) }), "assigned: adapters 04-05; no domain, so no queue");
    assert.equal(text({ matrix: matrix([], [0x47]) }), "assigned: domains 0047; no adapter, so no queue");
    assert.equal(text({}), "what is assigned cannot be told");
  });
});

describe("control domains", () => {
  it("are listed, and those that a running guest lacks", () => {
    const one = mdev({ controlDomains: maskOf([4, 5, 0x47].map(asControlDomain)) });
    const running = shown([one], [], new Map([[UUID, guest([], [], [4])]]));
    assert.equal(
      controlDomainsSentence(onlyPanel(running)),
      "control domains 0004-0005, 0047; not in the guest: 0005, 0047",
    );
    assert.equal(controlDomainsSentence(onlyPanel(shown([one]))), "control domains 0004-0005, 0047");
    assert.equal(controlDomainsSentence(onlyPanel(shown([mdev({})]))), undefined);
  });
});

describe("a queue of the host", () => {
  const signOf = (one: ObservedQueue, mdevs: ObservedMdev[] = []) =>
    hostGrid(shown(mdevs, [one]).host).rows[0]?.signs[0];

  it("is with its driver, with none, or nobody knows", () => {
    assert.equal(signOf(queue(4, 4, { driver: "cex4queue", online: true })), "host");
    assert.equal(signOf(queue(4, 4, { driver: "cex4queue" })), "host");
    assert.equal(signOf(queue(4, 4, { driver: "cex4queue", online: false })), "host-not-online");
    assert.equal(signOf(queue(4, 4, { driver: null })), "no-driver");
    assert.equal(signOf(queue(4, 4, { driver: undefined })), "unknown");
  });

  it("with vfio_ap has the number of the mdev that it is assigned to", () => {
    const others = mdev({ uuid: "0", matrix: matrix([5], [4]) });
    assert.equal(signOf(queue(4, 4), [others, mdev({ matrix: matrix([4], [4]) })]), 2);
    assert.equal(signOf(queue(4, 4), [others]), "unassigned");
  });

  it("with vfio_ap goes by its status where the matrices are not all known", () => {
    const unknown = mdev({});
    assert.equal(signOf(queue(4, 4), [unknown]), "unknown");
    assert.equal(signOf(queue(4, 4, { status: "unassigned" }), [unknown]), "unassigned");
    assert.equal(signOf(queue(4, 4, { status: "assigned" }), [unknown]), "assigned-unseen");
  });
});

describe("a legend", () => {
  it("explains the signs that occur and no others", () => {
    const of = shown([mdev({ matrix: matrix([4], [4]), guestView: matrix([4], [4]), isRunning: true })], [queue(4, 4)]);
    assert.deepEqual(hostLegend(hostGrid(of.host)), [
      { sign: 1, means: "with vfio_ap, assigned to the mdev of this number" },
    ]);
    assert.deepEqual(guestLegend(panelGrids(of)), [{ sign: "plugged", means: "in the guest" }]);
  });

  it("does not say that a guest has what it would have", () => {
    const known = { matrix: matrix([4], [4]), guestView: matrix([4], [4]) };
    const legendOf = (...runs: (boolean | undefined)[]) =>
      guestLegend(panelGrids(shown(runs.map((isRunning, at) => mdev({ ...known, uuid: `${at}`, isRunning })))))[0]
        ?.means;
    assert.equal(legendOf(false), "would be in the guest if it ran");
    assert.equal(legendOf(undefined), "in the guest if it runs");
    assert.equal(legendOf(true, false), "in the guest, or would be in the guest if it ran");
  });
});

describe("a host in a sentence", () => {
  it("counts, and leaves out what is not known", () => {
    assert.equal(hostSummary(shown([], [queue(4, 4)])), "0 cards, 1 queue");
  });

  it("names cards that are not online", () => {
    const card = { type: undefined, mode: undefined, hwtype: undefined, serial: undefined, online: true };
    const cards = [
      { ...card, id: asApid(4), config: true, chkstop: false },
      { ...card, id: asApid(5), config: false, chkstop: false },
      { ...card, id: asApid(6), config: true, chkstop: true },
      { ...card, id: asApid(7), config: true, chkstop: false, online: undefined },
    ];
    assert.equal(cardsNotOnline(cards), "not online: card 05 deconfig, card 06 chkstop, card 07 -");
    assert.equal(cardsNotOnline(cards.slice(0, 1)), undefined);
  });
});
