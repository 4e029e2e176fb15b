// Compares what a host is, what its files say, what is desired, and what it will be after its next boot. Next: status-text.ts,
// status-json.ts.

import type { DesiredMdev } from "../../formats/desired/desired.ts";
import { matrixOfAttributes } from "../../formats/tools/attribute-matrix.ts";
import type { MdevctlDefinition } from "../../formats/tools/mdevctl-json.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { type Apm, type Aqm, newMask } from "../../system/ap/mask.ts";
import { type Matrix, newMatrix } from "../../system/ap/matrix.ts";
import { noProduct, queuesOf } from "../../system/ap/product.ts";
import type { ObservedHost, ObservedMdev } from "../../system/sysfs/observed-host.ts";
import { type AilingQueue, ailing, healthSeen } from "../explain/health.ts";

export const PLACES = ["running", "persistent", "after_reboot"] as const;
export type StatusPlace = (typeof PLACES)[number];

/** What differs from what is desired, or, if the file does not name the mdev, from what runs. */
export type StatusDifference =
  | "absent"
  | "adapters"
  | "domains"
  | "control_domains"
  | "queues"
  | "start"
  | "refused"
  | "unloaded"
  | "unstarted"
  | "extra";

export interface MdevMatrix extends Matrix {
  /** What its guest has or would get; undefined for a matrix from a file. */
  readonly queues: readonly Apqn[] | undefined;
  /** What of that is of no use to the guest; none for a matrix from a file. */
  readonly ailing: readonly AilingQueue[];
}

export interface MdevStatus {
  readonly uuid: string;
  readonly name: string | undefined;
  /** Undefined: the file does not name it. */
  readonly desired: DesiredMdev | undefined;
  readonly running: MdevMatrix | undefined;
  readonly persistent: (MdevMatrix & { readonly start: "auto" | "manual" }) | undefined;
  readonly after_reboot: MdevMatrix | undefined;
  readonly differences: Readonly<Record<StatusPlace, readonly StatusDifference[]>>;
}

export interface HostMasks {
  readonly apmask: Apm | undefined;
  readonly aqmask: Aqm | undefined;
  /** By queue, as text. */
  readonly overrides: ReadonlyMap<string, string>;
}

export interface HostStatus {
  readonly running: HostMasks;
  readonly after_reboot: HostMasks;
  readonly differences: readonly ("apmask" | "aqmask" | "overrides")[];
  /** Whether vfio_ap is loaded now; undefined: the source does not tell. */
  readonly isLoaded: boolean | undefined;
}

export interface Status {
  readonly mdevs: readonly MdevStatus[];
  readonly host: HostStatus;
  readonly agrees: boolean;
}

interface FourStates {
  readonly desired: readonly DesiredMdev[];
  readonly running: ObservedHost;
  readonly afterReboot: ObservedHost;
  readonly defined: readonly { readonly uuid: string; readonly definition: MdevctlDefinition }[];
  /** What people call mdevs, by UUID, where the desired state gives no name. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Why mdevs that start by themselves are not made at boot. */
  readonly boot: BootOfMdevs;
}

export interface BootOfMdevs {
  /** What loads vfio_ap; undefined: nothing. */
  readonly loadedBy: string | undefined;
  /** Whether anything starts mdevctl. */
  readonly hasStartedMdevs: boolean;
}

export function compareThreeWays({ desired, running, afterReboot, defined, labels, boot }: FourStates): Status {
  const named = desired.map(({ uuid }) => uuid);
  const others = [...running.mdevs, ...defined, ...afterReboot.mdevs].map(({ uuid }) => uuid);
  const uuids = [...new Set([...named, ...others])];
  const devicesOf = ({ queues }: ObservedHost) => new Set(queues.map(({ apqn }) => apqn));
  const has = { running: devicesOf(running), after_reboot: devicesOf(afterReboot) };
  const [wishes, definitions] = [byUuid(desired), byUuid(defined)];
  const [now, later] = [byUuid(running.mdevs), byUuid(afterReboot.mdevs)];
  const mdevs = uuids.map((uuid) => {
    const wish = wishes.get(uuid);
    const parts = {
      uuid,
      name: wish?.name ?? labels?.get(uuid),
      desired: wish,
      running: seenMatrix(running, now.get(uuid)),
      persistent: definedMatrix(definitions.get(uuid)?.definition),
      after_reboot: seenMatrix(afterReboot, later.get(uuid)),
    };
    return { ...parts, differences: mdevDifferences(parts, has, notMade(boot)) };
  });
  const host = { ...compareHosts(masksOf(running), masksOf(afterReboot)), isLoaded: running.isVfioApLoaded };
  const isSame = (mdev: MdevStatus): boolean => PLACES.every((place) => mdev.differences[place].length === 0);
  return { mdevs, host, agrees: mdevs.every(isSame) && host.differences.length === 0 };
}

