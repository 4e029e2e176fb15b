// Which bits of the buffer are a state of the check, each by its name and what it belongs to. What is not named here is not part of
// a state: it never varies in the universe, follows from the rest, or no rule reads it there (NOT_PART_OF_A_STATE).

import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { DANGLING, type HostState } from "../../system/machine/host-state.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { QueueBits } from "../../system/machine/rows.ts";
import { range } from "./story.ts";
import { hasScans, type Universe } from "./universe.ts";
import type { Place } from "./world.ts";

/** One bit: what it belongs to (for symmetry), and how it is set in an empty buffer. */
export interface Atom {
  readonly variable: string;
  readonly adapter?: number | undefined;
  readonly domain?: number | undefined;
  readonly mdev?: number | undefined;
  /** Which bit of a number. */
  readonly bit?: number | undefined;
  readonly set: (place: Place) => void;
  /** The words hold one value or 0, and not a bit of something. */
  readonly isFlag?: boolean;
  /** It is read and written by this and stands for no bit of its own. */
  readonly code?: { readonly has: (place: Place) => boolean };
}

/** Words that are written but not read by any rule in a universe of these events, or that follow from others. */
export const NOT_PART_OF_A_STATE: readonly string[] = [
  "scans, bindingsDone, bindingsCompleteCount, scannedOnce, domain: they count and print",
  "mdevOrder and mdevCount: no rule depends on the order, and the number is that of the mdevs there are",
  "interrupts: on at a queue if and only if a guest has used it since its last reset",
  "resetRc: the code that made a queue unpassable, of which there is one kind in a universe",
  "queuesOffline, oldCard, oldCardOffline, bindOrder, bindRank: of queues that the host keeps",
  "up, bad, resetStart, resetWait: what the bus thinks of a queue's health, read only where cards or resets fail",
  "deviceRun, deviceRuns: the order in which a mask write goes through the queues makes no difference to what comes of it",
  "masksInUse, overrides, override: where there are no overrides",
  "stale, staleMdev: pointers left behind, where no mdev goes and no rule follows them",
];

/** Pointers that were left behind matter: a property asks for them, an mdev can go, or the rule looks at the adapter alone. */
export const tracksStale = ({ kinds, profile, pointers }: Universe): boolean =>
  pointers || kinds.has("mdev") || (profile.removalUnplugs === "apm" && profile.filter !== "v11");

/** What the bus thinks of a queue's health decides whether it resets one that a guest has. */
export const tracksHealth = ({ kinds }: Universe): boolean => kinds.has("card") || kinds.has("fault");

/** The host's driver can be given a queue that the machine has taken away, and its reset fails then: no guest ever sees it. */
export const hostUsesQueues = (universe: Universe): boolean =>
  hasScans(universe) && (["probe", "masks", "override"] as const).some((kind) => universe.kinds.has(kind));

type Source = (state: HostState) => Mask<never>;

