// Options that take one of a few words, or a number of seconds: the message for a wrong word names the right ones.

import { Option } from "commander";
import { UserError } from "../guards/user-error.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, PROFILE_NAMES, profileNamed } from "../system/vfio-ap/profiles.ts";
import { parseUuid } from "../system/vfio-ap/uuid.ts";

/** @throws UserError naming the known profiles */
export function chooseProfile(name: string): Profile {
  const profile = profileNamed(name);
  if (profile) return profile;
  const known = PROFILE_NAMES.map((p) => (p === DEFAULT_PROFILE.name ? `${p} (default)` : p));
  throw new UserError(`unknown profile "${name}"; known: ${known.join(", ")}`);
}

/** What --profile names, if it does. @throws UserError naming the known profiles */
export const chosenProfile = ({ profile }: { readonly profile?: string }): Profile | undefined =>
  profile === undefined ? undefined : chooseProfile(profile);

/** What --uuid names, in lower case. @throws UserError it is not a uuid */
export function chosenUuid(uuid: string | undefined): string | undefined {
  if (uuid !== undefined && parseUuid(uuid) === undefined)
    throw new UserError(`--uuid ${uuid}: a uuid has 36 characters, such as 62177883-f1bb-47f0-914d-32a22e3a8804`);
  return uuid?.toLowerCase();
}

/** The option --format; the first format is the default. */
export const formatOption = (formats: readonly string[]): Option =>
  new Option("--format <format>", formats.join(", ")).default(formats[0]);

/** @throws UserError naming the known formats */
export const chooseFormat = <F extends string>(name: string, formats: readonly F[]): F =>
  chooseWord("format", name, formats);

/** @throws UserError naming the known words */
export function chooseWord<W extends string>(what: string, word: string, words: readonly W[]): W {
  const chosen = words.find((known) => known === word);
  if (chosen !== undefined) return chosen;
  throw new UserError(`unknown ${what} "${word}"; known: ${words.join(", ")}`);
}

/** @throws UserError */
export function secondsOf(option: string, text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text);
  throw new UserError(`${option} takes a number of seconds, not "${text}"`);
}
