// What a guest is made of, besides what its host gives it: its CPU model, its kernel, and how it learns of changes.
import type { Facility } from "../machine/facts.ts";

/** "scan": at its own scans only. "at-once": its host's process tells it, where the host's kernel can (IRQ index 1, from 6.15). */
export type Notice = "scan" | "at-once";
export const NOTICES: readonly Notice[] = ["scan", "at-once"];

export interface GuestMade {
  /** Facilities of AP that its CPU model leaves out. What its host has not, it has not either. */
  readonly lacks: ReadonlySet<Facility>;
  /** It is a Secure Execution guest, on a machine with secure binding. */
  readonly se?: true;
  /** undefined: at once if both kernels can. */
  readonly notice: Notice | undefined;
  /** Name of its kernel's profile; undefined: its host's. */
  readonly profile: string | undefined;
  /** Boot parameters, text as accepted by the attribute; undefined: all bits on. */
  readonly apmask: string | undefined;
  readonly aqmask: string | undefined;
  readonly guests: GuestsMade;
}

/** By the guest's name; one that is not named is a DEFAULT_GUEST. */
export type GuestsMade = ReadonlyMap<string, GuestMade>;

export const DEFAULT_GUEST: GuestMade = {
  lacks: new Set(),
  notice: undefined,
  profile: undefined,
  apmask: undefined,
  aqmask: undefined,
  guests: new Map(),
};

/** Guests in guests beyond this are taken for a mistake, or for an attempt to use the stack up. */
export const DEEPEST_GUESTS = 16;
