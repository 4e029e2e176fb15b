// What is run at boot besides udevd and speaks of AP queues: units of systemd, tmpfiles.d, rc.local, jobs of cron, sysfs.conf. What they do,
// and when, is not worked out, but told.
import { join } from "node:path";
import type { SettingsFile } from "../../answers/boot/udev-rule-files.ts";
import type { KernelParameter } from "../../formats/tools/kernel-parameters.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { fileBelow, namesBelow, readSettings, scriptBelow } from "./settings-files.ts";
import { UnitFiles } from "./unit-files.ts";

export interface OtherPrograms {
  /** One sentence for each thing whose doing is not known. */
  told(): readonly string[];
  /** The same of a unit that udevd has systemd start. */
  unit(name: string): readonly string[];
  /** What masks a unit; undefined: nothing does. */
  maskOf(name: string): string | undefined;
}

const SPEAKS_OF_AP =
  /\ba[pq]mask\b|vfio[_-]ap|\/sys\/(?:bus|devices)\/ap\b|\/sys\/(?:bus\/mdev|class\/mdev_bus|devices\/vfio_ap)\b|\b(?:chzdev|chzcrypt|mdevctl|driverctl|nodedev-(?:start|create|autostart))\b/;
const AT_THE_END =
  /^(?:shutdown|reboot|poweroff|halt|kexec|exit|(?:soft-reboot|sleep|suspend|hibernate|hybrid-sleep|rescue|emergency)(?:-\w+)*)\.target\./;
const RC_FILES = ["etc/rc.local", "etc/rc.d/rc.local", "etc/init.d/boot.local", "etc/init.d/after.local"];
const CRON_PLACES = ["etc/cron.d", "var/spool/cron", "var/spool/cron/crontabs"];
/** Scripts that call scripts, at most. */
const DEEPEST = 3;

export function otherPrograms(root: string, parameters: readonly KernelParameter[]): OtherPrograms {
  const seen = new Set<string>();
  const units = new UnitFiles(root);
  const valuesOf = (name: string) => parameters.filter((one) => one.name === name).map(({ value }) => value);
  const masks = valuesOf("systemd.mask");

  /** What a command does is not known if it, or a script that it names, speaks of AP queues. */
  function ofCommand(place: string, text: string, depth = 0): readonly string[] {
    if (SPEAKS_OF_AP.test(text)) return [`${place}: what ${quoted(text.trim())} does at boot is not known here`];
    if (depth === DEEPEST) return [];
    return [...text.matchAll(/(?:^|[\s"'=;(])(\/[\w./+@-]+)/g)].flatMap(([, path = ""]) => {
      if (seen.has(path)) return [];
      seen.add(path);
      return ofScript(scriptBelow(root, path), depth + 1);
    });
  }
  const ofScript = (script: SettingsFile | undefined, depth = 0): readonly string[] =>
    linesOf(script).flatMap(({ place, text }) => ofCommand(place, text, depth));

  function maskOf(name: string): string | undefined {
    if (masks.includes(name)) return "systemd.mask= on the kernel's command line";
    const file = units.file(name);
    return file?.text === "" ? file.path : undefined;
  }
  function unit(name: string, from = name): readonly string[] {
    if (seen.has(name) || maskOf(name) !== undefined) return [];
    seen.add(name);
    const file = units.file(name);
    if (file === undefined)
      return SPEAKS_OF_AP.test(name) ? [`${from}: what the unit ${quoted(name)} does at boot is not known here`] : [];
    const { commands, wants } = units.lines(name, file);
    return [
      ...commands.flatMap(({ place, text }) => ofCommand(place, text)),
      ...wants.flatMap((other) => unit(other, file.path)),
    ];
  }
  const enabled = () => units.namesIn((name) => /\.(?:wants|requires|upholds)$/.test(name) && !AT_THE_END.test(name));
  const cron = () => [
    "etc/crontab",
    ...CRON_PLACES.flatMap((place) => namesBelow(root, place).map((name) => join(place, name))),
  ];
  const told = () => [
    ...[...enabled(), ...valuesOf("systemd.wants")].flatMap((name) => unit(name)),
    ...RC_FILES.flatMap((path) => ofScript(fileBelow(root, path, { isProgram: true }))),
    ...cron()
      .flatMap((path) => linesOf(fileBelow(root, path)))
      .filter(({ text }) => /^\s*@reboot\b/.test(text))
      .flatMap(({ place, text }) => ofCommand(place, text)),
    ...readSettings(root, "tmpfiles.d", ".conf")
      .files.flatMap(linesOf)
      .filter(({ text }) => /^\S+\s+\/sys\//.test(text))
      .flatMap(({ place, text }) => ofCommand(place, text, DEEPEST)),
    ...["etc/sysfs.conf", ...namesBelow(root, "etc/sysfs.d").map((name) => `etc/sysfs.d/${name}`)]
      .flatMap((path) => linesOf(fileBelow(root, path)))
      .filter(({ text }) => /^\s*(?:bus|devices|class)\//.test(text) && SPEAKS_OF_AP.test(`/sys/${text.trim()}`))
      .map(({ place, text }) => `${place}: what ${quoted(text.trim())} does at boot is not known here`),
  ];
  return { told, unit, maskOf };
}

const linesOf = (file: SettingsFile | undefined) =>
  (file?.text ?? "")
    .split("\n")
    .flatMap((text, at) => (/^\s*(?:[#;]|$)/.test(text) ? [] : [{ place: `${file?.path}:${at + 1}`, text }]));
