// Master keys and counters of requests in a host description: the members "keys" and "requests", read, checked and written.
import * as z from "zod";
import { type Apqn, apidOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { type Apid, asApid } from "../../system/ap/id.ts";
import {
  emptyRegister,
  isRegisterText,
  type MasterKeys,
  REGISTERS,
  type Register,
  shapeOf,
} from "../../system/ap/master-keys.ts";
import { ifAny, type KeysAndCounts } from "../../system/machine/keys-and-counts.ts";
import { echo } from "../reading/input-error.ts";
import { members, queues, readQueue, type WrongMember, wrongValue } from "../reading/members.ts";
import type { MemberPath } from "../reading/yaml-source.ts";

/** What may stand for a register: a state, a pattern, or both; "-" if it is not known. */
function registerText(register: Register) {
  const { states, digits } = shapeOf(register);
  const expected = `${register} as "${states.at(-1)} 0x" and ${digits} hex digits, or one of ${states.join(", ")}, in quotes`;
  return z
    .string(wrongValue(expected))
    .meta({ pattern: `^(-|(${states.join("|")})|((${states.join("|")}) )?(-|0x[0-9a-f]{${digits}}))$` })
    .transform((text, context): string => {
      const full = states.includes(text)
        ? emptyRegister(register).replace(/^\S+/, text)
        : text.startsWith("0x")
          ? `${states.at(-1)} ${text}`
          : text;
      if (text === "-" || isRegisterText(register, full)) return full;
      context.addIssue(`expected ${expected}, found ${echo(text)}`);
      return z.NEVER;
    });
}

const registers = (key: "AES" | "APKA" | "ASYM") =>
  members("the registers of a master key", {
    new: registerText(`${key} NEW`).optional(),
    cur: registerText(`${key} CUR`).optional(),
    old: registerText(`${key} OLD`).optional(),
  }).optional();

const keySet = members("a set of master keys", {
  queues: queues("a list of queues"),
  aes: registers("AES"),
  apka: registers("APKA"),
  asym: registers("ASYM"),
  wk: members("the registers of a wrapping key", {
    cur: registerText("WK CUR").optional(),
    new: registerText("WK NEW").optional(),
  }).optional(),
});

export const keysMember = z.array(keySet, wrongValue("a list of sets of master keys")).default([]);

/** Of a queue or of a card. */
export interface Count {
  readonly name: string;
  readonly apqn?: Apqn;
  readonly apid?: Apid;
  readonly count: number;
}

const COUNT = wrongValue("a number of requests, 0 to 9007199254740991");

const count = z
  .union([z.int().min(0).max(Number.MAX_SAFE_INTEGER), z.string().meta({ pattern: "^[0-9]{1,16}$" })], COUNT)
  .transform((raw, context): number => {
    const number = /^\d{1,16}$/.test(String(raw)) ? Number(raw) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    context.addIssue(COUNT.error({ input: raw }));
    return z.NEVER;
  });

export const requestsMember = z
  .record(z.string(), count, wrongValue("a map of queues and cards to numbers of requests"))
  .transform((counts, context) =>
    Object.entries(counts).flatMap(([name, held]): Count[] => {
      if (/^[0-9a-f]{2}$/.test(name)) return [{ name, apid: asApid(Number.parseInt(name, 16)), count: held }];
      const reading = readQueue(name);
      if (reading.ok) return [{ name, apqn: reading.value, count: held }];
      context.addIssue({ code: "custom", path: [name], message: `${reading.message}, or of a card such as "04"` });
      return [];
    }),
  )
  .default([]);

interface KeysInFile {
  readonly keys: z.output<typeof keysMember>;
  readonly requests: z.output<typeof requestsMember>;
}

type KeySet = KeysInFile["keys"][number];

/** All registers of the kind of card that the set is for; those that it does not name are empty. */
function keysOf({ aes, apka, asym, wk }: KeySet): MasterKeys {
  const given: Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>> = {
    AES: aes,
    APKA: apka,
    ASYM: asym,
    WK: wk,
  };
  const texts = REGISTERS[wk ? "ep11" : "cca"].map((register) => {
    const [key = "", tense = ""] = register.split(" ");
    return [register, given[key]?.[tense.toLowerCase()] ?? emptyRegister(register)] as const;
  });
  return new Map(texts.filter(([, text]) => text !== "-"));
}

export function describedKeysAndCounts({ keys, requests }: KeysInFile): KeysAndCounts | undefined {
  return ifAny({
    keys: new Map(keys.flatMap((set) => set.queues.map((apqn) => [apqn, keysOf(set)] as const)).sort(byNumber)),
    requests: new Map(
      requests.flatMap(({ apqn, count }) => (apqn === undefined ? [] : [[apqn, count] as const])).sort(byNumber),
    ),
    cardRequests: new Map(
      requests.flatMap(({ apid, count }) => (apid === undefined ? [] : [[apid, count] as const])).sort(byNumber),
    ),
  });
}

const byNumber = ([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number => a - b;

/** What of a machine is asked. */
interface Machine {
  /** Undefined: there is no such card. */
  readonly modeOf: (apid: Apid) => string | undefined;
  /** Why a queue is not there; undefined if it is. */
  readonly missing: (apqn: Apqn) => string | undefined;
}

/** Keys are of queues of the machine, each named once, on a card of their kind. */
export function checkKeysAndCounts({ keys, requests }: KeysInFile, { modeOf, missing }: Machine): WrongMember[] {
  const seen = new Set<Apqn>();
  const wrong: WrongMember[] = [];
  const absent = (apqn: Apqn, path: MemberPath): boolean => {
    const reason = missing(apqn);
    if (reason !== undefined)
      wrong.push({ path, message: `expected a queue of this machine, found ${formatApqn(apqn)}: it has ${reason}` });
    return reason !== undefined;
  };
  for (const [index, set] of keys.entries()) {
    const isEp11 = set.wk !== undefined;
    if (isEp11 && (set.aes || set.apka || set.asym)) {
      const message = "expected wk, or aes, apka and asym, found both: a card is an EP11 or a CCA coprocessor";
      wrong.push({ path: ["keys", index, "wk"], message });
    }
    for (const [at, apqn] of set.queues.entries()) {
      const path = ["keys", index, "queues", at];
      if (absent(apqn, path)) continue;
      const mode = isEp11 ? "ep11" : "cca";
      const found = modeOf(apidOf(apqn));
      if (found !== mode) {
        const message = `expected a queue of a card in mode ${mode}, which has such keys, found ${formatApqn(apqn)} in mode ${found}`;
        wrong.push({ path, message });
      }
      if (seen.has(apqn))
        wrong.push({ path, message: `expected each queue once, found ${formatApqn(apqn)} a second time` });
      seen.add(apqn);
    }
  }
  for (const { name, apqn, apid } of requests) {
    const path = ["requests", name];
    if (apqn !== undefined) absent(apqn, path);
    else if (apid !== undefined && modeOf(apid) === undefined)
      wrong.push({ path, message: `expected a card of this machine, found ${name}` });
  }
  return wrong;
}

/** The lines of both members; none if there is nothing. */
export function keysAndCountsLines(held: KeysAndCounts | undefined): readonly string[] {
  if (!held) return [];
  const sets = new Map<string, Apqn[]>();
  for (const [apqn, keys] of held.keys) {
    const text = setText(keys);
    const before = sets.get(text);
    if (before) before.push(apqn);
    else sets.set(text, [apqn]);
  }
  const counts = [
    ...[...held.cardRequests].map(([apid, count]) => `  "${formatApid(apid)}": ${count}`),
    ...[...held.requests].map(([apqn, count]) => `  "${formatApqn(apqn)}": ${count}`),
  ];
  return [
    ...(sets.size > 0 ? ["keys:"] : []),
    ...[...sets].flatMap(([text, apqns]) => [
      `  - queues: [${apqns.map((apqn) => `"${formatApqn(apqn)}"`).join(", ")}]`,
      ...text.split("\n"),
    ]),
    ...(counts.length > 0 ? ["requests:", ...counts] : []),
  ];
}

/** Registers that are empty are left out, but a set is not without any. */
function setText(keys: MasterKeys): string {
  const mode = [...keys.keys()].some((register) => register.startsWith("WK")) ? "ep11" : "cca";
  const byKey = new Map<string, string[]>();
  for (const register of REGISTERS[mode]) {
    const [key = "", tense = ""] = register.split(" ");
    const text = keys.get(register) ?? "-";
    const texts = byKey.get(key) ?? [];
    if (text !== emptyRegister(register)) texts.push(`${tense.toLowerCase()}: "${text}"`);
    byKey.set(key, texts);
  }
  const lines = [...byKey].flatMap(([key, texts]) =>
    texts.length === 0 && key !== "AES" && key !== "WK" ? [] : [`    ${key.toLowerCase()}: { ${texts.join(", ")} }`],
  );
  return lines.join("\n");
}
