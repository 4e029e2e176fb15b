// Master keys and request counters as members of the operation "init": docs/trace-format.md §4.
import { type Apqn, formatApid, formatApqn, parseApqn } from "../ap/apqn.ts";
import { type Apid, asApid } from "../ap/id.ts";
import { isRegisterText, type MasterKeys, REGISTERS, type Register } from "../ap/master-keys.ts";
import { ifAny, type KeysAndCounts } from "../machine/keys-and-counts.ts";
import { JsonReader, MalformedError } from "./json-reader.ts";

export interface KeysAndCountsJson {
  /** By queue, then by register. */
  readonly keys?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By queue, and by adapter. */
  readonly requests?: Readonly<Record<string, number>>;
}

export function keysAndCountsToJson({ keys, requests, cardRequests }: KeysAndCounts): KeysAndCountsJson {
  const counts = [
    ...[...requests].map(([apqn, count]) => [formatApqn(apqn), count] as const),
    ...[...cardRequests].map(([apid, count]) => [formatApid(apid), count] as const),
  ];
  return {
    ...(keys.size > 0 && {
      keys: Object.fromEntries([...keys].map(([apqn, held]) => [formatApqn(apqn), Object.fromEntries(held)])),
    }),
    ...(counts.length > 0 && { requests: Object.fromEntries(counts) }),
  };
}

/** Undefined if neither member is there. @throws MalformedError */
export function readKeysAndCounts(json: JsonReader): KeysAndCounts | undefined {
  const requests = new Map<Apqn, number>();
  const cardRequests = new Map<Apid, number>();
  const counts = json.has("requests") ? new JsonReader(json.any("requests")) : undefined;
  for (const [name] of json.entries("requests")) {
    const count = (counts as JsonReader).integer(name, 0, Number.MAX_SAFE_INTEGER);
    if (/^[0-9a-f]{2}$/.test(name)) cardRequests.set(asApid(Number.parseInt(name, 16)), count);
    else requests.set(queueNamed(name, "requests"), count);
  }
  const keys = new Map(
    json.entries("keys").map(([name, held]) => [queueNamed(name, "keys"), readKeys(held, name)] as const),
  );
  return ifAny({ keys, requests, cardRequests });
}

function queueNamed(name: string, member: string): Apqn {
  const apqn = parseApqn(name);
  if (apqn === undefined) throw new MalformedError(member, `a queue such as 04.0047, not ${JSON.stringify(name)}`);
  return apqn;
}

function readKeys(held: unknown, queue: string): MasterKeys {
  const json = new JsonReader(held);
  const keys = new Map<Register, string>();
  for (const register of [...REGISTERS.cca, ...REGISTERS.ep11]) {
    if (!json.has(register)) continue;
    const text = json.string(register);
    if (!isRegisterText(register, text)) {
      const expected = `a state and a pattern as ${register} of ${queue}, not ${JSON.stringify(text.slice(0, 100))}`;
      throw new MalformedError("keys", expected);
    }
    keys.set(register, text);
  }
  return keys;
}
