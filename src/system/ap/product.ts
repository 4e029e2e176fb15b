// Adapters times domains: what a matrix, a guest or a wish holds. Queues of two of them in common are a product again.
import { type Apqn, apidOf, apqiOf, apqnOf } from "./apqn.ts";
import { type Apid, type Apqi, NONE } from "./id.ts";
import { type Apm, type Aqm, commonIds, copyOf, newMask } from "./mask.ts";

export interface Product {
  readonly apm: Apm;
  readonly aqm: Aqm;
}

export const noProduct = (): Product => ({ apm: newMask<Apid>(), aqm: newMask<Apqi>() });

/** One of its own, with all ids. */
export const copyProduct = ({ apm, aqm }: Product): Product => ({ apm: copyOf(apm), aqm: copyOf(aqm) });

export const commonProduct = (a: Product, b: Product): Product => ({
  apm: commonIds(a.apm, b.apm),
  aqm: commonIds(a.aqm, b.aqm),
});

export const hasQueue = ({ apm, aqm }: Product, apqn: Apqn): boolean => apm.has(apidOf(apqn)) && aqm.has(apqiOf(apqn));

export const isEmptyProduct = ({ apm, aqm }: Product): boolean => apm.isEmpty() || aqm.isEmpty();

export const productsMeet = (a: Product, b: Product): boolean => a.apm.intersects(b.apm) && a.aqm.intersects(b.aqm);

/** Everything of `inner` is in `outer`. */
export const productContains = (outer: Product, inner: Product): boolean =>
  isEmptyProduct(inner) || (outer.apm.containsAll(inner.apm) && outer.aqm.containsAll(inner.aqm));

export const queueCount = ({ apm, aqm }: Product): number => apm.count() * aqm.count();

/** Ascending. */
export function queuesOf({ apm, aqm }: Product): readonly Apqn[] {
  const queues: Apqn[] = [];
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) queues.push(apqnOf(apid, apqi));
  }
  return queues;
}
