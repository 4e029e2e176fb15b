// The inverse of matrix-text.ts: the masks that a text of matrix, guest_matrix or control_domains stands for.
import { apidOf, apqiOf, parseApqn } from "../ap/apqn.ts";
import type { Apid, Apqi, ControlDomain } from "../ap/id.ts";
import { asApid, asApqi, asControlDomain } from "../ap/id.ts";
import { type Adm, newMask } from "../ap/mask.ts";
import type { ObservedMatrix } from "./observed-host.ts";

/** As many bytes as can be read of an attribute. */
const READABLE = 4095;

const ADAPTER_LINE = /^[0-9a-f]{2}\.$/;
const DOMAIN_LINE = /^\.00[0-9a-f]{2}$/;
const CONTROL_LINE = /^00[0-9a-f]{2}$/;

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/**
 * A text that was cut holds 512 queues, so at least the first adapter has all its domains there and none is missing.
 *
 * @returns undefined if a line is none of the three forms
 */
export function readMatrixText(text: string): ObservedMatrix | undefined {
  const [apm, aqm] = [newMask<Apid>(), newMask<Apqi>()];
  for (const line of linesOf(text)) {
    const apqn = parseApqn(line);
    if (apqn !== undefined) {
      apm.add(apidOf(apqn));
      aqm.add(apqiOf(apqn));
    } else if (ADAPTER_LINE.test(line)) apm.add(asApid(Number.parseInt(line, 16)));
    else if (DOMAIN_LINE.test(line)) aqm.add(asApqi(Number.parseInt(line.slice(1), 16)));
    else return undefined;
  }
  return { apm, aqm, isCut: text.length >= READABLE };
}

/** @returns undefined if a line is not a domain */
export function readControlDomainsText(text: string): Adm | undefined {
  const adm = newMask<ControlDomain>();
  for (const line of linesOf(text)) {
    if (!CONTROL_LINE.test(line)) return undefined;
    adm.add(asControlDomain(Number.parseInt(line, 16)));
  }
  return adm;
}
