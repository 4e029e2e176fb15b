// Master keys of a queue's domain, as its driver tells them: not the keys, but for each register its state and a verification pattern,
// by which equal keys are known. docs/kernel/bus.md §6.4.
import type { CardMode } from "./card-type.ts";

/** Text by register, such as "AES CUR": a state and a pattern, as mkvps prints them. A register that is not listed is not known. */
export type MasterKeys = ReadonlyMap<Register, string>;

const CCA_KEYS = ["AES", "APKA", "ASYM"] as const;
const CCA_TENSES = ["NEW", "CUR", "OLD"] as const;
const EP11_TENSES = ["CUR", "NEW"] as const;

export type Register =
  | `${(typeof CCA_KEYS)[number]} ${(typeof CCA_TENSES)[number]}`
  | `WK ${(typeof EP11_TENSES)[number]}`;

/** In the order in which mkvps prints them. An accelerator has none. */
export const REGISTERS: Readonly<Record<CardMode, readonly Register[]>> = {
  accel: [],
  cca: CCA_KEYS.flatMap((key) => CCA_TENSES.map((tense) => `${key} ${tense}` as const)),
  ep11: EP11_TENSES.map((tense) => `WK ${tense}` as const),
};

interface Shape {
  /** From the emptiest to the fullest. */
  readonly states: readonly string[];
  /** Hex digits of a pattern. */
  readonly digits: number;
  /** In the emptiest state there is no pattern, and "-" in its place. */
  readonly canBeWithout: boolean;
}

const LOADED = ["invalid", "valid"] as const;

export function shapeOf(register: Register): Shape {
  const [key, tense] = register.split(" ");
  if (key === "WK")
    return { states: tense === "NEW" ? ["empty", "uncommitted", "committed"] : LOADED, digits: 64, canBeWithout: true };
  return {
    states: tense === "NEW" ? ["empty", "partial", "full"] : LOADED,
    digits: key === "ASYM" ? 32 : 16,
    canBeWithout: false,
  };
}

/** What a register without a key shows. */
export function emptyRegister(register: Register): string {
  const { states, digits, canBeWithout } = shapeOf(register);
  return `${states[0]} ${canBeWithout ? "-" : `0x${"0".repeat(digits)}`}`;
}

/** Whether a driver could print this of a register. */
export function isRegisterText(register: Register, text: string): boolean {
  const { states, digits, canBeWithout } = shapeOf(register);
  const [state = "", pattern = "", more] = text.split(" ");
  if (more !== undefined || !states.includes(state)) return false;
  if (canBeWithout && state === states[0]) return pattern === "-";
  return pattern.length === digits + 2 && /^0x[0-9a-f]+$/.test(pattern);
}

const UNKNOWN = "- -";

/** The lines of mkvps; undefined if such a queue has no such file. */
export function mkvpsLines(mode: CardMode, keys: MasterKeys | undefined): readonly string[] | undefined {
  if (mode === "accel") return undefined;
  return REGISTERS[mode].map((register) => `${register}: ${keys?.get(register) ?? UNKNOWN}`);
}

const ALL = new Set<string>([...REGISTERS.cca, ...REGISTERS.ep11]);
const isRegister = (text: string): text is Register => ALL.has(text);

/** What a text of mkvps tells; undefined if it tells nothing. A line that cannot be understood is left out. */
export function readMkvps(text: string): MasterKeys | undefined {
  const keys = new Map<Register, string>();
  for (const line of text.split("\n")) {
    const [register = "", value = ""] = line.split(": ", 2);
    if (isRegister(register) && isRegisterText(register, value)) keys.set(register, value);
  }
  return keys.size > 0 ? keys : undefined;
}

/** The keys that are in use, as text: what one queue has wrapped, another with the same text can unwrap. Undefined: no key is loaded. */
export function currentKeys(keys: MasterKeys): string | undefined {
  const loaded = [...ALL].filter((register) => register.endsWith(" CUR")) as Register[];
  const texts = loaded.flatMap((register) => {
    const text = keys.get(register);
    return text?.startsWith("valid ") ? [`${register.split(" ")[0]} ${text.slice("valid ".length)}`] : [];
  });
  return texts.length > 0 ? texts.join(", ") : undefined;
}
