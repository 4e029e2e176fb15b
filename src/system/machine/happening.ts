// What a step did besides its answer, told to whoever listens, in order. Without a listener nothing is made up or sent.
import type { Apqn } from "../ap/apqn.ts";
import type { MdevIndex } from "../ap/id.ts";
import type { ResponseCode } from "../ap/response-code.ts";

/** Of its own accord the kernel does the first five to devices of the AP bus; the others only on request. */
export type UeventAction = "add" | "remove" | "bind" | "unbind" | "change" | "move" | "online" | "offline";

export type Happening =
  /**
   * `device` is the path below /sys, with a leading slash, as DEVPATH has it. `variables` are what the event says, `properties`
   * what every uevent of that device says.
   */
  | {
      readonly kind: "uevent";
      readonly action: UeventAction;
      readonly device: string;
      readonly variables: readonly string[];
      readonly properties: readonly string[];
    }
  /** The guest's masks were written, as a full copy of the shadow or (`cleared`) with nothing. */
  | { readonly kind: "guest-masks"; readonly mdev: MdevIndex; readonly cleared: boolean }
  | { readonly kind: "guest-attached"; readonly mdev: MdevIndex; readonly guest: number }
  | { readonly kind: "guest-detached"; readonly mdev: MdevIndex; readonly guest: number }
  /** A queue was zeroized, or answered the attempt with another code than 00. */
  | { readonly kind: "queue-reset"; readonly apqn: Apqn; readonly rc: ResponseCode; readonly by: "vfio_ap" | "bus" }
  /** An adapter was left out of the shadow because of this queue. */
  | { readonly kind: "adapter-filtered"; readonly mdev: MdevIndex; readonly because: Apqn }
  | { readonly kind: "interrupts-registered"; readonly apqn: Apqn; readonly isc: number; readonly nib: number }
  | { readonly kind: "interrupts-released"; readonly apqn: Apqn }
  /** The guest's process was signalled: 0 give the device back, 1 the AP configuration changed. */
  | { readonly kind: "eventfd-signalled"; readonly mdev: MdevIndex; readonly index: 0 | 1 }
  | { readonly kind: "mdev-created"; readonly mdev: MdevIndex }
  /** Somebody asked for it to be removed; it is out of reach, and goes once its guest lets go. */
  | { readonly kind: "mdev-removal-waits"; readonly mdev: MdevIndex; readonly uuid: string }
  | { readonly kind: "mdev-removed"; readonly mdev: MdevIndex; readonly uuid: string }
  /** A warning of the driver: these queues are in the way. */
  | {
      readonly kind: "conflict-logged";
      readonly apqn: Apqn;
      readonly mdev: MdevIndex;
      readonly wanted: "assign" | "reserve";
    };

export type Observer = (happening: Happening) => void;
