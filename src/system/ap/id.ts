// The numbers of the AP architecture, each with a type of its own, so that an adapter never stands where a domain belongs.
// They are made by parsers, which check the range; everything after a parser trusts the type. Next: apqn.ts, mask.ts.

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Adapter (card) number, 0..255. */
export type Apid = Branded<number, "Apid">;
/** Usage domain (queue index) number, 0..255. */
export type Apqi = Branded<number, "Apqi">;
/** Control domain number, 0..255: same numbers as usage domains, another meaning. */
export type ControlDomain = Branded<number, "ControlDomain">;
export type Id = Apid | Apqi | ControlDomain;
/** Place of an mdev in a host's buffer, 0..65535. */
export type MdevIndex = Branded<number, "MdevIndex">;

/** How many adapters, domains and control domains the architecture can number. */
export const ID_LIMIT = 256;

/** What a search answers when nothing was found. */
export const NONE = -1;
export type None = typeof NONE;

/** Numbers that the caller has checked, or that come from a loop over a host's own dimensions. */
export const asApid = (id: number): Apid => id as Apid;
export const asApqi = (id: number): Apqi => id as Apqi;
export const asControlDomain = (id: number): ControlDomain => id as ControlDomain;
export const asMdevIndex = (index: number): MdevIndex => index as MdevIndex;
