// Finds queues and guests of a host by what people call them. The answer is the thing itself, or a sentence that helps.

import { type Reading, refuse, taken } from "../../formats/reading/input-error.ts";
import { nearestName } from "../../formats/reading/nearest-name.ts";
import { begunUuid } from "../../formats/reading/uuid-beginning.ts";
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
  const mdevs = state.listedMdevs();
  const called = mdevs.map((mdev) => ({
    uuid: mdevName(mdev),
    guest: mdev.guest === undefined ? undefined : state.names.nameOf(mdev.guest),
    label: labels.get(mdevName(mdev)),
  }));
  const uuid = mdevCalled(called, name);
  if (!uuid.ok) return uuid;
  return taken(mdevs.find((mdev) => mdevName(mdev) === uuid.value) as Mdev);
}

/** An mdev, and how people call it. */
export interface CalledMdev {
  readonly uuid: string;
  readonly guest?: string | undefined;
  readonly label?: string | undefined;
}

/** @returns the UUID of the mdev that is called so */
export function mdevCalled(mdevs: readonly CalledMdev[], name: string): Reading<string> {
  const exact =
    mdevs.find(({ uuid, guest }) => uuid === name.toLowerCase() || guest === name) ??
    mdevs.find(({ label }) => label === name);
  if (exact) return taken(exact.uuid);
  const begun = begunUuid(
    name,
    mdevs.map(({ uuid }) => uuid),
  );
  if (begun) return begun;
  const known = [...new Set(mdevs.flatMap(({ uuid, guest, label }) => [label, guest, uuid]))]
    .filter((one) => one !== undefined)
    .map(shortened);
  if (known.length === 0) return refuse(`no guest or mdev "${name}"; there is none`);
  const all = known.length <= FEW ? `there are ${known.join(", ")}` : `there are ${mdevs.length} mdevs`;
  return refuse(`no guest or mdev "${name}": did you mean "${nearestName(name, known)}"? ${all}`);
}
