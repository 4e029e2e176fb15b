// The PQAP instruction of a guest, as KVM intercepts it: only interrupt control is dealt with in the kernel, by vfio_ap if the
// guest has a device of it. docs/kernel/hotplug.md §15.1.
import { apqnOf } from "../ap/apqn.ts";
import { asApid, asApqi } from "../ap/id.ts";
import { RC } from "../ap/response-code.ts";
import { mdevOf } from "./guest.ts";
import type { Host } from "./host.ts";
import { disableInterrupts, enableInterrupts } from "./interrupts.ts";

/** What the instruction sees of the guest that issues it. */
export interface Pqap {
  /** Low half of GR0: function code, T bit, APQN. */
  readonly gr0: number;
  readonly gr1: bigint;
  readonly gr2: bigint;
  readonly problemState: boolean;
  /** Facilities of the guest: AP instructions, 15 (test), 65 (interrupt control). */
  readonly ap: boolean;
  readonly apft: boolean;
  readonly apqi: boolean;
  /** The host can alert the guest's adapter interrupts (AIV). */
  readonly aiv: boolean;
}

export type Intercepted =
  | { readonly kind: "to-userspace" }
  | { readonly kind: "exception"; readonly exception: "privileged-operation" | "specification" }
  | { readonly kind: "done"; readonly conditionCode: 0 | 3; readonly gr1: bigint };

const USERSPACE: Intercepted = { kind: "to-userspace" };
const SPECIFICATION: Intercepted = { kind: "exception", exception: "specification" };
const PRIVILEGED: Intercepted = { kind: "exception", exception: "privileged-operation" };

const AQIC = 3;
const T_BIT = 0x00800000;
const RESERVED = 0x007f0000;
/** APID 64 and above, APQI 16 and above: too large without extended addressing. */
const LARGE_NUMBERS = 0xc0f0;
const RC_SHIFT = 16n;
const HALF = 32n;
/** Bit 16 of GR1, counted from the left of 64. */
const ENABLE = 1n << 47n;
const ISC = 7n;

/** @param guest number of the guest's name */
export function interceptPqap(host: Host, guest: number, pqap: Pqap): Intercepted {
  if (!pqap.ap || pqap.gr0 >>> 24 !== AQIC) return USERSPACE;
  if (pqap.problemState) return PRIVILEGED;
  if ((pqap.gr0 & RESERVED) !== 0) return SPECIFICATION;
  if ((pqap.gr0 & T_BIT) !== 0 && !pqap.apft) return SPECIFICATION;
  if (!host.state.facts.apxa && (pqap.gr0 & LARGE_NUMBERS) !== 0) return SPECIFICATION;
  if (!pqap.apqi) return SPECIFICATION;
  const mdev = mdevOf(host, guest);
  // Without a device KVM itself answers, in the wrong half of the register (docs/kernel/faults.md B-16).
  if (!mdev) return { kind: "done", conditionCode: 3, gr1: statusWord(RC.notAvailable) << HALF };
  if (!pqap.aiv) return USERSPACE;
  const apqn = apqnOf(asApid((pqap.gr0 >>> 8) & 0xff), asApqi(pqap.gr0 & 0xff));
  const enable = (pqap.gr1 & ENABLE) !== 0n;
  const request = { isc: Number(pqap.gr1 & ISC), nib: Number(pqap.gr2) };
  const rc = enable ? enableInterrupts(host, mdev, apqn, request) : disableInterrupts(host, mdev, apqn);
  return { kind: "done", conditionCode: rc === RC.normal ? 0 : 3, gr1: statusWord(rc) };
}

const statusWord = (rc: number): bigint => BigInt(rc) << RC_SHIFT;
