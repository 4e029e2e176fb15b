// How the kernel reads a write to ap_config: three absolute masks with commas or newlines between them.
// docs/kernel/device.md §5.2.

import type { Apid, Apqi, ControlDomain } from "../ap/id.ts";
import type { Matrix } from "../ap/matrix.ts";
import { parseAbsoluteMask } from "./mask-grammar.ts";

/** As many characters are looked at as three full masks with their separators take. */
const LENGTH = 201;

/** Adapters, domains, control domains; undefined if there are fewer than three, or one is not a mask. */
export function parseApConfig(text: string): Matrix | undefined {
  const [first, second, third] = text.slice(0, LENGTH).split(/[,\n]/);
  if (first === undefined || second === undefined || third === undefined) return undefined;
  const apm = parseAbsoluteMask<Apid>(first);
  const aqm = parseAbsoluteMask<Apqi>(second);
  const adm = parseAbsoluteMask<ControlDomain>(third);
  return apm && aqm && adm ? { apm, aqm, adm } : undefined;
}