const byUuid = <T extends { readonly uuid: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.uuid, one]));

function seenMatrix(host: ObservedHost, mdev: ObservedMdev | undefined): MdevMatrix | undefined {
  if (!mdev) return undefined;
  const { matrix, controlDomains, guestView } = mdev;
  const { apm, aqm } = matrix ?? noProduct();
  const queues = guestView && queuesOf(guestView);
  return {
    apm,
    aqm,
    adm: controlDomains ?? newMask(),
    queues,
    ailing: ailing(queues ?? [], (q) => healthSeen(host, q)),
  };
}

/** What the definition assigns if nothing of it is refused. */
function definedMatrix(definition: MdevctlDefinition | undefined): MdevStatus["persistent"] {
  if (!definition) return undefined;
  const read = matrixOfAttributes(definition.attrs);
  const { apm, aqm, adm } = read.ok ? read.value : newMatrix();
  return { apm, aqm, adm, queues: undefined, ailing: [], start: definition.start };
}

const notMade = ({ loadedBy, hasStartedMdevs }: BootOfMdevs): "unloaded" | "unstarted" | "refused" =>
  loadedBy === undefined ? "unloaded" : hasStartedMdevs ? "refused" : "unstarted";

/** @param has whether there is a device of a queue, now and after the next boot */
function mdevDifferences(
  { desired, running, persistent, after_reboot: rebooted }: Omit<MdevStatus, "differences">,
  has: Readonly<Record<"running" | "after_reboot", ReadonlySet<Apqn>>>,
  reason: StatusDifference,
): MdevStatus["differences"] {
  const isWanted = desired !== undefined || running !== undefined;
  const nothing = newMatrix();
  // What the file does not name stays as it is.
  const apm = desired?.apm ?? running?.apm ?? nothing.apm;
  const aqm = desired?.aqm ?? running?.aqm ?? nothing.aqm;
  const adm = desired?.adm ?? running?.adm ?? nothing.adm;
  const queues = desired ? queuesOf({ apm, aqm }) : (running?.queues ?? []);
  const compare = (there: MdevMatrix | undefined, devices: ReadonlySet<Apqn>): StatusDifference[] => {
    if (!isWanted) return there ? ["extra"] : [];
    if (!there) return ["absent"];
    const different: StatusDifference[] = [];
    if (!there.apm.equals(apm)) different.push("adapters");
    if (!there.aqm.equals(aqm)) different.push("domains");
    if (!there.adm.equals(adm)) different.push("control_domains");
    if (there.queues && queues.some((apqn) => devices.has(apqn) && !there.queues?.includes(apqn)))
      different.push("queues");
    return different;
  };
  const isLeftToHand = isWanted && persistent?.start === "manual";
  const isNotMade = persistent?.start === "auto" && !rebooted;
  return {
    running: compare(running, has.running),
    // A definition that is only started by hand, and whose mdev nobody has or wants, is not a difference.
    persistent:
      isWanted || persistent?.start === "auto"
        ? [...compare(persistent, has.running), ...(isLeftToHand ? ["start" as const] : [])]
        : [],
    after_reboot: [...compare(rebooted, has.after_reboot), ...(isNotMade ? [reason] : [])],
  };
}

const masksOf = ({ apmask, aqmask, queues }: ObservedHost): HostMasks => ({
  apmask,
  aqmask,
  overrides: new Map(queues.flatMap(({ apqn, override }) => (override ? [[formatApqn(apqn), override]] : []))),
});

function compareHosts(running: HostMasks, rebooted: HostMasks): Omit<HostStatus, "isLoaded"> {
  const differences: HostStatus["differences"][number][] = [];
  if (running.apmask && rebooted.apmask && !running.apmask.equals(rebooted.apmask)) differences.push("apmask");
  if (running.aqmask && rebooted.aqmask && !running.aqmask.equals(rebooted.aqmask)) differences.push("aqmask");
  const [a, b] = [running, rebooted].map(({ overrides }) => JSON.stringify([...overrides].sort()));
  if (a !== b) differences.push("overrides");
  return { running, after_reboot: rebooted, differences };
}
