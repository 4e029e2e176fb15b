// An expected failure is a value: the error's name and the reason as data. Sentences are made by views.
import type { Apqn } from "./apqn.ts";
import type { Errno } from "./errno.ts";
import type { MdevIndex } from "./id.ts";

/** Why a step was refused. What can be worked out from the event itself is not repeated here. */
export type Refusal =
  | { readonly kind: "malformed" }
  | { readonly kind: "number-too-large"; readonly max: number }
  | { readonly kind: "no-such-file" }
  | { readonly kind: "not-a-directory" }
  | { readonly kind: "is-a-directory" }
  /** `found`: what lies there instead of an attribute, such as "a named pipe". */
  | { readonly kind: "not-readable"; readonly found?: string }
  | { readonly kind: "not-writable" }
  | { readonly kind: "no-such-device" }
  | { readonly kind: "wrong-device-type" }
  | { readonly kind: "bound-already" }
  | { readonly kind: "not-bound-to-this-driver" }
  | { readonly kind: "card-without-driver" }
  | { readonly kind: "driver-may-not-have-it"; readonly apqn: Apqn }
  | { readonly kind: "queue-host-owned"; readonly apqn: Apqn }
  | { readonly kind: "queue-not-bound"; readonly apqn: Apqn | undefined }
  | { readonly kind: "queue-assigned-elsewhere"; readonly apqn: Apqn; readonly mdev: MdevIndex }
  | { readonly kind: "guest-running"; readonly mdev: MdevIndex }
  | { readonly kind: "overrides-active" }
  | { readonly kind: "masks-in-use" }
  | { readonly kind: "uuid-taken"; readonly mdev: MdevIndex }
  | { readonly kind: "no-instances-left" }
  | { readonly kind: "no-such-mdev" }
  | { readonly kind: "mdev-being-removed"; readonly mdev: MdevIndex }
  | { readonly kind: "open-already"; readonly mdev: MdevIndex }
  | { readonly kind: "not-open" }
  | { readonly kind: "no-vm" }
  | { readonly kind: "vm-has-mdev"; readonly mdev: MdevIndex }
  | { readonly kind: "adapter-not-in-machine" }
  | { readonly kind: "not-operational" }
  | { readonly kind: "domain-not-usable" }
  | { readonly kind: "no-guest" }
  | { readonly kind: "reset-failed"; readonly apqn: Apqn | undefined }
  | { readonly kind: "feature-missing" }
  | { readonly kind: "binding-not-supported" }
  | { readonly kind: "wrong-bind-state" }
  | { readonly kind: "queue-not-idle" }
  | { readonly kind: "machine-refuses" };

export type Done<T> = { readonly ok: true; readonly value: T };
export type Refused = { readonly ok: false; readonly errno: Errno; readonly why: Refusal };
export type Result<T> = Done<T> | Refused;

/** The one answer of every step that was done: no step allocates its success. */
export const DONE: Done<void> = { ok: true, value: undefined };

export const done = <T>(value: T): Done<T> => ({ ok: true, value });

/** A refusal whose reason needs no data is made once, at load. */
export const refused = (errno: Errno, why: Refusal | Refusal["kind"]): Refused => ({
  ok: false,
  errno,
  why: typeof why === "string" ? ({ kind: why } as Refusal) : why,
});
