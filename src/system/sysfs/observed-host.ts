// What can be seen of a host from outside: everything that its /sys tells, and nothing else. Made by observe.ts, alike for a
// host in memory and for a directory; shown by the views.

import type { Apqn } from "../ap/apqn.ts";
import type { CardMode } from "../ap/card-type.ts";
import type { Apid } from "../ap/id.ts";
import type { Adm, Apm, Aqm } from "../ap/mask.ts";
import type { Product } from "../ap/product.ts";
import { plain } from "../ap/quoted.ts";

/** What a source does not tell is undefined: a file that is not there, or a text that cannot be understood. Lists are ascending. */
export interface ObservedHost extends ObservedBus {
  readonly cards: readonly ObservedCard[];
  readonly queues: readonly ObservedQueue[];
  readonly mdevs: readonly ObservedMdev[];
  /** Files and directories that are there but could not be read. */
  readonly unreadable: readonly Unreadable[];
}

/** The bus and the matrix device by themselves. */
export interface ObservedBus {
  /** What the machine gives to this host, as the bus shows it. */
  readonly machine: {
    readonly apm: MachineMask<Apm>;
    readonly aqm: MachineMask<Aqm>;
    readonly adm: MachineMask<Adm>;
  };
  readonly apmask: Apm | undefined;
  readonly aqmask: Aqm | undefined;
  readonly maxAdapter: number | undefined;
  readonly maxDomain: number | undefined;
  /** Text of the two attributes of this name, one of the bus and one of the matrix device. */
  readonly features: { readonly bus: string | undefined; readonly matrix: string | undefined };
  readonly bindings: ObservedBindings | undefined;
  /** How often all queue devices have found their drivers; undefined: the kernel does not count. */
  readonly bindingsCompleted: number | undefined;
  /** The module vfio_ap is loaded; undefined: too little of a /sys is there to tell. */
  readonly isVfioApLoaded: boolean | undefined;
  /** Linux runs in a Secure Execution guest; left out if not, or if nothing tells. */
  readonly isSecureGuest?: true;
}

/** A machine without the query instruction has no such masks. */
export type MachineMask<M> = M | "not supported" | undefined;

export interface Unreadable {
  /** Below /sys. */
  readonly path: string;
  readonly errno: string;
  /** What is there instead of what is expected, if that is known: "is a named pipe". */
  readonly found?: string;
}

/** One sentence for people, without its end. */
export const unreadableText = ({ path, errno, found }: Unreadable): string =>
  `${plain(path, LONGEST_PATH)} could not be read: ${found === undefined ? errno : `it ${found}`}`;

/** Characters of a path that are shown. */
const LONGEST_PATH = 200;

export interface ObservedCard {
  readonly id: Apid;
  /** `CEX5C`. Only a card that is bound to its driver tells it. */
  readonly type: string | undefined;
  readonly mode: CardMode | undefined;
  readonly hwtype: number | undefined;
  readonly serial: string | undefined;
  readonly config: boolean | undefined;
  readonly chkstop: boolean | undefined;
  readonly online: boolean | undefined;
}

export interface ObservedQueue {
  readonly apqn: Apqn;
  /** null: it has none. */
  readonly driver: string | null | undefined;
  /** Text of vfio_ap: `unassigned`, `assigned`, `in use`. */
  readonly status: string | undefined;
  readonly config: boolean | undefined;
  readonly chkstop: boolean | undefined;
  /** Only queues of the host's own driver have this switch. */
  readonly online: boolean | undefined;
  /** The driver that driver_override names; null: none; undefined: the kernel has no overrides. */
  readonly override: string | null | undefined;
  /** A running guest has it. */
  readonly inUse: boolean | undefined;
  /** What se_bind says; left out where there is no such file. */
  readonly secureBind?: "bound" | "unbound" | "-";
}

export interface ObservedBindings {
  /** Queue devices that have a driver, and all of them. */
  readonly bound: number;
  readonly devices: number;
  readonly complete: boolean;
}

export interface ObservedMatrix extends Product {
  /** The text ended where a page does (docs/kernel/faults.md B-11): there may be more adapters above the highest one. */
  readonly isCut: boolean;
}

export interface ObservedMdev {
  readonly uuid: string;
  /** What is assigned. */
  readonly matrix: ObservedMatrix | undefined;
  /** Control domains that are assigned. */
  readonly controlDomains: Adm | undefined;
  /** What its guest has, or would get. Kernels before 6.0 do not tell. */
  readonly guestView: ObservedMatrix | undefined;
  /** Whether a guest has it open, where that follows from what sysfs shows. */
  readonly isRunning: boolean | undefined;
}
