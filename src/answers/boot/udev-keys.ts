// What the keys of a udev rule take, as udevd 252 and later have it: a line with a key or an operator that it does not know is left out as
// a whole. Tokens come out in the order in which udevd works on them: conditions first. Next: udev-rule.ts.

import type { UdevLine, UdevMistake, UdevOperator, UdevPair } from "../../formats/tools/udev-lines.ts";
import { quoted } from "../../system/ap/quoted.ts";

/** Conditions in the order of their test, then what is done. */
const ORDER = [
  ["ACTION", "DEVPATH", "KERNEL", "SYMLINK", "NAME", "ENV", "CONST", "TAG", "SUBSYSTEM", "DRIVER", "ATTR", "SYSCTL"],
  ["KERNELS", "SUBSYSTEMS", "DRIVERS", "ATTRS", "TAGS"],
  ["TEST", "PROGRAM", "IMPORT", "RESULT"],
].flat();
const DONE = ["ENV", "TAG", "ATTR", "SYSCTL", "RUN"];

interface KeyRule {
  readonly attribute?: "needed" | "allowed";
  /** Operators that are conditions, and those that are not; others leave the line out. */
  readonly match?: boolean;
  readonly assign?: readonly UdevOperator[];
  /** What an operator is taken for. */
  readonly taken?: Readonly<Partial<Record<UdevOperator, UdevOperator>>>;
}

const ANY: readonly UdevOperator[] = ["=", "+=", "-=", ":="];
const SET: readonly UdevOperator[] = ["=", "+=", ":="];
const MATCH: KeyRule = { match: true };
const TESTS: KeyRule["taken"] = { "=": "==", "+=": "==", ":=": "==" };

const KEYS: Readonly<Record<string, KeyRule>> = {
  ACTION: MATCH,
  DEVPATH: MATCH,
  KERNEL: MATCH,
  SUBSYSTEM: MATCH,
  DRIVER: MATCH,
  KERNELS: MATCH,
  SUBSYSTEMS: MATCH,
  DRIVERS: MATCH,
  TAGS: MATCH,
  RESULT: MATCH,
  CONST: { ...MATCH, attribute: "needed" },
  ATTRS: { ...MATCH, attribute: "needed" },
  TEST: { ...MATCH, attribute: "allowed" },
  PROGRAM: { match: true, assign: SET, taken: TESTS },
  IMPORT: { match: true, assign: SET, taken: TESTS, attribute: "needed" },
  ENV: { match: true, assign: SET, taken: { ":=": "=" }, attribute: "needed" },
  TAG: { match: true, assign: ANY, taken: { ":=": "=" } },
  ATTR: { match: true, assign: SET, taken: { "+=": "=", ":=": "=" }, attribute: "needed" },
  SYSCTL: { match: true, assign: SET, taken: { "+=": "=", ":=": "=" }, attribute: "needed" },
  NAME: { match: true, assign: SET, taken: { "+=": "=" } },
  SYMLINK: { match: true, assign: ANY },
  OWNER: { assign: SET },
  GROUP: { assign: SET },
  MODE: { assign: SET },
  SECLABEL: { assign: SET, attribute: "needed" },
  OPTIONS: { assign: SET },
  RUN: { assign: SET, attribute: "allowed" },
  LABEL: { assign: ["="] },
  GOTO: { assign: ["="] },
};

const TYPES: Readonly<Record<string, readonly string[]>> = {
  RUN: ["program", "builtin"],
  IMPORT: ["file", "program", "builtin", "db", "cmdline", "parent"],
  CONST: ["arch", "virt", "cvm"],
};
/** Properties that no rule sets. */
const FIXED =
  /^(?:ACTION|SEQNUM|SYNTH_\w+|DEVPATH|DEVPATH_OLD|SUBSYSTEM|DEVTYPE|DRIVER|DEVNAME|DEVMODE|DEVUID|DEVGID|MAJOR|MINOR|DISKSEQ|IFINDEX|INTERFACE|DEVLINKS|TAGS|CURRENT_TAGS|USEC_INITIALIZED|UDEV_DATABASE_VERSION)$/;
export const BUILTINS =
  /^(?:blkid|btrfs|factory_reset|hwdb|input_id|keyboard|kmod|net_driver|net_id|net_setup_link|path_id|uaccess|usb_id|tpm2_id|dissect_image)(?:\s|$)/;

export interface Token {
  readonly key: string;
  readonly attribute: string;
  readonly operator: UdevOperator;
  readonly value: string;
  readonly isCaseBlind: boolean;
}

export interface UdevRule {
  readonly line: number;
  readonly conditions: readonly Token[];
  readonly effects: readonly Token[];
  readonly label: string | undefined;
  readonly goto: string | undefined;
}

const isMatch = (operator: UdevOperator): boolean => operator === "==" || operator === "!=";

/** The rule of a line, or why udevd leaves the line out. */
export function ruleOfLine({ line, pairs }: UdevLine): UdevRule | UdevMistake {
  const tokens: Token[] = [];
  let [label, jump]: (string | undefined)[] = [undefined, undefined];
  for (const pair of pairs) {
    const { key, attribute = "", value, isCaseBlind, place } = pair;
    const wrong = mistakeIn(pair);
    if (wrong !== undefined) return { place, expected: wrong };
    const operator = KEYS[key]?.taken?.[pair.operator] ?? pair.operator;
    if (key === "LABEL") label = value;
    else if (key === "GOTO") jump ??= value;
    else tokens.push({ key, attribute, operator, value, isCaseBlind });
  }
  const inOrder = (order: readonly string[], some: readonly Token[]): readonly Token[] =>
    order.flatMap((key) => some.filter((token) => token.key === key));
  const [conditions, effects] = [true, false].map((match) =>
    tokens.filter(({ operator }) => isMatch(operator) === match),
  ) as [Token[], Token[]];
  return {
    line,
    conditions: inOrder(ORDER, conditions),
    // Programs of the daemon's own run before others.
    effects: inOrder(DONE, effects).toSorted((a, b) => Number(isProgram(a)) - Number(isProgram(b))),
    label,
    goto: jump,
  };
}

const isProgram = ({ key, attribute }: Token): boolean => key === "RUN" && attribute !== "builtin";

function mistakeIn({ key, attribute, operator, value }: UdevPair): string | undefined {
  const rule = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (rule === undefined) return `a key of udev, found ${quoted(key)}`;
  if (rule.attribute === "needed" && (attribute ?? "") === "") return `${key}{...}, found ${key} without braces`;
  if (rule.attribute === undefined && attribute !== undefined) return `${key} without braces`;
  if (isMatch(operator) ? rule.match !== true : rule.assign?.includes(operator) !== true)
    return `another operator for ${key}, found ${operator}`;
  const types = TYPES[key];
  if (types && attribute !== undefined && !types.includes(attribute))
    return `${key}{${types.join("|")}}, found ${quoted(attribute)}`;
  if (key === "ENV" && !isMatch(operator) && FIXED.test(attribute ?? ""))
    return `a property that a rule may set, found ${quoted(attribute ?? "")}`;
  if (key === "TEST" && attribute !== undefined && !/^[0-7]{1,5}$/.test(attribute))
    return `an octal mode, found ${quoted(attribute)}`;
  const isBuiltin = (key === "RUN" || key === "IMPORT") && attribute === "builtin";
  return isBuiltin && !BUILTINS.test(value) ? `a program that is built into udevd, found ${quoted(value)}` : undefined;
}
