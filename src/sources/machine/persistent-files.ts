// What a host is to be after its next boot, as its files say it: definitions of mdevctl, rules of udev, modules that are loaded, overrides
// of driverctl, and what the kernel was told on its command line. What comes of them: reboot.ts.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { moduleRules } from "../../answers/boot/modprobe-lines.ts";
import type { BootSettings } from "../../answers/boot/udev-boot.ts";
import { readRuleFiles } from "../../answers/boot/udev-rule-files.ts";
import { kernelParameters } from "../../formats/tools/kernel-parameters.ts";
import { type MdevctlDefinition, parseMdevctl, VFIO_AP_TYPE } from "../../formats/tools/mdevctl-json.ts";
import { UnsafeError } from "../../guards/safe-open.ts";
import { codeOf, messageOf } from "../../guards/user-error.ts";
import { decodedText, readInput } from "../../guards/user-files.ts";
import { type Apqn, parseApqn } from "../../system/ap/apqn.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { type OtherPrograms, otherPrograms } from "./other-programs.ts";
import { hasFileBelow, hasPackages, readSettings, type Settings, textBelow } from "./settings-files.ts";

export interface DefinedMdev {
  /** Lower case. */
  readonly uuid: string;
  readonly definition: MdevctlDefinition;
}

export interface PersistentFiles {
  /** The values of ap.apmask and ap.aqmask, as they are written there. */
  readonly commandLine: { readonly apmask: string | undefined; readonly aqmask: string | undefined };
  readonly boot: BootSettings;
  readonly programs: OtherPrograms;
  /** Text of /etc/udev/rules.d/41-ap.rules. */
  readonly ownRule: string | undefined;
  readonly overrides: readonly (readonly [Apqn, driver: string])[];
  /** In the order of their names. */
  readonly mdevs: readonly DefinedMdev[];
  /** Files that cannot be understood: whoever reads them at boot passes over them as well. One line each. */
  readonly warnings: readonly string[];
}

export const DEFINITIONS = ["etc", "mdevctl.d", "matrix"];
export const OVERRIDES = ["etc", "driverctl.d"];
const COMMAND_LINE = ["proc", "cmdline"];
/** Modules that vfio_ap cannot be loaded without. */
const NEEDS = ["ap", "kvm", "mdev", "vfio"];
const RELEASE = ["proc", "sys", "kernel", "osrelease"];

/** What the rules of packages do for AP queues, for a root that has only what somebody has copied. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  [
    "05-driverctl.rules",
    'ACTION=="add", TEST=="/etc/driverctl.d/$env{SUBSYSTEM}-$kernel", ENV{SYSTEMD_WANTS}="driverctl@$env{SUBSYSTEM}-$kernel.service"\n',
  ],
  [
    "60-mdevctl.rules",
    ['ACTION=="change", ENV{MDEV_STATE}=="registered"', 'ACTION=="add"']
      .map((when) => `${when}, TEST=="/etc/mdevctl.d/$kernel", RUN+="/usr/sbin/mdevctl start-parent-mdevs %k"\n`)
      .join(""),
  ],
]);

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
  const textIn = (...path: string[]) =>
    attempt<string | undefined>(path, undefined, (file) => decodedText(readInput(file)));
  const namesIn = (path: readonly string[]): readonly string[] =>
    attempt(path, [], (directory) => readdirSync(directory).sort());
  const understood = <T>(read: Understood<T>, ...path: string[]): T | undefined => {
    if (read.ok) return read.value;
    const { line, column, expected } = read.error;
    warnings.push(`${join(root, ...path)}:${line}:${column}: expected ${expected}; it is left out, as at boot`);
    return undefined;
  };
  const parameters = kernelParameters(textIn(...COMMAND_LINE) ?? "");
  const given = new Map(parameters.map(({ name, value }) => [name, value]));
  const settings = (folder: string, suffix: string, otherwise?: ReadonlyMap<string, string>): Settings["files"] => {
    const read = readSettings(root, folder, suffix, otherwise);
    warnings.push(...read.warnings);
    return read.files;
  };
  const rules = readRuleFiles(settings("udev/rules.d", ".rules", hasPackages(root) ? undefined : PACKAGES));
  warnings.push(...rules.mistakes);
  const programs = otherPrograms(root, parameters);
  const release = textIn(...RELEASE)?.trim() ?? "";
  const builtin = /^[\w.+-]+$/.test(release) ? textIn("lib", "modules", release, "modules.builtin") : undefined;
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
    boot: {
      rules,
      modules: {
        load: settings("modules-load.d", ".conf"),
        loadMasked: programs.maskOf("systemd-modules-load.service"),
        rules: moduleRules(settings("modprobe.d", ".conf")),
        parameters,
        isBuiltin: /(?:^|\/)vfio_ap\.ko$/m.test(builtin ?? ""),
        needs: NEEDS.filter((name) => !new RegExp(`(?:^|/)${name}\\.ko$`, "m").test(builtin ?? "")),
      },
      hasFile: (path) => hasFileBelow(root, path),
      readFile: (path) => textBelow(root, path),
    },
    ownRule: textIn("etc", "udev", "rules.d", "41-ap.rules"),
    programs,
    overrides,
    mdevs,
    warnings,
  };
}

type Understood<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { readonly line: number; readonly column: number; readonly expected: string };
    };
