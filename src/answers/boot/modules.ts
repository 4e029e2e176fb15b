// What loads vfio_ap besides rules of udev, and what keeps it from being loaded: modules-load.d, modprobe.d and the kernel's command line.
// Names, aliases, softdeps and commands are followed as libkmod does, which is in udevd, systemd-modules-load and modprobe.
import type { KernelParameter } from "../../formats/tools/kernel-parameters.ts";
import { quoted } from "../../system/ap/quoted.ts";
import {
  isRuleOf,
  type ModprobeRule,
  type ModuleRules,
  moduleName,
  modulesLoadLines,
  softlyLoaded,
} from "./modprobe-lines.ts";
import type { SettingsFile } from "./udev-rule-files.ts";

const VFIO_AP = "vfio_ap";

export interface ModuleSettings {
  /** Of modules-load.d, by name. */
  readonly load: readonly SettingsFile[];
  /** The service that reads modules-load.d and modules_load= is masked, here. */
  readonly loadMasked: string | undefined;
  /** Of modprobe.d. */
  readonly rules: ModuleRules;
  readonly parameters: readonly KernelParameter[];
  /** The kernel has it in itself. */
  readonly isBuiltin: boolean;
  /** Modules that it cannot be without. */
  readonly needs: readonly string[];
}

/** How a module is asked for. */
export interface Asked {
  readonly names: readonly string[];
  /** One that is blacklisted is not loaded. */
  readonly heedsBlacklist: boolean;
  /** Commands that are to be run in the place of loading are not. */
  readonly ignoresInstall?: boolean;
}

/** What comes of it for vfio_ap. */
export type Loading =
  | { readonly kind: "none" }
  | { readonly kind: "loaded"; readonly softdep: string | undefined }
  | { readonly kind: "blocked"; readonly by: string }
  /** A command is run in its place. */
  | { readonly kind: "unknown"; readonly told: string };

export const mentionsVfioAp = (text: string): boolean => /\bvfio[_-]ap\b/.test(text);

/** Values of a parameter, in their order. The kernel and systemd take a minus in a name for an underscore. */
const valuesOf = ({ parameters }: ModuleSettings, name: string): readonly string[] =>
  parameters.filter((one) => one.name.replaceAll("-", "_") === name).map(({ value }) => value);
const names = (list: string): readonly string[] => list.split(",").map(moduleName);

/** What asks for it early in the boot: a place, and the name; undefined: nothing of these. */
export function loaderOf(settings: ModuleSettings): { readonly place: string; readonly name: string } | undefined {
  const { load, isBuiltin, loadMasked } = settings;
  if (isBuiltin) return { place: "the kernel, which has it built in", name: VFIO_AP };
  if (loadMasked !== undefined) return undefined;
  const lines = load.flatMap(modulesLoadLines).filter(({ words }) => words.length === 1);
  const asked = [
    ...lines.map(({ place, words: [name = ""] }) => ({ place, name: moduleName(name) })),
    ...valuesOf(settings, "modules_load").flatMap((value) =>
      names(value).map((name) => ({ place: "modules_load= on the kernel's command line", name })),
    ),
  ];
  return asked.find(({ name }) => name === VFIO_AP || broughtBy(name, settings.rules).has(VFIO_AP));
}

/** A name as an alias has it, which comes before the module of that name. */
function modulesNamed(name: string, { aliases }: ModuleRules): readonly string[] {
  const found = aliases.filter(isRuleOf(moduleName(name)));
  return found.length === 0 ? [moduleName(name)] : found.map(({ rest }) => moduleName(rest.split(/\s/)[0] ?? ""));
}

/** All that is loaded with a name, each with the place of the softdep that names it. */
function broughtBy(
  name: string,
  rules: ModuleRules,
  softdep?: string,
  found: Map<string, string | undefined> = new Map(),
): ReadonlyMap<string, string | undefined> {
  for (const one of modulesNamed(name, rules)) {
    if (found.has(one)) continue;
    found.set(one, softdep);
    const rule = rules.softdeps.find(isRuleOf(one));
    for (const other of rule ? softlyLoaded(rule) : []) broughtBy(other, rules, rule?.place, found);
  }
  return found;
}

