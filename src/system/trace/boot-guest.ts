// Linux boots in a guest: the machine is what the guest's host gives it, all else is as on any host.

import type { Apid, Apqi } from "../ap/id.ts";
import type { Matrix } from "../ap/matrix.ts";
import { RC } from "../ap/response-code.ts";
import type { Beneath } from "../machine/beneath.ts";
import { FACILITIES, type Facts, maximaOf } from "../machine/facts.ts";
import { powerOnGuest } from "../machine/guest-machine.ts";
import type { Observer } from "../machine/happening.ts";
import { queueWasReset } from "../machine/hardware.ts";
import type { HostState } from "../machine/host-state.ts";
import { keysOnly } from "../machine/keys-and-counts.ts";
import { queueWasBound } from "../machine/secure-binding.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import { mdevOf } from "../vfio-ap/guest.ts";
import type { Host } from "../vfio-ap/host.ts";
import { disableInterrupts, enableInterrupts } from "../vfio-ap/interrupts.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { bootMask } from "./boot-operation.ts";
import type { GuestMade } from "./guest-made.ts";

/** The guest ISC for queues of guests, and a page for notifications, as vfio_ap in a guest asks its host for them. */
const NOTIFICATION = { isc: 5, nib: 0x1000 } as const;

/** What a guest does to a queue, done by its host. */
const beneathOf = (host: Host, guest: number): Beneath => ({
  wasReset: (apqn) => queueWasReset(host.state, apqn),
  wasBound: (apqn) => queueWasBound(host.state, apqn),
  switchInterrupts(apqn, on) {
    const mdev = mdevOf(host, guest);
    if (!mdev) return RC.notAvailable;
    return on ? enableInterrupts(host, mdev, apqn, NOTIFICATION) : disableInterrupts(host, mdev, apqn);
  },
});

/** The facts of a guest's machine: at most those of its host's. Its console moves no cards. */
function factsOf({ state: { facts } }: Host, { lacks: less, se, apmask, aqmask }: GuestMade): Facts {
  const lacks = new Set(less.has("ap") || facts.lacks.has("ap") ? FACILITIES : [...facts.lacks, ...less]);
  const qci = facts.qci && !lacks.has("apqci");
  return {
    ...facts,
    // Another kernel on the same domains.
    ...(facts.keysAndCounts && { keysAndCounts: keysOnly(facts.keysAndCounts) }),
    lacks,
    qci,
    apsb: facts.apsb && qci,
    se: facts.apsb && qci && se === true,
    reconfigures: false,
    zvm: false,
    ...maximaOf({ ...facts, qci }),
    parameters: { ...(apmask !== undefined && { apmask }), ...(aqmask !== undefined && { aqmask }) },
  };
}

/** A guest as its host sees it. */
export interface GuestOf {
  readonly host: Host;
  /** Number of its name. */
  readonly guest: number;
  /** The masks that the host gave it last, with room for all ids. */
  readonly given: Matrix;
}

/** From now on this is the machine of a guest. */
export function connectGuest(state: HostState, { host, guest, given }: GuestOf): void {
  powerOnGuest(state, host.state, given);
  state.beneath = beneathOf(host, guest);
}

export function bootGuest(of: GuestOf, made: GuestMade, profile: Profile, observer: Observer): Host {
  return bootHost({
    facts: factsOf(of.host, made),
    hardware: (state) => connectGuest(state, of),
    profile,
    apmask: bootMask<Apid>(made.apmask, profile),
    aqmask: bootMask<Apqi>(made.aqmask, profile),
    observer,
  });
}
