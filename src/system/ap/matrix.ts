// The three masks that belong together: what is assigned to an mdev, what its guest has, what a machine gives to its host.
import type { Apid, Apqi, ControlDomain } from "./id.ts";
import { type Adm, newMask } from "./mask.ts";
import type { Product } from "./product.ts";

/** Adapters, domains and control domains. What a guest can use is all adapters times all domains. */
export interface Matrix extends Product {
  readonly adm: Adm;
}

/** An empty one of its own, with all ids. */
export const newMatrix = (): Matrix => ({
  apm: newMask<Apid>(),
  aqm: newMask<Apqi>(),
  adm: newMask<ControlDomain>(),
});

export const isEmptyMatrix = ({ apm, aqm, adm }: Matrix): boolean => apm.isEmpty() && aqm.isEmpty() && adm.isEmpty();

export const matricesEqual = (a: Matrix, b: Matrix): boolean =>
  a.apm.equals(b.apm) && a.aqm.equals(b.aqm) && a.adm.equals(b.adm);

export function clearMatrix({ apm, aqm, adm }: Matrix): void {
  apm.clear();
  aqm.clear();
  adm.clear();
}

/** to := from. Ids that `to` is too narrow to hold are left out. */
export function setMatrix(to: Matrix, from: Matrix): void {
  to.apm.copy(from.apm);
  to.aqm.copy(from.aqm);
  to.adm.copy(from.adm);
}

/** to := a minus b. */
export function setMatrixDifference(to: Matrix, a: Matrix, b: Matrix): void {
  to.apm.setDifference(a.apm, b.apm);
  to.aqm.setDifference(a.aqm, b.aqm);
  to.adm.setDifference(a.adm, b.adm);
}
