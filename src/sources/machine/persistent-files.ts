// What a host is to be after its next boot, as its files say it: definitions of mdevctl, the udev rule of chzdev, overrides of
// driverctl, and what the kernel was told on its command line.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type MdevctlDefinition, parseMdevctl, VFIO_AP_TYPE } from "../../formats/tools/mdevctl-json.ts";
import { parseUdevRules, type UdevRules } from "../../formats/tools/udev-rules.ts";
import { UnsafeError } from "../../guards/safe-open.ts";
import { codeOf, messageOf } from "../../guards/user-error.ts";
import { readInput, textOf } from "../../guards/user-files.ts";
import { type Apqn, parseApqn } from "../../system/ap/apqn.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";

export interface DefinedMdev {
  /** Lower case. */
  readonly uuid: string;
  readonly definition: MdevctlDefinition;
}

export interface PersistentFiles {
  /** The values of ap.apmask and ap.aqmask, as they are written there. */
  readonly commandLine: { readonly apmask: string | undefined; readonly aqmask: string | undefined };
  readonly rule: Pick<UdevRules, "apmask" | "aqmask" | "assignments">;
  readonly overrides: readonly (readonly [Apqn, driver: string])[];
  /** In the order of their names. */
  readonly mdevs: readonly DefinedMdev[];
  /** Files that cannot be understood: whoever reads them at boot passes over them as well. One line each. */
  readonly warnings: readonly string[];
}

const DEFINITIONS = ["etc", "mdevctl.d", "matrix"];
const RULE = ["etc", "udev", "rules.d", "41-ap.rules"];
const OVERRIDES = ["etc", "driverctl.d"];
const COMMAND_LINE = ["proc", "cmdline"];

/** @param root where / of the host is */
export function readPersistentFiles(root: string): PersistentFiles {
  const warnings: string[] = [];
  /** A missing file counts as empty; so does one that cannot be read, but with a warning. */
  const attempt = <T>(path: readonly string[], otherwise: T, read: (path: string) => T): T => {
    try {
      return read(join(root, ...path));
    } catch (error) {
      const [code, message] = [codeOf(error), messageOf(error)];
      if (error instanceof UnsafeError) warnings.push(`${join(root, ...path)} ${message}`);
      else if (code !== "ENOENT")
        warnings.push(`${join(root, ...path)}: ${code === "EACCES" ? "permission denied" : message}`);
      return otherwise;
    }
  };
  const textIn = (...path: string[]) => attempt<string | undefined>(path, undefined, (file) => textOf(readInput(file)));
  const namesIn = (path: readonly string[]): readonly string[] =>
    attempt(path, [], (directory) => readdirSync(directory).sort());
  const understood = <T>(read: Understood<T>, ...path: string[]): T | undefined => {
    if (read.ok) return read.value;
    const { line, column, expected } = read.error;
    warnings.push(`${join(root, ...path)}:${line}:${column}: expected ${expected}; it is left out, as at boot`);
    return undefined;
  };
  const given = parametersOf(textIn(...COMMAND_LINE) ?? "");
  const rule = understood(parseUdevRules(textIn(...RULE) ?? ""), ...RULE);
  const mdevs = namesIn(DEFINITIONS).flatMap((name): DefinedMdev[] => {
    if (parseUuid(name) === undefined) return [];
    const path = [...DEFINITIONS, name];
    const text = textIn(...path);
    const definition = text === undefined ? undefined : understood(parseMdevctl(text), ...path)?.[0]?.definition;
    return definition?.mdevType === VFIO_AP_TYPE ? [{ uuid: name.toLowerCase(), definition }] : [];
  });
  const overrides = namesIn(OVERRIDES).flatMap((name) => {
    const apqn = parseApqn(name.replace(/^ap-/, ""));
    return apqn === undefined ? [] : [[apqn, (textIn(...OVERRIDES, name) ?? "").trim()] as const];
  });
  return {
    commandLine: { apmask: given.get("ap.apmask"), aqmask: given.get("ap.aqmask") },
    rule: rule ?? { apmask: undefined, aqmask: undefined, assignments: [] },
    overrides,
    mdevs,
    warnings,
  };
}

/** As the kernel reads them: quotes keep blanks together, the last one of a name counts, and what follows `--` is for init. */
function parametersOf(commandLine: string): ReadonlyMap<string, string> {
  const words: readonly string[] = commandLine.match(/(?:"[^"]*"|[^\s"]+)+/g) ?? [];
  const end = words.indexOf("--");
  return new Map(
    (end < 0 ? words : words.slice(0, end)).map((word) => {
      const [name = "", ...value] = word.replaceAll('"', "").split("=");
      return [name, value.join("=")];
    }),
  );
}

type Understood<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { readonly line: number; readonly column: number; readonly expected: string };
    };
