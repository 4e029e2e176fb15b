// Pieces of source that read a packed state and change one: what the reference model's events are made of.
import type { Field, Layout } from "./layout.ts";
import type { Tables, Universe } from "./universe.ts";

export type Code = string;

/** Queues of adapters x domains. */
export const product = ({ domains }: Universe, ofAdapters: Code, ofDomains: Code): Code =>
  `product[(${ofAdapters}) << ${domains} | (${ofDomains})]`;

/** Changes these bits of a field of the successor. */
export const flip = ({ word, shift }: Field, bits: Code): Code => `w${word} ^= (${bits}) << ${shift};`;

/**
 * Names for all of a state with the words s0..: bound, mark, linked (bound and not cut off), there (devices), hostA, hostQ, host (queues),
 * running, pending, dirt, scans, added; of mdev 0: a0 q0 its matrix, x0 y0 its shadow, c0 z0 control domains of both, matrix0 and
 * apcb0 as queues.
 */
export function takeApart(universe: Universe, { isV11 }: Tables, layout: Layout): Code {
  const mdevs = Array.from({ length: universe.mdevs }, (_, g) => g);
  const get = ({ word, shift, mask }: Field) => `s${word} >>> ${shift} & ${mask | 0}`;
  const ofMdev = (g: number): Code => `
  const a${g} = ${get(layout.matrixAdapters[g]!)}, q${g} = ${get(layout.matrixDomains[g]!)};
  const x${g} = ${get(layout.shadowAdapters[g]!)}, y${g} = ${get(layout.shadowDomains[g]!)};
  ${universe.controlDomains ? `const c${g} = ${get(layout.matrixControl[g]!)}, z${g} = ${get(layout.shadowControl[g]!)};` : ""}
  const matrix${g} = ${product(universe, `a${g}`, `q${g}`)};
  let apcb${g} = running & ${1 << g} ? ${product(universe, `x${g}`, `y${g}`)} : 0;`;
  return `
  const bound = ${get(layout.bound)}, mark = ${get(layout.mark)}, there = bound | mark;
  const linked = ${isV11 ? "bound & ~mark" : "bound"};
  const hostA = ${get(layout.hostAdapters)}, hostQ = ${get(layout.hostDomains)};
  const host = ${product(universe, "hostA", "hostQ")};
  const running = ${get(layout.running)}, pending = ${isV11 ? "0" : get(layout.pending)};
  const scans = ${get(layout.scanning)}, added = ${get(layout.added)};
  ${mdevs.map(ofMdev).join("")}
  const assigned = ${mdevs.map((g) => `matrix${g}`).join(" | ")};
  const dirt = ${get(layout.dirtied)};`;
}
