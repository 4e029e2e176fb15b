// The reference model's properties of states, I1 to I7, as one function over packed states.
import type { Field, Layout } from "./layout.ts";
import { I1, I2, I3, I4, I5, I6, I6W, I7 } from "./properties.ts";
import type { Tables, Universe } from "./universe.ts";

export function violationsOf(
  universe: Universe,
  tables: Tables,
  layout: Layout,
): (states: Int32Array, at: number) => number {
  const { domains: M, mdevs: G } = universe;
  const { product, adaptersOf, reserved, isV11, allDomains } = tables;
  const get = (states: Int32Array, at: number, { word, shift, mask }: Field): number =>
    (states[at + word]! >>> shift) & mask;
  const ofMdevs = Array.from({ length: G }, (_, g) => ({
    matrixAdapters: layout.matrixAdapters[g]!,
    matrixDomains: layout.matrixDomains[g]!,
    shadowAdapters: layout.shadowAdapters[g]!,
    shadowDomains: layout.shadowDomains[g]!,
  }));

  return (states, at) => {
    const bound = get(states, at, layout.bound);
    const linked = isV11 ? bound & ~get(states, at, layout.mark) : bound;
    const hostA = get(states, at, layout.hostAdapters);
    const hostQ = get(states, at, layout.hostDomains);
    const host = product[(hostA << M) | hostQ]!;
    const running = get(states, at, layout.running);
    const scans = get(states, at, layout.scanning) !== 0;
    let broken = 0;
    let plugged = 0;
    for (let g = 0; g < G; g++) {
      const fields = ofMdevs[g]!;
      const mA = get(states, at, fields.matrixAdapters);
      const mQ = get(states, at, fields.matrixDomains);
      const sA = get(states, at, fields.shadowAdapters);
      const sQ = get(states, at, fields.shadowDomains);
      if ((sA & ~mA) !== 0 || (sQ & ~mQ) !== 0) broken |= I4;
      const matrix = product[(mA << M) | mQ]!;
      if ((matrix & reserved) !== 0) broken |= I5;
      if (((running >> g) & 1) === 0) continue;
      const apcb = product[(sA << M) | sQ]!;
      if ((apcb & plugged) !== 0) broken |= I1;
      plugged |= apcb;
      if ((apcb & ~bound) !== 0) broken |= I2;
      if ((apcb & ~host) !== 0) broken |= I3;
      const outside = matrix & linked & ~product[(mA << M) | sQ]!;
      if (outside !== 0) {
        broken |= I6W;
        if ((outside & product[(sA << M) | allDomains]!) !== 0) broken |= I6;
      }
      if (scans) continue;
      const wanted = product[((mA & hostA) << M) | (mQ & hostQ)]!;
      const whole = mA & hostA & ~adaptersOf[wanted & ~linked]!;
      if ((product[(whole << M) | (mQ & hostQ)]! & ~apcb) !== 0) broken |= I7;
    }
    return broken;
  };
}