export function loadingOf(asked: Asked, settings: ModuleSettings): Loading {
  const { rules } = settings;
  const isLeftOut = (name: string): boolean =>
    asked.heedsBlacklist && name !== VFIO_AP && modulesNamed(name, rules).every((one) => isBlacklisted(one, settings));
  const own = asked.names
    .filter((name) => !isLeftOut(name))
    .map((name) => broughtBy(name, rules))
    .find((brought) => brought.has(VFIO_AP));
  if (own === undefined) {
    const isMeant = asked.names.some((name) => moduleName(name) === VFIO_AP);
    return isMeant ? { kind: "blocked", by: rules.aliases.find(isRuleOf(VFIO_AP))?.place ?? "" } : { kind: "none" };
  }
  const softdep = own.get(VFIO_AP);
  const isAlias = softdep === undefined && !asked.names.some((name) => moduleName(name) === VFIO_AP);
  const by = blockedBy(settings, softdep === undefined && (asked.heedsBlacklist || isAlias));
  if (by !== undefined) return { kind: "blocked", by };
  const install = asked.ignoresInstall && softdep === undefined ? undefined : rules.installs.find(isRuleOf(VFIO_AP));
  if (install === undefined || settings.isBuiltin || isPlainLoad(install)) return { kind: "loaded", softdep };
  if (doesNothing(install)) return { kind: "blocked", by: install.place };
  const told = `${install.place}: what ${quoted(install.rest)} does in the place of loading vfio_ap is not known here`;
  return { kind: "unknown", told };
}

const isBlacklisted = (name: string, settings: ModuleSettings): boolean =>
  settings.rules.blacklists.some(({ of }) => of === name) ||
  valuesOf(settings, "modprobe.blacklist").some((value) => names(value).includes(name));

/** Undefined: nothing keeps it from being loaded, but perhaps a command in its place. */
function blockedBy(settings: ModuleSettings, heedsBlacklist: boolean): string | undefined {
  const { isBuiltin, needs, rules } = settings;
  const all = [VFIO_AP, ...needs];
  const onCommandLine = (name: string, some: readonly string[], values: readonly string[]): string | undefined =>
    values.some((value) => names(value).some((one) => some.includes(one)))
      ? `${name}= on the kernel's command line`
      : undefined;
  const initcall = onCommandLine("initcall_blacklist", ["vfio_ap_init"], valuesOf(settings, "initcall_blacklist"));
  if (isBuiltin) return initcall;
  // The kernel keeps the last one of a name.
  const last = valuesOf(settings, "module_blacklist").slice(-1);
  const blacklists = valuesOf(settings, "modprobe.blacklist");
  const commands = needs.flatMap((name) => {
    const rule = rules.installs.find(isRuleOf(name));
    return rule && doesNothing(rule) ? [rule.place] : [];
  });
  const listed = heedsBlacklist
    ? (onCommandLine("modprobe.blacklist", [VFIO_AP], blacklists) ??
      rules.blacklists.find(({ of }) => of === VFIO_AP)?.place)
    : undefined;
  return initcall ?? onCommandLine("module_blacklist", all, last) ?? commands[0] ?? listed;
}

const doesNothing = ({ rest }: ModprobeRule): boolean => /^(?:(?:\/usr)?\/bin\/)?(?:false|true|:)$/.test(rest);
const isPlainLoad = ({ rest }: ModprobeRule): boolean =>
  /^(?:(?:\/usr)?\/s?bin\/)?modprobe\s+(?:-i|--ignore-install)\s+vfio[_-]ap(?:\s+\$CMDLINE_OPTS)?$/.test(rest);

/** What may load it, and cannot be told here, one sentence each. */
export function openLoads(settings: ModuleSettings): readonly string[] {
  const { installs, softdeps } = settings.rules;
  const soft = softdeps
    .filter((rule) => rule.of !== VFIO_AP && softlyLoaded(rule).some((name) => moduleName(name) === VFIO_AP))
    .map(({ place, of }) => `${place}: vfio_ap is loaded with ${quoted(of)}, and what loads that is not known here`);
  const commands = installs
    .filter(({ of, rest }) => of !== VFIO_AP && mentionsVfioAp(rest))
    .map(({ place, rest }) => `${place}: what ${quoted(rest)} does at boot is not known here`);
  const early = ["rd.modules_load", "rd.driver.pre", "rd.driver.post"]
    .filter((name) => valuesOf(settings, name).some((value) => names(value).includes(VFIO_AP)))
    .map((name) => `${name}= on the kernel's command line: whether the initrd has vfio_ap is not known here`);
  return [...soft, ...commands, ...early];
}
