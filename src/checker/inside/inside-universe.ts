// The bounded space of the model "inside": a small host whose guests have a Linux of their own, so that what a guest's bus shows lags behind
// what the guest has. It is made from plain data.
import { NOTICES, type Notice } from "../../system/trace/guest-made.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILE_NAMES, profileNamed } from "../../system/vfio-ap/profiles.ts";

/** Plain data. */
export interface InsideOptions {
  readonly profile: string;
  /** 1..3 */
  readonly adapters: number;
  readonly domains: number;
  /** 1 or 2, each with a guest of its own that has a Linux. */
  readonly mdevs: number;
  /** The only guest has a guest of its own. */
  readonly nested: boolean;
  /** How guests notice that their masks have changed, with commas: one for each guest, outer ones first; the last one is for all others. */
  readonly notice: string;
  /** Names of properties; all if left out. */
  readonly properties?: readonly string[] | undefined;
}

export interface InsideUniverse {
  readonly profile: Profile;
  readonly adapters: number;
  readonly domains: number;
  readonly mdevs: number;
  readonly nested: boolean;
  /** Of each guest, outer ones first; never empty. The last one is for all others. */
  readonly notices: readonly Notice[];
}

const MOST = { adapters: 3, domains: 3, mdevs: 2 } as const;

/** @returns the universe, or what is wrong with an option, in one line */
export function insideUniverse(options: InsideOptions): InsideUniverse | { readonly error: string } {
  const profile = profileNamed(options.profile);
  if (!profile) return { error: `unknown profile "${options.profile}"; known: ${PROFILE_NAMES.join(", ")}` };
  for (const what of ["adapters", "domains", "mdevs"] as const) {
    const n = options[what];
    if (!Number.isInteger(n) || n < 1 || n > MOST[what])
      return { error: `--host: ${n} ${what}; the model inside takes 1 to ${MOST[what]}` };
  }
  const notices = options.notice.split(",").flatMap((word) => NOTICES.find((one) => one === word) ?? []);
  if (notices.length !== options.notice.split(",").length)
    return { error: `--notice "${options.notice}": known: ${NOTICES.join(", ")}; with commas for several guests` };
  const { adapters, domains, mdevs, nested } = options;
  if (nested && mdevs > 1) return { error: "--nested: the model inside takes it with 1 mdev, such as 2x2x1" };
  return { profile, adapters, domains, mdevs, nested, notices };
}