export function atomsOf(universe: Universe, names: HostState["names"]): readonly Atom[] {
  const { adapters, domains, mdevs, kinds } = universe;
  const atoms: Atom[] = [];
  const adapterMask = (variable: string, mask: Source) => {
    for (const a of range(adapters))
      atoms.push({ variable, adapter: a, set: ({ state }) => mask(state).add(asApid(a) as never) });
  };
  const domainMask = (variable: string, mask: Source) => {
    for (const d of range(domains))
      atoms.push({ variable, domain: d, set: ({ state }) => mask(state).add(asApqi(d) as never) });
  };
  const queueBits = (variable: string, bits: (state: HostState) => QueueBits) => {
    for (const a of range(adapters))
      for (const d of range(domains))
        atoms.push({
          variable,
          adapter: a,
          domain: d,
          set: ({ state }) => bits(state).add(apqnOf(asApid(a), asApqi(d))),
        });
  };
  const queueNumber = (variable: string, bits: number, set: (state: HostState, q: Apqn, value: number) => void) => {
    for (const a of range(adapters))
      for (const d of range(domains))
        for (const bit of range(bits)) {
          const q = apqnOf(asApid(a), asApqi(d));
          atoms.push({ variable, adapter: a, domain: d, bit, set: ({ state }) => set(state, q, 2 ** bit) });
        }
  };
  const mdevFlag = (variable: string, set: (mdev: Mdev, g: number) => void) => {
    for (const g of range(mdevs))
      atoms.push({ variable, mdev: g, isFlag: true, set: ({ state }) => set(state.mdevs[g] as Mdev, g) });
  };
  const matrix = (variable: string, of: (mdev: Mdev) => Matrix, halves: "queues" | "control") => {
    for (const g of range(mdevs)) {
      const part = (state: HostState) => of(state.mdevs[g] as Mdev);
      if (halves === "control") {
        for (const d of range(domains))
          atoms.push({
            variable: `${variable}Control`,
            mdev: g,
            domain: d,
            set: ({ state }) => part(state).adm.add(asControlDomain(d)),
          });
        continue;
      }
      for (const a of range(adapters))
        atoms.push({
          variable: `${variable}Adapters`,
          mdev: g,
          adapter: a,
          set: ({ state }) => part(state).apm.add(asApid(a)),
        });
      for (const d of range(domains))
        atoms.push({
          variable: `${variable}Domains`,
          mdev: g,
          domain: d,
          set: ({ state }) => part(state).aqm.add(asApqi(d)),
        });
    }
  };

  for (const bit of range(2))
    atoms.push({
      variable: "phase",
      bit,
      set: (place) => {
        place.phase = 2 ** bit;
      },
    });
  queueBits("bound", (state) => state.vfioBound);
  queueBits("linked", (state) => state.linked);
  queueBits("unpassable", (state) => state.unpassable);
  if (kinds.has("probe") || kinds.has("masks") || kinds.has("override"))
    queueBits("boundToHost", (state) => state.cexBound);
  if (hasScans(universe)) {
    queueBits("devices", (state) => state.devices);
    atoms.push({ variable: "deviceRuns", set: ({ state }) => state.set("deviceRuns", 1) });
    adapterMask("cards", (state) => state.cards as never);
    adapterMask("cardsBound", (state) => state.cardsBound as never);
    for (const a of range(adapters))
      atoms.push({
        variable: "cardType",
        adapter: a,
        isFlag: true,
        set: ({ state }) => {
          state.setMachineCard(asApid(a), 12, "cca");
          state.adoptCard(asApid(a));
          state.setMachineCard(asApid(a), 0, "accel");
        },
      });
    for (const [name, of] of CONFIGURATIONS) {
      adapterMask(`${name}Adapters`, (state) => of(state).apm as never);
      domainMask(`${name}Domains`, (state) => of(state).aqm as never);
    }
  }
  const hasControl = kinds.has("control") || kinds.has("ap_config");
  if (hasControl && hasScans(universe)) {
    for (const [name, of] of CONFIGURATIONS) domainMask(`${name}Control`, (state) => of(state).adm as never);
  }
  for (const [name, of] of MATRICES) {
    if (name === "pending" && !hasScans(universe)) continue;
    matrix(name, of, "queues");
    if (hasControl) matrix(name, of, "control");
  }
  mdevFlag("running", (mdev, g) => {
    mdev.guest = g;
  });
  if (kinds.has("mdev")) {
    mdevNumber(universe, atoms);
  }
  if (kinds.has("card")) {
    for (const [name, of] of CARD_STATES) adapterMask(name, (state) => of(state) as never);
    queueBits("queuesDeconfigured", (state) => state.queuesDeconfigured);
    queueBits("queuesCheckstopped", (state) => state.queuesCheckstopped);
  }
  if (tracksHealth(universe)) {
    queueBits("up", (state) => state.up);
    queueBits("resetWait", (state) => state.resetWait);
  }
  if (tracksHealth(universe) || hostUsesQueues(universe)) {
    queueBits("bad", (state) => state.bad);
    queueBits("resetStart", (state) => state.resetStart);
  }
  if (kinds.has("fault")) {
    queueBits("faulty", (state) => state.faulty);
    for (const a of range(adapters))
      for (const d of range(domains))
        atoms.push(
          codeAtom(
            "resetFault",
            a,
            d,
            (state, q, value) => state.resetFault.set(q, value),
            (state, q) => state.resetFault.get(q),
            0x142,
          ),
        );
  }
  if (kinds.has("masks")) {
    adapterMask("apmask", (state) => state.apmask as never);
    domainMask("aqmask", (state) => state.aqmask as never);
  }
  if (kinds.has("override")) {
    atoms.push({ variable: "masksInUse", set: ({ state }) => state.set("masksInUse", 1) });
    for (const bit of range(4))
      atoms.push({ variable: "overrides", bit, set: ({ state }) => state.set("overrides", 2 ** bit) });
    queueBits("overridden", (state) => state.overridden);
    const last = Math.max(names.numberOf("vfio_ap"), names.numberOf("cex4queue"));
    queueNumber("override", Math.floor(Math.log2(last)) + 1, (state, q, value) => state.override.set(q, value));
  }
  if (tracksStale(universe)) {
    queueBits("stale", (state) => state.stale);
    for (const a of range(adapters))
      for (const d of range(domains)) {
        const pointer = (variable: string, value: number, g?: number): void => {
          const set = (state: HostState, q: Apqn, to: number) => state.staleMdev.set(q, to);
          atoms.push({ ...codeAtom(variable, a, d, set, (state, q) => state.staleMdev.get(q), value), mdev: g });
        };
        for (const g of range(mdevs)) pointer("pointsTo", g + 1, g);
        pointer("pointsNowhere", DANGLING);
      }
  }
  for (const g of range(mdevs))
    for (const a of range(adapters))
      for (const d of range(domains))
        atoms.push({
          variable: "used",
          mdev: g,
          adapter: a,
          domain: d,
          set: ({ words, usedAt }) => {
            const at = usedAt + g * adapters + a;
            words[at] = (words[at] as number) | (1 << d);
          },
        });
  return atoms;
}

