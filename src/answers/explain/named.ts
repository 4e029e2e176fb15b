// Finds queues and guests of a host by what people call them. The answer is the thing itself, or a sentence that helps.

import { type Reading, refuse, taken } from "../../formats/reading/input-error.ts";
import { nearestName } from "../../formats/reading/nearest-name.ts";
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, parseApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** @param word a queue such as 04.0047, in upper or lower case */
export function queueNamed({ state }: Host, word: string): Reading<Apqn> {
  const apqn = parseApqn(word.toLowerCase());
  if (apqn === undefined)
    return refuse(`"${word}" is not a queue: two hex digits, a dot, four hex digits, such as 04.0047`);
  const { maxAdapter, maxDomain } = state.facts;
  if (apidOf(apqn) <= maxAdapter && apqiOf(apqn) <= maxDomain) return taken(apqn);
  const highest = `${formatApid(asApid(maxAdapter))}.${formatApqi(asApqi(maxDomain))}`;
  return refuse(`${word} is beyond this machine: its highest adapter and domain are ${highest}`);
}

/** Up to this many names are listed. */
const FEW = 8;

/**
 * @param name the name of a guest, or of its mdev, or the mdev's UUID, or a beginning of the UUID that no other mdev has
 * @param labels names that people gave to mdevs, by UUID
 */
export function guestNamed({ state }: Host, name: string, labels: ReadonlyMap<string, string>): Reading<Mdev> {
  const known: string[] = [];
  const labelled: Mdev[] = [];
  const begun: Mdev[] = [];
  for (const mdev of state.listedMdevs()) {
    const guest = mdev.guest === undefined ? undefined : state.names.nameOf(mdev.guest);
    if (mdevName(mdev) === name.toLowerCase() || guest === name) return taken(mdev);
    if (isBeginning(name) && mdevName(mdev).startsWith(name.toLowerCase())) begun.push(mdev);
    const label = labels.get(mdevName(mdev));
    if (label === name) labelled.push(mdev);
    if (label !== undefined && label !== guest) known.push(shortened(label));
    known.push(...(guest === undefined || guest === mdevName(mdev) ? [] : [shortened(guest)]), mdevName(mdev));
  }
  if (labelled[0]) return taken(labelled[0]);
  if (begun[0] && begun.length === 1) return taken(begun[0]);
  if (begun.length > 1) return refuse(`"${name}" is the beginning of ${few(begun.map(mdevName))}: write more of it`);
  if (known.length === 0) return refuse(`no guest or mdev "${name}"; there is none`);
  const all = known.length <= FEW ? `there are ${known.join(", ")}` : `there are ${state.mdevCount} mdevs`;
  return refuse(`no guest or mdev "${name}": did you mean "${nearestName(name, known)}"? ${all}`);
}

const isBeginning = (name: string): boolean => /^[0-9a-f][0-9a-f-]*$/i.test(name);

const few = (names: readonly string[]): string => (names.length <= FEW ? names.join(", ") : `${names.length} UUIDs`);
