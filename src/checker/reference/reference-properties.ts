// The reference model's properties, with the bit that each has in a mask of violations.
import type { ModelProperty } from "../model.ts";

const state = (name: string, sentence: string): ModelProperty => ({ name, sentence, kind: "always", on: "state" });
const event = (name: string, sentence: string): ModelProperty => ({ name, sentence, kind: "always", on: "event" });

export const REFERENCE_PROPERTIES: readonly ModelProperty[] = [
  state("I1", "no queue is in two running guests"),
  state("I2", "a running guest has only bound queues"),
  state("I3", "a running guest has only queues of the host's configuration"),
  state("I4", "a shadow is within its matrix"),
  state("I5", "no matrix has a reserved queue"),
  state("I6", "a linked queue of a running guest whose adapter is in the shadow has its domain there too"),
  state("I6w", "a linked queue of a running guest has its domain in the shadow"),
  state("I7", "outside of scans a running guest has every queue that filtering anew would give it"),
  event("I8", "no running guest has a queue that another guest dirtied"),
  event("I9", "binding and assigning take nothing from a running guest"),
  event("I10", "removing a queue that a guest does not have takes nothing from it"),
];

const bitOf = (name: string): number => 2 ** REFERENCE_PROPERTIES.findIndex((property) => property.name === name);

export const I1 = bitOf("I1");
export const I2 = bitOf("I2");
export const I3 = bitOf("I3");
export const I4 = bitOf("I4");
export const I5 = bitOf("I5");
export const I6 = bitOf("I6");
export const I6W = bitOf("I6w");
export const I7 = bitOf("I7");
export const I8 = bitOf("I8");
export const I9 = bitOf("I9");
export const I10 = bitOf("I10");
