// What the call-out of mdevctl looks at: the host as its /sys shows it, the definitions of other mdevs, the rule for the masks at boot.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OtherDefinition } from "../exchange/callout-verdict.ts";
import { parseMdevctl, VFIO_AP_TYPE } from "../exchange/mdevctl-json.ts";
import { type BootMasks, parseUdevRules } from "../exchange/udev-rules.ts";
import { observeHost } from "../sysfs/observe.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import type { Host } from "../vfio-ap/host.ts";
import { parseUuid } from "../vfio-ap/uuid.ts";
import { detectProfile } from "./detect-profile.ts";
import { directorySysfs } from "./directory-sysfs.ts";
import { rebuildHost } from "./rebuild-host.ts";

/** Where everything is, below the root that mdevctl may have been given. */
export interface CalloutPlaces {
  readonly sys: string;
  readonly definitions: string;
  readonly rules: string;
}

export const calloutPlaces = (root = "/"): CalloutPlaces => ({
  sys: join(root, "sys"),
  definitions: join(root, "etc", "mdevctl.d", "matrix"),
  rules: join(root, "etc", "udev", "rules.d", "41-ap.rules"),
});

export interface CalloutHost {
  readonly sysfs: Sysfs;
  readonly host: Host;
  /** The same without any mdev. */
  readonly empty: Host;
}

/** undefined: there is no AP bus, so nothing is known of what a kernel would say. */
export function readCalloutHost({ sys }: CalloutPlaces): CalloutHost | undefined {
  const sysfs = directorySysfs(sys);
  const observed = observeHost(sysfs);
  if (observed.apmask === undefined || observed.aqmask === undefined) return undefined;
  const { profile } = detectProfile(sysfs, observed);
  return {
    sysfs,
    host: rebuildHost(sysfs, observed, profile).host,
    empty: rebuildHost(sysfs, { ...observed, mdevs: [] }, profile).host,
  };
}

/** Definitions that cannot be read are passed over: mdevctl does the same, and says so itself. */
export function readOtherDefinitions({ definitions }: CalloutPlaces): readonly OtherDefinition[] {
  return namesIn(definitions)
    .filter((name) => parseUuid(name) !== undefined)
    .flatMap((name): OtherDefinition[] => {
      const read = parseMdevctl(textOf(join(definitions, name)) ?? "");
      const [only] = read.ok ? read.value : [];
      if (!only || only.definition.mdevType !== VFIO_AP_TYPE) return [];
      return [{ uuid: name.toLowerCase(), start: only.definition.start, attrs: only.definition.attrs }];
    });
}

/** Without a rule, or with one that cannot be read, which is said, the masks stay as they are. */
export function readBootMasks({ rules }: CalloutPlaces): {
  readonly masks: BootMasks;
  readonly warnings: readonly string[];
} {
  const read = parseUdevRules(textOf(rules) ?? "");
  if (read.ok) return { masks: read.value, warnings: [] };
  const { line, column, expected } = read.error;
  const warning = `${rules}:${line}:${column}: expected ${expected}: the masks are taken as they are now`;
  return { masks: { apmask: undefined, aqmask: undefined }, warnings: [warning] };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
