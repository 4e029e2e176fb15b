// Which bits of the buffer are a state of the check, each with its name and what it belongs to. What is not named here is not part of
// a state: it never varies in the universe, follows from the rest, or no rule reads it there (see the list below).
import { DANGLING, type HostState } from "../../system/machine/host-state.ts";
import { range } from "../number-names.ts";
import {
  type Atom,
  adapterFlags,
  adapters,
  controlDomains,
  controlMatrices,
  domains,
  matrices,
  mdevChoices,
  mdevFlags,
  number,
  queueCodes,
  queueNumbers,
  queues,
  usedQueues,
  type Variable,
} from "./atoms.ts";
import {
  hasControl,
  hasHostDriver,
  hasScans,
  hostUsesQueues,
  tracksHealth,
  tracksStale,
  type Universe,
} from "./universe.ts";

// Not part of a state are words that are written but that no rule reads in a universe of these events, or that follow from others:
// - scans, bindingsDone, bindingsCompleteCount, scannedOnce, domain, counting, cardsCounting: they count and print
// - mdevOrder and mdevCount: no rule depends on the order, and the number is that of the mdevs there are
// - interrupts: on at a queue if and only if a guest has used it since its last reset
// - resetRc: the code that made a queue unpassable, of which there is one kind in a universe
// - queuesOffline, oldCard, oldCardOffline, bindOrder, bindRank: of queues that the host keeps
// - up, bad, resetStart, resetWait: what the bus thinks of a queue's health, read only where cards or resets fail
// - deviceRun, deviceRuns: the order in which a mask write goes through the queues makes no difference to what comes of it
// - masksInUse, overrides, override: where there are no overrides
// - stale, staleMdev: pointers left behind, where no mdev goes and no rule follows them

/** A fault's code in the buffer: 42, and the bit that says there is one. */
const FAULT = 0x142;

const always = () => true;
const has =
  (kind: "card" | "fault" | "masks" | "mdev" | "override") =>
  ({ kinds }: Universe): boolean =>
    kinds.has(kind);

/** Variables, each after the condition for universes in which they are part of a state. */
const VARIABLES: readonly (readonly [isIn: (universe: Universe) => boolean, ...Variable[]])[] = [
  [
    always,
    number("phase", 2, (place, value) => {
      place.phase = value;
    }),
    queues("bound", ({ vfioBound }) => vfioBound),
    queues("linked", ({ linked }) => linked),
    queues("unpassable", ({ unpassable }) => unpassable),
  ],
  [hasHostDriver, queues("boundToHost", ({ cexBound }) => cexBound)],
  [
    hasScans,
    queues("devices", ({ devices }) => devices),
    number("deviceRuns", 1, ({ state }, value) => state.set("deviceRuns", value)),
    adapters("cards", ({ cards }) => cards),
    adapters("cardsBound", ({ cardsBound }) => cardsBound),
    adapterFlags("cardType", (state, apid) => {
      state.setMachineCard(apid, 12, "cca");
      state.adoptCard(apid);
      state.setMachineCard(apid, 0, "accel");
    }),
    adapters("machineAdapters", ({ machine }) => machine.apm),
    domains("machineDomains", ({ machine }) => machine.aqm),
    adapters("noticedAdapters", ({ qci }) => qci.apm),
    domains("noticedDomains", ({ qci }) => qci.aqm),
    adapters("driverAdapters", ({ info }) => info.apm),
    domains("driverDomains", ({ info }) => info.aqm),
  ],
  [
    (universe) => hasControl(universe) && hasScans(universe),
    controlDomains("machineControl", ({ machine }) => machine.adm),
    controlDomains("noticedControl", ({ qci }) => qci.adm),
    controlDomains("driverControl", ({ info }) => info.adm),
    controlMatrices("pending", ({ pending }) => pending),
  ],
  [
    always,
    matrices("matrix", ({ matrix }) => matrix),
    matrices("shadow", ({ shadow }) => shadow),
    matrices("guest", ({ guestMasks }) => guestMasks),
    mdevFlags("running", (mdev, g) => {
      mdev.guest = g;
    }),
  ],
  [hasScans, matrices("pending", ({ pending }) => pending)],
  [
    hasControl,
    controlMatrices("matrix", ({ matrix }) => matrix),
    controlMatrices("shadow", ({ shadow }) => shadow),
    controlMatrices("guest", ({ guestMasks }) => guestMasks),
  ],
  [
    // An mdev is there, or its removal waits; in both cases its UUID is in its slot.
    has("mdev"),
    mdevChoices(
      "mdevState",
      (mdev) => mdev.setState("there"),
      (mdev) => mdev.setState("removing"),
    ),
  ],
  [
    has("card"),
    adapters("deconfigured", ({ deconfigured }) => deconfigured),
    adapters("checkstopped", ({ checkstopped }) => checkstopped),
    adapters("cardsDeconfigured", ({ cardsDeconfigured }) => cardsDeconfigured),
    adapters("cardsCheckstopped", ({ cardsCheckstopped }) => cardsCheckstopped),
    queues("queuesDeconfigured", ({ queuesDeconfigured }) => queuesDeconfigured),
    queues("queuesCheckstopped", ({ queuesCheckstopped }) => queuesCheckstopped),
  ],
  [tracksHealth, queues("up", ({ up }) => up), queues("resetWait", ({ resetWait }) => resetWait)],
  [
    (universe) => tracksHealth(universe) || hostUsesQueues(universe),
    queues("bad", ({ bad }) => bad),
    queues("resetStart", ({ resetStart }) => resetStart),
  ],
  [
    has("fault"),
    queues("faulty", ({ faulty }) => faulty),
    queueCodes(
      ({ resetFault }) => resetFault,
      () => [{ variable: "resetFault", value: FAULT }],
    ),
  ],
  [has("masks"), adapters("apmask", ({ apmask }) => apmask), domains("aqmask", ({ aqmask }) => aqmask)],
  [
    has("override"),
    number("masksInUse", 1, ({ state }, value) => state.set("masksInUse", value)),
    number("overrides", 4, ({ state }, value) => state.set("overrides", value)),
    queues("overridden", ({ overridden }) => overridden),
    queueNumbers(
      "override",
      ({ override }) => override,
      (names) => Math.max(names.numberOf("vfio_ap"), names.numberOf("cex4queue")),
    ),
  ],
  [
    tracksStale,
    queues("stale", ({ stale }) => stale),
    queueCodes(
      ({ staleMdev }) => staleMdev,
      ({ mdevs }) => [
        ...range(mdevs).map((mdev) => ({ variable: "pointsTo", value: mdev + 1, mdev })),
        { variable: "pointsNowhere", value: DANGLING },
      ],
    ),
  ],
  [always, usedQueues("used")],
];

export function atomsOf(universe: Universe, names: HostState["names"]): readonly Atom[] {
  return VARIABLES.flatMap(([isIn, ...variables]) =>
    isIn(universe) ? variables.flatMap((variable) => variable(universe, names)) : [],
  );
}
