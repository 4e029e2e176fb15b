// What has to be written so that a host is after its next boot as it is now: definitions as mdevctl has them, the rule as chzdev writes it,
// overrides as driverctl keeps them. What others have written stays, or is refused with what to do.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { matrixOfAttributes } from "../../formats/tools/attribute-matrix.ts";
import { definitionOf } from "../../formats/tools/definition-of-mdev.ts";
import { formatMdevctlFile } from "../../formats/tools/mdevctl-json.ts";
import { formatUdevRules, parseUdevRules } from "../../formats/tools/udev-rules.ts";
import type { FileChange } from "../../guards/replace-files.ts";
import { formatApqn } from "../../system/ap/apqn.ts";
import { type Matrix, matricesEqual } from "../../system/ap/matrix.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { ObservedHost } from "../../system/sysfs/observed-host.ts";
import { DEFINITIONS, OVERRIDES, type PersistentFiles } from "./persistent-files.ts";

const RULE = "etc/udev/rules.d/41-ap.rules";

export interface Keep {
  readonly root: string;
  readonly files: PersistentFiles;
  /** Uuids of mdevs, in lower case. */
  readonly mdevs: readonly string[];
  /** Definitions of all others go. */
  readonly prune: boolean;
  /** vfio_ap is loaded at boot as it is. */
  readonly isLoadedAtBoot: boolean;
}

/** Each sentence says of a file what is in the way, and what helps. */
export type Changes = { readonly changes: readonly FileChange[] } | { readonly obstacle: string };

export function changesToKeep(host: ObservedHost, keep: Keep): Changes {
  const definitions = keep.mdevs.flatMap((uuid) => definitionChange(host, keep, uuid));
  const wrong = definitions.find((one) => typeof one === "string");
  if (wrong !== undefined) return { obstacle: wrong };
  const pruned = keep.prune
    ? keep.files.mdevs
        .filter(({ uuid }) => !keep.mdevs.includes(uuid))
        .map(({ uuid }) => ({ path: [...DEFINITIONS, uuid].join("/"), text: undefined }))
    : [];
  const rule = ruleChange(host, keep);
  if (typeof rule === "string") return { obstacle: rule };
  return { changes: [...(definitions as FileChange[]), ...pruned, ...rule, ...overrideChanges(host, keep)] };
}

/** One that says the same and starts by itself stays as it is, byte for byte. */
function definitionChange(host: ObservedHost, { root, files }: Keep, uuid: string): (FileChange | string)[] {
  const path = [...DEFINITIONS, uuid].join("/");
  const known = files.mdevs.find((one) => one.uuid === uuid)?.definition;
  if (!known && existsSync(join(root, path)))
    return [`${join(root, path)}: it is not a definition of vfio_ap that can be read; move it away`];
  const mdev = host.mdevs.find((one) => one.uuid === uuid);
  if (!mdev?.matrix || !mdev.controlDomains) return [];
  const masks: Matrix = { apm: mdev.matrix.apm, aqm: mdev.matrix.aqm, adm: mdev.controlDomains };
  const before = known && matrixOfAttributes(known.attrs);
  if (known && before?.ok && matricesEqual(before.value, masks))
    return known.start === "auto" ? [] : [{ path, text: formatMdevctlFile({ ...known, start: "auto" }) }];
  return [{ path, text: formatMdevctlFile(definitionOf(masks, "auto")) }];
}

function ruleChange(host: ObservedHost, { root, files, isLoadedAtBoot }: Keep): readonly FileChange[] | string {
  const isOverridden = host.queues.some(({ override }) => override) || files.overrides.length > 0;
  const mask = <M extends { isFull(): boolean }>(now: M | undefined): M | undefined =>
    now && !isOverridden && !now.isFull() ? now : undefined;
  const [apmask, aqmask] = [mask(host.apmask), mask(host.aqmask)];
  const text = files.ownRule;
  const isNeeded = apmask !== undefined || aqmask !== undefined || !isLoadedAtBoot || (text ?? "").trim() !== "";
  if (!isNeeded) return [];
  if (text !== undefined && text.trim() !== "" && !isOfChzdev(text))
    return `${join(root, RULE)}: it has lines that chzdev did not write; move them to a file of another name, which udev reads as well`;
  const wanted = formatUdevRules({ apmask, aqmask, coldplug: true });
  return wanted === text ? [] : [{ path: RULE, text: wanted }];
}

/** As chzdev writes it, in one of its versions. */
function isOfChzdev(text: string): boolean {
  const read = parseUdevRules(text);
  return read.ok && formatUdevRules(read.value) === text;
}

/** Of the queues of the mdevs that are kept. */
function overrideChanges(host: ObservedHost, { files, mdevs }: Keep): readonly FileChange[] {
  const kept = new Map(files.overrides);
  const matrices = host.mdevs.filter(({ uuid }) => mdevs.includes(uuid)).flatMap(({ matrix }) => matrix ?? []);
  return host.queues.flatMap(({ apqn, override }) => {
    const isOurs = override && matrices.some((matrix) => hasQueue(matrix, apqn));
    if (!isOurs || kept.get(apqn) === override) return [];
    return [{ path: [...OVERRIDES, `ap-${formatApqn(apqn)}`].join("/"), text: `${override}\n` }];
  });
}
