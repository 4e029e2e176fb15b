// The members of a host description in its YAML file: one zod schema for the checks of single values, for the types of the code and for
// the JSON Schema that editors use. Those of a Linux are in linux-in-file.ts. What members must fulfil together: host-checks.ts.
import * as z from "zod";
import { must } from "../../system/ap/assert.ts";
import {
  CARD_MODES,
  type CardMode,
  MODE_LETTER,
  NEWEST_TYPE,
  OLDEST_TYPE,
  typeName,
} from "../../system/ap/card-type.ts";
import { asApid } from "../../system/ap/id.ts";
import { echo } from "../reading/input-error.ts";
import { id, members, wrongValue } from "../reading/members.ts";
import { readNumber } from "../reading/number-text.ts";
import { keysMember, requestsMember } from "./keys-in-file.ts";
import { domains, linux } from "./linux-in-file.ts";

export const CARD_STATES = ["online", "offline", "deconfig", "chkstop"] as const;
export type CardState = (typeof CARD_STATES)[number];

const SERIAL = wrongValue("a serial number of 1 to 16 printable ASCII characters");
const TYPE_EXPECTED = `a card type CEX4A..CEX8P, or ${OLDEST_TYPE}..${NEWEST_TYPE} with a mode`;
const TYPE_NAME = /^CEX([4-8])([ACP])$/;

/** The number and the mode that a type name such as CEX5C stands for; undefined for any other text. */
export function readTypeName(text: string): { readonly type: number; readonly mode: CardMode } | undefined {
  const match = TYPE_NAME.exec(text);
  if (!match) return undefined;
  const mode = must(CARD_MODES.find((candidate) => MODE_LETTER[candidate] === match[2]));
  return { type: Number(match[1]) + 6, mode };
}

const card = members("a card", {
  id: id("an adapter"),
  type: z.union(
    [z.int().min(OLDEST_TYPE).max(NEWEST_TYPE), z.string().meta({ pattern: "^(CEX[4-8][ACP]|1[0-4]|0x0?[a-eA-E])$" })],
    wrongValue(TYPE_EXPECTED),
  ),
  mode: z.enum(CARD_MODES, wrongValue(`a mode (${CARD_MODES.join(", ")})`)).optional(),
  serial: z
    .string(SERIAL)
    .regex(/^[\x20-\x7e]{1,16}$/, SERIAL)
    .optional(),
  state: z.enum(CARD_STATES, wrongValue(`a state (${CARD_STATES.join(", ")})`)).default("online"),
}).transform((raw, context) => {
  const wrong = (member: string, message: string): never => {
    context.addIssue({ code: "custom", path: [member], message });
    return z.NEVER;
  };
  const text = String(raw.type);
  const named = readTypeName(text);
  const base = { id: asApid(raw.id), serial: raw.serial, state: raw.state };
  if (named) {
    if (raw.mode === undefined || raw.mode === named.mode) return { ...base, ...named };
    const renamed = typeName(named.type, raw.mode);
    return wrong(
      "mode",
      `expected mode ${named.mode} for ${text}, found "${raw.mode}": write type ${renamed} if that is the mode`,
    );
  }
  const number = readNumber(text, "a type number", NEWEST_TYPE);
  if (!number.ok || number.value < OLDEST_TYPE) return wrong("type", `expected ${TYPE_EXPECTED}, found ${echo(text)}`);
  if (raw.mode === undefined)
    return wrong("mode", `expected a mode (${CARD_MODES.join(", ")}) beside type ${text}, found nothing`);
  return { ...base, type: number.value, mode: raw.mode };
});

export const hostFile = members("a host description", {
  describes: z.string(wrongValue("text")).optional().describe("Which machine this is, and who says so"),
  apxa: z.boolean(wrongValue("true or false")).default(true).describe("Extended addressing"),
  secure_binding: z
    .boolean(wrongValue("true or false"))
    .default(false)
    .describe("The AP secure binding facility (feature APSB of the bus)"),
  secure_execution: z
    .boolean(wrongValue("true or false"))
    .default(false)
    .describe("Linux runs in a Secure Execution guest; needs secure_binding"),
  max_adapter: id("an adapter").optional().describe("Highest adapter number of the machine"),
  max_domain: id("a domain").optional().describe("Highest domain number of the machine"),
  cards: z.array(card, wrongValue("a list of cards")),
  domains: domains.describe("Usage domains: every card has a queue in each of them"),
  control_domains: domains.optional().describe("Default: the usage domains"),
  ...linux,
  keys: keysMember.describe("Master keys, by their verification patterns"),
  requests: requestsMember.describe("Requests of queues and cards before the boot"),
});

/** What hostFile makes of a file whose single values are right. */
export type HostFile = z.output<typeof hostFile>;
