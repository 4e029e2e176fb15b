// The rule that the seed discussion was about, by name.

import type { Apid, Apqi } from "../ap/id.ts";
import type { Matrix } from "../ap/matrix.ts";

/** A queue is plugged if and only if both of its bits are set (Pasic, 4 Nov 2020). */
export const isPlugged = (shadow: Matrix, apid: Apid, apqi: Apqi): boolean =>
  shadow.apm.has(apid) && shadow.aqm.has(apqi);
