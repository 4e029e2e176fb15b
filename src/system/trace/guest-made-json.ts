// What guests are made of, as the member "guests" of "init" holds it: docs/trace-format.md. Members that are as usual are left out.
import { FACILITIES, type Facility } from "../machine/facts.ts";
import { PROFILE_NAMES, profileNamed } from "../vfio-ap/profiles.ts";
import { DEEPEST_GUESTS, type GuestMade, type GuestsMade, NOTICES } from "./guest-made.ts";
import { JsonReader, MalformedError } from "./json-reader.ts";

/** @throws MalformedError */
export function optionalGuests(json: JsonReader, depth = 0): { readonly guests?: GuestsMade } {
  if (!json.has("guests")) return {};
  if (depth >= DEEPEST_GUESTS) throw new MalformedError("guests", `guests of guests at most ${DEEPEST_GUESTS} deep`);
  return { guests: new Map(json.entries("guests").map(([name, made]) => [name, readMade(name, made, depth)])) };
}

function readMade(name: string, value: unknown, depth: number): GuestMade {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new MalformedError("guests", `an object for the guest ${JSON.stringify(name)}`);
  const json = new JsonReader(value);
  return {
    lacks: json.has("facilities") ? lacksOf(json.any("facilities")) : new Set(),
    ...(json.flag("se", false) && { se: true }),
    notice: json.optional("notice", (key) => json.oneOf(key, NOTICES)),
    profile: json.optional("profile", (key) => {
      const profile = json.string(key);
      if (profileNamed(profile)) return profile;
      throw new MalformedError(key, `one of the profiles ${PROFILE_NAMES.join(", ")}`);
    }),
    apmask: json.optional("apmask", (key) => json.bytes(key)),
    aqmask: json.optional("aqmask", (key) => json.bytes(key)),
    guests: optionalGuests(json, depth + 1).guests ?? new Map(),
  };
}

function lacksOf(facilities: unknown): ReadonlySet<Facility> {
  if (!Array.isArray(facilities) || !facilities.every((one) => FACILITIES.includes(one)))
    throw new MalformedError("facilities", `"facilities" as a list of ${FACILITIES.join(", ")}`);
  const wrong = withoutAp(facilities);
  if (wrong !== undefined) throw new MalformedError("facilities", wrong);
  return new Set(FACILITIES.filter((one) => !facilities.includes(one)));
}

/** What is wrong with facilities that need the instructions and are given without them; undefined: nothing. */
export function withoutAp(facilities: readonly Facility[]): string | undefined {
  const [first] = facilities;
  return first === undefined || facilities.includes("ap") ? undefined : `"ap" beside ${first}, which needs it`;
}

/** Whether guests can be for Secure Execution; undefined: all that are to be can, else the sentence about the first that cannot. */
export function insecureGuest(guests: GuestsMade, apsb: boolean): string | undefined {
  for (const [name, { se, lacks, guests: inner }] of guests) {
    const can = apsb && !lacks.has("ap") && !lacks.has("apqci");
    if (se && !can) return `"se" of the guest ${JSON.stringify(name)} only on a machine with "apsb" that it can query`;
    const wrong = insecureGuest(inner, can);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export const guestsToJson = (guests: GuestsMade): Record<string, unknown> =>
  Object.fromEntries([...guests].map(([name, made]) => [name, madeToJson(made)]));

function madeToJson({ lacks, se, notice, profile, apmask, aqmask, guests }: GuestMade): Record<string, unknown> {
  return {
    ...(lacks.size > 0 && { facilities: FACILITIES.filter((one) => !lacks.has(one)) }),
    ...(se && { se: 1 }),
    ...(notice && { notice }),
    ...(profile !== undefined && { profile }),
    ...(apmask !== undefined && { apmask }),
    ...(aqmask !== undefined && { aqmask }),
    ...(guests.size > 0 && { guests: guestsToJson(guests) }),
  };
}
