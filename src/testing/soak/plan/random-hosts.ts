// Random hosts to plan for: guests that run and have queues to lose, queues that are unbound or the host's, resets that failed, parts
// that the machine does not have, scans that stopped half way; and what somebody could want of them.

import { type DesiredMdev, type DesiredState, FREE_BY } from "../../../formats/desired/desired.ts";
import { type Apqn, apqnOf, formatApqn } from "../../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../../system/ap/id.ts";
import { maskOf } from "../../../system/ap/mask.ts";
import type { ResponseCode } from "../../../system/ap/response-code.ts";
import { setFault } from "../../../system/machine/hardware.ts";
import { mdevNamed } from "../../../system/sysfs/mdev-names.ts";
import type { Operation } from "../../../system/trace/operation.ts";
import { Player } from "../../../system/trace/player.ts";
import { resetMdev } from "../../../system/vfio-ap/guest.ts";
import type { Host } from "../../../system/vfio-ap/host.ts";
import type { Profile } from "../../../system/vfio-ap/profile.ts";
import type { Random } from "../random.ts";
import { RandomOperations, type Size } from "../random-operations.ts";

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const randomUuid = (m: number): string => `6d646576-0000-4000-8000-${m.toString(16).padStart(12, "0")}`;

/** All of them, the empty one first. */
export function subsetsOf(ids: readonly number[]): readonly (readonly number[])[] {
  const [first, ...rest] = ids;
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((set) => [set, [first, ...set]]);
}

/** A response code that no machine gives to a reset; a queue with it is not passable. */
const BROKEN = 0x42 as ResponseCode;

const some = (random: Random, ids: readonly number[], odds: number): number[] => ids.filter(() => random.oneIn(odds));

/** A host to which anything may have happened. */
export function wildHost(random: Random, profile: Profile, size: Size, operations: number): Host {
  const source = new RandomOperations(random, size);
  const player = new Player(profile);
  for (let i = 1; i <= operations; i++) player.apply(i === 1 ? source.init() : source.next(), i);
  return player.host;
}

export const livedInHost = (random: Random, profile: Profile, size: Size): Host => livedIn(random, profile, size).host;

/** A host that somebody set up, with running guests, on which then a few things went wrong; with all operations. */
export function livedIn(
  random: Random,
  profile: Profile,
  size: Size,
): { readonly host: Host; readonly operations: readonly Operation[] } {
  const { adapters, domains, mdevs } = size;
  const source = new RandomOperations(random, size);
  const player = new Player(profile);
  const operations: Operation[] = [];
  const apply = (operation: Operation): void => void player.apply(operation, operations.push(operation));
  const write = (path: string, value: string): void => apply({ op: "write", path, value });
  const queues = range(adapters).flatMap((a) => range(domains).map((d) => ((a << 8) | d) as Apqn));
  const absent = random.oneIn(4);
  apply({
    ...source.init(),
    qci: true,
    types: new Map(),
    apm: maskOf(
      range(adapters)
        .filter(() => !absent || !random.oneIn(4))
        .map(asApid),
    ),
    aqm: maskOf(
      range(domains)
        .filter(() => !absent || !random.oneIn(4))
        .map(asApqi),
    ),
    apmask: random.oneIn(4) ? `0x${(random.below(15) * 16).toString(16).padStart(2, "0")}` : "0x0",
  });
  for (const q of some(random, queues, random.pick([4, 8, 100, 100]))) {
    write("bus/ap/drivers/vfio_ap/unbind", formatApqn(q as Apqn));
  }
  for (const m of range(mdevs)) {
    const uuid = randomUuid(m);
    write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", uuid);
    const path = `devices/vfio_ap/matrix/${uuid}`;
    for (const id of range(adapters).filter(() => !random.oneIn(3))) write(`${path}/assign_adapter`, `${id}`);
    for (const id of range(domains).filter(() => random.oneIn(3) === m > 0)) write(`${path}/assign_domain`, `${id}`);
    for (const id of some(random, range(domains), 3)) write(`${path}/assign_control_domain`, `${id}`);
    if (!random.oneIn(5)) apply({ op: "open", guest: `h${m}`, mdev: uuid });
  }
  for (let n = random.pick([0, 0, 0, 3, 10]); n > 0; n--) apply(source.next());
  const faulty = some(random, queues, random.pick([2, 4, 100, 100])) as Apqn[];
  for (const q of faulty) apply({ op: "fault", q, reset: 0x42, aqic: undefined });
  for (const m of range(mdevs)) apply({ op: "reset", guest: `h${m}`, mdev: randomUuid(m) });
  for (const q of faulty) if (!random.oneIn(3)) apply({ op: "fault", q, reset: "ok", aqic: undefined });
  return { host: player.host, operations };
}

/** A reset of every guest fails at one of the queues that it has; mostly the next one would succeed. */
export function failResets(random: Random, host: Host): void {
  const { state } = host;
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    const { apm, aqm } = mdev.guestMasks;
    const queues = apm.ids().flatMap((apid) => aqm.ids().map((apqi) => apqnOf(apid, apqi)));
    if (queues.length === 0) continue;
    const apqn = random.pick(queues);
    setFault(state, apqn, { reset: BROKEN });
    resetMdev(host, mdev);
    if (!random.oneIn(3)) setFault(state, apqn, { reset: "ok" });
  }
}

/** Mdevs that are there and some that are not; what they are to have is near to what they have, or far from it. */
export function randomDesire(random: Random, host: Host, { adapters, domains, mdevs }: Size): DesiredState {
  const taken: { apm: number[]; aqm: number[] }[] = [];
  const isNear = !random.oneIn(3);
  const wanted = range(mdevs + 1).flatMap((m): DesiredMdev[] => {
    if (random.oneIn(4)) return [];
    const uuid = randomUuid(m);
    const mdev = mdevNamed(host, uuid);
    const near = (ids: readonly number[] | undefined, n: number): number[] =>
      isNear && ids
        ? range(n).filter((id) => (random.oneIn(5) ? !ids.includes(id) : ids.includes(id)))
        : some(random, range(n), 2);
    const [apm, aqm] = [near(mdev?.matrix.apm.ids(), adapters), near(mdev?.matrix.aqm.ids(), domains)];
    const clash = (one: { apm: number[]; aqm: number[] }) =>
      one.apm.some((id) => apm.includes(id)) && one.aqm.some((id) => aqm.includes(id));
    if (!random.oneIn(20) && taken.some(clash)) return [];
    taken.push({ apm, aqm });
    const leftOut = random.oneIn(8) && mdev;
    return [
      {
        uuid,
        name: undefined,
        apm: leftOut ? undefined : maskOf(apm.map(asApid)),
        aqm: maskOf(aqm.map(asApqi)),
        adm: random.oneIn(2) ? undefined : maskOf(some(random, range(domains), 2).map(asControlDomain)),
      },
    ];
  });
  return { mdevs: wanted, freeBy: random.oneIn(4) ? random.pick(FREE_BY) : "masks" };
}
