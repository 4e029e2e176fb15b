// What explain says of a queue as data, with what the guest's own Linux makes of it.
import { type Explanation, type ExplanationJson, explanationToJson } from "../explain/explain.ts";
import type { GuestInside } from "./guest-inside.ts";
import { insideToJson } from "./inside-text.ts";

/** @param guest what is inside the guest; undefined: it is not known */
export function explainedToJson(explanation: Explanation, guest: GuestInside | undefined): ExplanationJson {
  const inside = guest?.of(explanation.apqn);
  return { ...explanationToJson(explanation), ...(guest && inside && { inside: insideToJson(guest, inside) }) };
}
