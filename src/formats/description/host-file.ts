// The members of a host description as its YAML file has them: one zod schema for the checks of single values, for the types
// behind it and for the JSON Schema that editors use. What several members say together is checked in host-checks.ts.
import * as z from "zod";
import { parseApqn } from "../../system/ap/apqn.ts";
import {
  CARD_MODES,
  type CardMode,
  MODE_LETTER,
  NEWEST_TYPE,
  OLDEST_TYPE,
  typeName,
} from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asApid } from "../../system/ap/id.ts";
import { echo } from "../reading/input-error.ts";
import { MASK_PATTERN, readMask } from "../reading/mask-value.ts";
import { nearestName } from "../reading/nearest-name.ts";
import { NUMBER_OR_RANGE_PATTERN, NUMBER_PATTERN, readNumber, readRange } from "../reading/number-text.ts";

export const CARD_STATES = ["online", "offline", "deconfig", "chkstop"] as const;
export type CardState = (typeof CARD_STATES)[number];

/** What came, for a message. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? echo(value) : String(value);
}

const wrongValue = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `expected ${expected}, came ${describeValue(input)}`,
});

/** Members that are not known are errors: a mistyped one must not be taken for one left out. */
function members<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return `expected ${what} (a map), came ${describeValue(issue.input)}`;
      const name = (issue as { readonly keys: readonly string[] }).keys[0] as string;
      return `expected a member of ${what}, came ${echo(name)}: did you mean "${nearestName(name, known)}"?`;
    },
  });
}

const HIGHEST = 0xff;

/** Not a union of schemas with messages of their own, because one sentence is to say what is wrong with a number. */
const digits = (pattern: string, expected: string) =>
  z.union([z.int().min(0).max(HIGHEST), z.string().meta({ pattern })], wrongValue(expected));

const id = (what: string) =>
  digits(NUMBER_PATTERN, `${what} in decimal or 0x hex`).transform((raw, context) => {
    const reading = readNumber(String(raw), what, HIGHEST);
    if (reading.ok) return reading.value;
    context.addIssue(reading.message);
    return z.NEVER;
  });

const ids = (what: string) =>
  z.array(
    digits(NUMBER_OR_RANGE_PATTERN, `${what} in decimal or 0x hex, or a range of them`).transform((raw, context) => {
      const reading = readRange(String(raw), what, HIGHEST);
      if (reading.ok) return reading.value;
      context.addIssue(reading.message);
      return z.NEVER;
    }),
    wrongValue("a list of numbers and ranges"),
  );

const adapters = ids("an adapter");
const domains = ids("a domain");

const queues = z
  .array(
    z
      .string(wrongValue("a queue such as 04.0047"))
      .meta({ pattern: "^[0-9a-f]{2}\\.00[0-9a-f]{2}$" })
      .transform((text, context) => {
        const apqn = parseApqn(text);
        if (apqn !== undefined) return apqn;
        context.addIssue(`expected a queue such as 04.0047 (2 and 4 hex digits, lower case), came ${echo(text)}`);
        return z.NEVER;
      }),
    wrongValue("a list of queues"),
  )
  .default([]);

const DRIVER = wrongValue("the name of a driver, such as vfio_ap");

/** A map in the file, because a queue has one of them. */
const overrides = z
  .record(z.string(), z.string(DRIVER).regex(/^[A-Za-z0-9_-]{1,64}$/, DRIVER), wrongValue("a map of queues to drivers"))
  .transform((drivers, context) =>
    Object.entries(drivers).flatMap(([text, driver]) => {
      const apqn = parseApqn(text);
      if (apqn !== undefined) return [{ apqn, driver }];
      const message = `expected a queue such as 04.0047 (2 and 4 hex digits, lower case), came ${echo(text)}`;
      context.addIssue({ code: "custom", path: [text], message });
      return [];
    }),
  )
  .default([]);

/** Names of people's choice: they go into one line of a listing or a journal. */
const name = (what: string) => {
  const wrong = wrongValue(`${what} (text without control characters)`);
  return z.string(wrong).regex(/^[^\p{Cc}]+$/u, wrong);
};

const SERIAL = wrongValue("a serial number of 1 to 16 printable ASCII characters");
const UUID = wrongValue("a uuid such as 62177883-f1bb-47f0-914d-32a22e3a8804");
const TYPE_EXPECTED = `a card type CEX4A..CEX8P, or ${OLDEST_TYPE}..${NEWEST_TYPE} with a mode`;
const TYPE_NAME = /^CEX([4-8])([ACP])$/;

/** The number and the mode that a type name such as CEX5C stands for; undefined for any other text. */
export function readTypeName(text: string): { readonly type: number; readonly mode: CardMode } | undefined {
  const match = TYPE_NAME.exec(text);
  if (!match) return undefined;
  const mode = CARD_MODES.find((candidate) => MODE_LETTER[candidate] === match[2]) as CardMode;
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
      `expected mode ${named.mode} for ${text}, came "${raw.mode}": write type ${renamed} if that is the mode`,
    );
  }
  const number = readNumber(text, "a type number", NEWEST_TYPE);
  if (!number.ok || number.value < OLDEST_TYPE) return wrong("type", `expected ${TYPE_EXPECTED}, came ${echo(text)}`);
  if (raw.mode === undefined)
    return wrong("mode", `expected a mode (${CARD_MODES.join(", ")}) beside type ${text}, came nothing`);
  return { ...base, type: number.value, mode: raw.mode };
});

const mask = <I extends Apid | Apqi>() =>
  z
    .string(wrongValue("a mask"))
    .meta({ pattern: MASK_PATTERN })
    .superRefine((text, context) => {
      const reading = readMask<I>(text);
      if (!reading.ok) context.addIssue(reading.message);
    });

const mdev = members("an mdev", {
  uuid: z
    .string(UUID)
    .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, UUID)
    .transform((text) => text.toLowerCase()),
  name: name("a name").optional(),
  adapters: adapters.default([]),
  domains: domains.default([]),
  control_domains: domains.default([]),
  guest: name("the name of a guest").optional(),
});

export const hostFile = members("a host description", {
  describes: z.string(wrongValue("text")).optional().describe("Which machine this is, and who says so"),
  apxa: z.boolean(wrongValue("true or false")).default(true).describe("Extended addressing"),
  max_adapter: id("an adapter").optional().describe("Highest adapter number of the machine"),
  max_domain: id("a domain").optional().describe("Highest domain number of the machine"),
  cards: z.array(card, wrongValue("a list of cards")),
  domains: domains.describe("Usage domains: every card has a queue in each of them"),
  control_domains: domains.optional().describe("Default: the usage domains"),
  masks: members("the masks", { apmask: mask<Apid>().optional(), aqmask: mask<Apqi>().optional() })
    .default({})
    .describe("As one would echo them into the attributes after boot"),
  overrides: overrides.describe("Drivers that queues name themselves; from Linux 6.19, without masks"),
  unbound: queues.describe("Queues that no driver has"),
  offline: queues.describe("Queues that are set offline"),
  mdevs: z.array(mdev, wrongValue("a list of mdevs")).default([]),
});

/** What hostFile makes of a file whose single values are right. */
export type HostFile = z.output<typeof hostFile>;
export type MdevInFile = z.output<typeof mdev>;
