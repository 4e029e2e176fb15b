// The bits of a state, each with its name, what it belongs to, and how it is set in an empty buffer: one function for each shape that a
// variable can have. Which variables there are: variables.ts.
import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import type { Adm, Apm, Aqm } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { QueueBits, QueueField } from "../../system/machine/rows.ts";
import { range } from "../number-names.ts";
import type { StateBit } from "../symmetry.ts";
import type { Universe } from "./universe.ts";
import type { HostViews } from "./world.ts";

/** One bit: what it belongs to (for symmetry), and how it is set in an empty buffer. */
export interface Atom extends StateBit {
  readonly set: (place: HostViews) => void;
  /** The words hold either one value or 0. */
  readonly isFlag?: boolean;
  /** It is read by this: one value of a number, not a bit of the buffer. */
  readonly code?: { readonly has: (place: HostViews) => boolean };
}

/** A variable of a state: its bits in a universe. `names` are the host's numbers of names. */
export type Variable = (universe: Universe, names: HostState["names"]) => readonly Atom[];

/** A bit for each adapter, or each domain. */
const ofEach =
  (half: "adapter" | "domain", variable: string, set: (state: HostState, id: number) => void): Variable =>
  (universe) =>
    range(universe[`${half}s`]).map((id) => ({ variable, [half]: id, set: ({ state }) => set(state, id) }));

export const adapters = (variable: string, mask: (state: HostState) => Apm): Variable =>
  ofEach("adapter", variable, (state, id) => mask(state).add(asApid(id)));

export const domains = (variable: string, mask: (state: HostState) => Aqm): Variable =>
  ofEach("domain", variable, (state, id) => mask(state).add(asApqi(id)));

export const controlDomains = (variable: string, mask: (state: HostState) => Adm): Variable =>
  ofEach("domain", variable, (state, id) => mask(state).add(asControlDomain(id)));

/** Something that every adapter has or has not. */
export const adapterFlags =
  (variable: string, set: (state: HostState, apid: Apid) => void): Variable =>
  (universe, names) =>
    ofEach("adapter", variable, (state, id) => set(state, asApid(id)))(universe, names).map((atom) => ({
      ...atom,
      isFlag: true,
    }));

/** Several bits of every queue of a universe. */
const ofEachQueue = (
  { adapters, domains }: Universe,
  bits: (apqn: Apqn, adapter: number, domain: number) => readonly Omit<Atom, "adapter" | "domain">[],
): readonly Atom[] =>
  range(adapters).flatMap((adapter) =>
    range(domains).flatMap((domain) =>
      bits(apqnOf(asApid(adapter), asApqi(domain)), adapter, domain).map((bit) => ({ ...bit, adapter, domain })),
    ),
  );

/** A fact of every queue. */
export const queues =
  (variable: string, bits: (state: HostState) => QueueBits): Variable =>
  (universe) =>
    ofEachQueue(universe, (apqn) => [{ variable, set: ({ state }) => bits(state).add(apqn) }]);

/** A number of every queue, from 0 to `most`. */
export const queueNumbers =
  (variable: string, field: (state: HostState) => QueueField, most: (names: HostState["names"]) => number): Variable =>
  (universe, names) =>
    ofEachQueue(universe, (apqn) =>
      range(bitsFor(most(names))).map((bit) => ({
        variable,
        bit,
        set: ({ state }) => field(state).set(apqn, 2 ** bit),
      })),
    );

const bitsFor = (most: number): number => Math.floor(Math.log2(most)) + 1;

interface Code {
  readonly variable: string;
  readonly value: number;
  readonly mdev?: number;
}

/** A number of every queue that is one of a few values, or 0: a bit for each value. */
export const queueCodes =
  (field: (state: HostState) => QueueField, codes: (universe: Universe) => readonly Code[]): Variable =>
  (universe) =>
    ofEachQueue(universe, (apqn) =>
      codes(universe).map(({ value, ...what }) => ({
        ...what,
        set: ({ state }) => field(state).set(apqn, value),
        code: { has: ({ state }) => field(state).get(apqn) === value },
      })),
    );

/** Atoms of every mdev of a universe. */
const ofEachMdev =
  (atoms: (mdev: number) => Variable): Variable =>
  (universe, names) =>
    range(universe.mdevs).flatMap((mdev) => atoms(mdev)(universe, names).map((atom) => ({ ...atom, mdev })));

/** Queues that each guest has used, which only the checker keeps. */
export const usedQueues = (variable: string): Variable =>
  ofEachMdev(
    (mdev) => (universe) =>
      ofEachQueue(universe, (_, adapter, domain) => [{ variable, set: (place) => place.use(mdev, adapter, domain) }]),
  );

/** Something that every mdev has or has not. */
export const mdevFlags = (variable: string, set: (mdev: Mdev, g: number) => void): Variable =>
  ofEachMdev((g) => () => [{ variable, isFlag: true, set: ({ state }) => set(state.mdevs[g]!, g) }]);

/** Every mdev has at most one of these at a time. */
export const mdevChoices = (variable: string, ...choices: readonly ((mdev: Mdev) => void)[]): Variable =>
  ofEachMdev(
    (g) => () => choices.map((choose, bit) => ({ variable, bit, set: ({ state }) => choose(state.mdevs[g]!) })),
  );

/** Adapters and domains of a matrix of every mdev. */
export const matrices = (variable: string, of: (mdev: Mdev) => Matrix): Variable =>
  ofEachMdev((g) => (universe, names) => [
    ...adapters(`${variable}Adapters`, ({ mdevs }) => of(mdevs[g]!).apm)(universe, names),
    ...domains(`${variable}Domains`, ({ mdevs }) => of(mdevs[g]!).aqm)(universe, names),
  ]);

/** Control domains of a matrix of every mdev. */
export const controlMatrices = (variable: string, of: (mdev: Mdev) => Matrix): Variable =>
  ofEachMdev((g) => controlDomains(`${variable}Control`, ({ mdevs }) => of(mdevs[g]!).adm));

/** A number of `bits` bits. */
export const number =
  (variable: string, bits: number, set: (place: HostViews, value: number) => void): Variable =>
  () =>
    range(bits).map((bit) => ({ variable, bit, set: (place) => set(place, 2 ** bit) }));
