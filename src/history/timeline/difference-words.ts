// One line on what has changed in a host since it was last looked at, if it is not known what was done to it.

import { apqnOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { domainsText } from "../../system/ap/id-span.ts";
import { matricesEqual } from "../../system/ap/matrix.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { MdevNumbers } from "./mdev-numbers.ts";

/** If there are more than this many of a kind, they are counted. */
const FEW = 3;

const some = (names: readonly string[], kind: string): string =>
  names.length > FEW ? `${names.length} ${kind}s` : `${kind} ${names.join(", ")}`;

/** What an administrator would mention first: new and removed mdevs, matrices, queues with another driver, cards, masks. */
export function differenceWords(before: HostState, after: HostState, numbers: MdevNumbers): string {
  const parts: string[] = [];
  const say = (names: readonly string[], kind: string, verb: string): void => {
    if (names.length > 0) parts.push(`${some(names, kind)} ${verb}`);
  };
  const mdevs = (state: HostState) => new Map(state.listedMdevs().map((mdev) => [mdevName(mdev), mdev]));
  const [was, now] = [mdevs(before), mdevs(after)];
  const named = (uuids: Iterable<string>) => [...uuids].map((uuid) => `m${numbers.of(uuid)}`);
  say(named([...now.keys()].filter((uuid) => !was.has(uuid))), "mdev", "created");
  say(named([...was.keys()].filter((uuid) => !now.has(uuid))), "mdev", "removed");
  const changed = [...now].filter(([uuid, { matrix }]) => {
    const before = was.get(uuid);
    return before && !matricesEqual(before.matrix, matrix);
  });
  say(named(changed.map(([uuid]) => uuid)), "mdev", "assigned otherwise");

  const moved = { bound: [] as string[], unbound: [] as string[], gone: [] as string[], come: [] as string[] };
  for (let adapter = 0; adapter < Math.max(before.layout.adapters, after.layout.adapters); adapter++) {
    for (const apqn of rowDifference(before, after, adapter)) {
      const has = after.holds(apqn) && after.devices.has(apqn);
      const had = before.holds(apqn) && before.devices.has(apqn);
      const list = has === had ? (after.vfioBound.has(apqn) ? "bound" : "unbound") : has ? "come" : "gone";
      moved[list].push(formatApqn(apqn));
    }
  }
  say(moved.come, "queue", "came");
  say(moved.gone, "queue", "went");
  say(moved.bound, "queue", "bound to vfio_ap");
  say(moved.unbound, "queue", "left vfio_ap");
  const cards = Array.from({ length: 256 }, (_, id) => asApid(id)).filter(
    (apid) =>
      before.cardsDeconfigured.has(apid) !== after.cardsDeconfigured.has(apid) ||
      before.cardsCheckstopped.has(apid) !== after.cardsCheckstopped.has(apid),
  );
  say(cards.map(formatApid), "card", "changed its state");
  if (!before.apmask.equals(after.apmask)) parts.push("apmask written");
  if (!before.aqmask.equals(after.aqmask)) parts.push("aqmask written");
  const lostDomains = before.info.aqm.ids().filter((id) => !after.info.aqm.has(id));
  if (lostDomains.length > 0) parts.push(`domains ${domainsText(lostDomains)} left the host`);
  return parts.length > 0 ? parts.join("; ") : "something else changed";
}

/** Queues of an adapter that have come, gone, or been bound to or unbound from vfio_ap. */
function rowDifference(before: HostState, after: HostState, adapter: number) {
  const apid = asApid(adapter);
  const found = [];
  for (let domain = 0; domain < Math.max(before.layout.domains, after.layout.domains); domain++) {
    const apqn = apqnOf(apid, asApqi(domain));
    const state = (host: HostState) => (host.holds(apqn) ? [host.devices.has(apqn), host.vfioBound.has(apqn)] : []);
    if (state(before).join() !== state(after).join()) found.push(apqn);
  }
  return found;
}
