// One operation on a host, as traces, journals, scenarios and plans hold it: docs/trace-format.md §4, and the members and
// operations that format 2 adds. parse-operation.ts makes them from JSON; player.ts carries them out.

import type { Apqn } from "../ap/apqn.ts";
import type { CardMode } from "../ap/card-type.ts";
import type { Adm, Apm, Aqm } from "../ap/mask.ts";
import type { ResponseCode } from "../ap/response-code.ts";
import type { HostDrivers } from "../machine/facts.ts";
import type { KeysAndCounts } from "../machine/keys-and-counts.ts";
import type { Write as SysfsWrite } from "../sysfs/writes.ts";
import type { GuestsMade } from "./guest-made.ts";

/** Power on, boot, first scan. Must be the first operation. */
export interface Init {
  readonly op: "init";
  /** Extended addressing, default true. */
  readonly apxa: boolean;
  /** The query instruction, default true (format 2: `"qci": 0`). */
  readonly qci: boolean;
  /** Format 2, default false: the facility for secure binding; Linux runs in a Secure Execution guest. */
  readonly apsb?: boolean;
  readonly se?: boolean;
  /** 0..255; default 255 and 255, without apxa 63 and 15. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  /** Type of every card that `types` does not name, default 12. */
  readonly type: number;
  readonly types: ReadonlyMap<number, number>;
  /** Format 2: mode by adapter, default cca; serial number by adapter. */
  readonly modes: ReadonlyMap<number, CardMode>;
  readonly serials: ReadonlyMap<number, string>;
  /** Format 2: master keys and requests before the boot. */
  readonly keysAndCounts?: KeysAndCounts;
  readonly apm: Apm;
  readonly aqm: Aqm;
  readonly adm: Adm;
  /** Boot parameters, text as accepted by the attribute; undefined: all bits on. */
  readonly apmask: string | undefined;
  readonly aqmask: string | undefined;
  /** Format 3: guests have a Linux of their own; what those are made of that are not as usual. */
  readonly guests?: GuestsMade;
  /** Stands in the header of a trace, and not here: "zcrypt" unless a trace says nothing (docs/trace-format.md §1). */
  readonly hostDrivers: HostDrivers;
}

/** The machine's masks change: set, then remove, then add. */
export interface Hw {
  readonly op: "hw";
  readonly apm: Apm | undefined;
  readonly aqm: Aqm | undefined;
  readonly adm: Adm | undefined;
  readonly rmAp: readonly number[];
  readonly rmDom: readonly number[];
  readonly rmCd: readonly number[];
  readonly addAp: readonly number[];
  readonly addDom: readonly number[];
  readonly addCd: readonly number[];
}

export interface Card {
  readonly op: "card";
  readonly id: number;
  readonly config: boolean | undefined;
  readonly chkstop: boolean | undefined;
  readonly type: number | undefined;
  /** Format 2. */
  readonly mode: CardMode | undefined;
}

/** Operations that change nothing. */
export const isLook = (operation: Operation): operation is Read | StateOperation =>
  operation.op === "read" || operation.op === "readlink" || operation.op === "ls" || operation.op === "state";

/** What happens to one card; members that are not named stay undefined. */
export const cardChange = (id: number, change: Partial<Omit<Card, "op" | "id">>): Card => ({
  op: "card",
  id,
  ...{ config: undefined, chkstop: undefined, type: undefined, mode: undefined, ...change },
});

export interface FaultOperation {
  readonly op: "fault";
  readonly q: Apqn;
  readonly reset: ResponseCode | "ok" | undefined;
  readonly aqic: ResponseCode | "ok" | undefined;
  /** Format 2: of a Secure Execution guest. */
  readonly bind?: ResponseCode | "ok" | undefined;
  readonly associate?: ResponseCode | "ok" | undefined;
}

/** A whole scan, or (format 2) one of its parts, between which other operations can fall. */
export type Scan =
  | { readonly op: "scan"; readonly part: "all" | "notice" | "devices" | "complete" }
  /** Of all devices only this one: it comes, or it goes. */
  | { readonly op: "scan"; readonly part: "device"; readonly q: Apqn };

export interface WriteOperation {
  readonly op: "write";
  readonly path: string;
  /** One character U+0000..U+00FF a byte. */
  readonly value: string;
}

/** A write as a shell's echo does it, with a line end. */
export const echoed = ([path, text]: SysfsWrite): WriteOperation => ({ op: "write", path, value: `${text}\n` });

export interface Read {
  readonly op: "read" | "readlink" | "ls";
  readonly path: string;
}

export interface Open {
  readonly op: "open";
  /** null: without a virtual machine. */
  readonly guest: string | null;
  readonly mdev: string;
}

export interface CloseOrReset {
  readonly op: "close" | "reset";
  readonly guest: string;
  readonly mdev: string;
}

export interface Unmap {
  readonly op: "unmap";
  readonly guest: string;
  readonly mdev: string;
  /** Guest addresses, 0..2^64. */
  readonly iova: number;
  readonly len: number;
}

export interface Aqic {
  readonly op: "aqic";
  readonly guest: string;
  readonly q: Apqn;
  readonly enable: boolean;
  /** 0..7 */
  readonly isc: number;
  readonly nib: number;
}

/** Format 2: an eventfd is installed for (or taken from) an IRQ index of the VFIO device, VFIO_DEVICE_SET_IRQS. */
export interface SetIrqsOperation {
  readonly op: "eventfd";
  readonly guest: string;
  readonly mdev: string;
  readonly index: number;
  readonly on: boolean;
}

/** Format 2: ten more seconds have passed while a removal waits: the request is made again. */
export interface RequestAgain {
  readonly op: "request";
  readonly mdev: string;
}

export interface StateOperation {
  readonly op: "state";
  /** Format 3: with the state inside the guests. */
  readonly guests?: boolean;
}

/** Format 3: done inside this guest; a guest of a guest is named with a slash, "g1/g2". */
interface Addressed {
  readonly in?: string;
}

export type Operation = Addressed &
  (
    | Init
    | Hw
    | Card
    | FaultOperation
    | Scan
    | WriteOperation
    | Read
    | Open
    | CloseOrReset
    | Unmap
    | Aqic
    | SetIrqsOperation
    | RequestAgain
    | StateOperation
  );

/** What cannot be done in a guest: there is a machine only once, and a guest's process resets its device to boot it again. */
export const NOT_INSIDE: readonly Operation["op"][] = ["init", "hw", "card", "fault"];

export type TraceFormat = 1 | 2 | 3;

/** The first format that knows the operation and its members: readers of older ones would do something else. */
export function formatFor(operation: Operation): TraceFormat {
  if (operation.in !== undefined || ("guests" in operation && operation.guests)) return 3;
  return needsFormat2(operation) ? 2 : 1;
}

/** It needs guests that have a Linux. */
export const isOfGuest = (operation: Operation): boolean =>
  operation.in !== undefined || (operation.op === "state" && operation.guests === true);

function needsFormat2(operation: Operation): boolean {
  switch (operation.op) {
    case "init":
      return (
        !operation.qci ||
        operation.apsb === true ||
        operation.modes.size > 0 ||
        operation.serials.size > 0 ||
        operation.keysAndCounts !== undefined
      );
    case "fault":
      return operation.bind !== undefined || operation.associate !== undefined;
    case "card":
      return operation.mode !== undefined;
    case "scan":
      return operation.part !== "all";
    case "eventfd":
    case "request":
      return true;
    default:
      return false;
  }
}
