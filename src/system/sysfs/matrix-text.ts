// The text of matrix, guest_matrix and control_domains. docs/kernel/device.md §4.
import { formatApid, formatApqi } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import type { Adm, Apm, Aqm } from "../ap/mask.ts";

/** No more than a page is ever read: as many lines as that takes. */
const LINES = 513;

/** One line a queue; with only adapters or only domains a line for each of those; nothing at all for neither. */
export function matrixText(apm: Apm, aqm: Aqm): string {
  if (aqm.isEmpty()) return apm.ids().reduce((text, apid) => `${text}${formatApid(apid)}.\n`, "");
  if (apm.isEmpty()) return aqm.ids().reduce((text, apqi) => `${text}.${formatApqi(apqi)}\n`, "");
  let text = "";
  let lines = 0;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) {
      if (++lines > LINES) return text;
      text += `${formatApid(apid)}.${formatApqi(apqi)}\n`;
    }
  }
  return text;
}

export const controlDomainsText = (adm: Adm): string =>
  adm.ids().reduce((text, domain) => `${text}${formatApqi(domain)}\n`, "");