/** A field of a queue that holds one of a few values: a bit for each of them but 0. */
function codeAtom(
  variable: string,
  a: number,
  d: number,
  set: (state: HostState, q: Apqn, value: number) => void,
  get: (state: HostState, q: Apqn) => number,
  value: number,
): Atom {
  const q = apqnOf(asApid(a), asApqi(d));
  return {
    variable,
    adapter: a,
    domain: d,
    set: ({ state }) => set(state, q, value),
    code: { has: ({ state }) => get(state, q) === value },
  };
}

/** An mdev is there, or its removal waits; the UUID stands in its slot then. */
function mdevNumber({ mdevs }: Universe, atoms: Atom[]): void {
  for (const g of range(mdevs))
    for (const bit of range(2))
      atoms.push({
        variable: "mdevState",
        mdev: g,
        bit,
        set: ({ state }) => (state.mdevs[g] as Mdev).setState(bit === 0 ? "there" : "removing"),
      });
}

const CONFIGURATIONS = [
  ["machine", (state: HostState) => state.machine],
  ["noticed", (state: HostState) => state.qci],
  ["driver", (state: HostState) => state.info],
] as const;

const CARD_STATES = [
  ["deconfigured", (state: HostState) => state.deconfigured],
  ["checkstopped", (state: HostState) => state.checkstopped],
  ["cardsDeconfigured", (state: HostState) => state.cardsDeconfigured],
  ["cardsCheckstopped", (state: HostState) => state.cardsCheckstopped],
] as const;

const MATRICES = [
  ["matrix", (mdev: Mdev) => mdev.matrix],
  ["shadow", (mdev: Mdev) => mdev.shadow],
  ["pending", (mdev: Mdev) => mdev.pending],
  ["guest", (mdev: Mdev) => mdev.guestMasks],
] as const;
