// What guests are made of, in the line "host" of a scenario: read, and written.
import { FACILITIES, type Facility } from "../../system/machine/facts.ts";
import {
  DEEPEST_GUESTS,
  DEFAULT_GUEST,
  type GuestMade,
  type GuestsMade,
  NOTICES,
} from "../../system/trace/guest-made.ts";
import { withoutAp } from "../../system/trace/guest-made-json.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { ScenarioError, type Words } from "./words.ts";

/** Instead of facilities: the CPU has none. */
const NO_AP = "no-ap";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What follows the word. @returns the guests with what it says of one */
export const readGuestOption = (
  option: "guest" | "guest-apmask" | "guest-aqmask",
  guests: GuestsMade,
  words: Words,
): GuestsMade =>
  option === "guest"
    ? readGuest(guests, words)
    : readGuestMask(guests, words, option === "guest-apmask" ? "apmask" : "aqmask");

/** `g1=scan,linux-6.8`, `g1/g2=ap,apft`. All facilities, unless some are named. */
function readGuest(guests: GuestsMade, words: Words): GuestsMade {
  const { column } = words;
  const fail = (expected: string): never => {
    throw new ScenarioError(column, expected);
  };
  const [path, texts] = takePath(words, /^[^\s="]+$/, "a guest and what it is made of: g1=scan,linux-6.8");
  const made: Mutable<Partial<GuestMade>> = {};
  const named: Facility[] = [];
  for (const word of texts.split(",")) {
    const [notice, facility] = [NOTICES.find((one) => one === word), FACILITIES.find((one) => one === word)];
    if (notice) made.notice = notice;
    else if (facility) named.push(facility);
    else if (word === NO_AP) made.lacks = new Set(FACILITIES);
    else if (word === "se") made.se = true;
    else if (profileNamed(word)) made.profile = word;
    else
      fail(
        `${NOTICES.join(", ")}, ${FACILITIES.join(", ")}, ${NO_AP}, se or a kernel after ${path.join("/")}=, not "${word}"`,
      );
  }
  if (made.lacks && named.length > 0) fail(`${NO_AP} or facilities, not both`);
  const wrong = withoutAp(named);
  if (wrong !== undefined) fail(wrong);
  if (named.length > 0) made.lacks = new Set(FACILITIES.filter((one) => !named.includes(one)));
  return madeAt(guests, path, made);
}

/** `guest-apmask g1=0x0`: its boot parameter. */
function readGuestMask(guests: GuestsMade, words: Words, mask: "apmask" | "aqmask"): GuestsMade {
  const [path, text] = takePath(words, /^\S+$/, "a guest and its boot parameter: g1=0x0");
  return madeAt(guests, path, { [mask]: text });
}

function takePath(words: Words, value: RegExp, expected: string): readonly [path: readonly string[], value: string] {
  const [, path = "", text = ""] = /^([^\s="/]+(?:\/[^\s="/]+)*)=(.+)$/.exec(words.peek() ?? "") ?? [];
  if (path === "" || !value.test(text)) return words.fail(expected);
  const names = path.split("/");
  if (names.length > DEEPEST_GUESTS) return words.fail(`guests of guests at most ${DEEPEST_GUESTS} deep`);
  words.take(expected);
  return [names, text];
}

function madeAt(guests: GuestsMade, [name = "", ...rest]: readonly string[], made: Partial<GuestMade>): GuestsMade {
  const known = guests.get(name) ?? DEFAULT_GUEST;
  const its = rest.length === 0 ? { ...known, ...made } : { ...known, guests: madeAt(known.guests, rest, made) };
  return new Map([...guests, [name, its]]);
}

/** The same, as words of the line. */
export const guestsWords = (guests: GuestsMade, before = ""): readonly string[] =>
  [...guests].flatMap(([name, { lacks, se, notice, profile, apmask, aqmask, guests: inner }]) => {
    const had = FACILITIES.filter((one) => !lacks.has(one));
    const made = [
      ...(se ? ["se"] : []),
      ...(notice ? [notice] : []),
      ...(profile === undefined ? [] : [profile]),
      ...(lacks.size === 0 ? [] : had.length === 0 ? [NO_AP] : had),
    ];
    const path = `${before}${name}`;
    return [
      ...(made.length === 0 ? [] : ["guest", `${path}=${made.join()}`]),
      ...(apmask === undefined ? [] : ["guest-apmask", `${path}=${apmask}`]),
      ...(aqmask === undefined ? [] : ["guest-aqmask", `${path}=${aqmask}`]),
      ...guestsWords(inner, `${path}/`),
    ];
  });
