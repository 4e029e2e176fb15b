// Which running guests may lose queues: nobody, unless whoever plans has said so (--allow-loss). Only then a plan takes something from a
// guest for a time to give it, or another one, more than it could have otherwise.
import type { Reading } from "../../formats/reading/input-error.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { guestNamed } from "../explain/named.ts";

/** UUIDs of the mdevs whose guests may lose queues, or all of them. */
export type Allowance = ReadonlySet<string> | "all";

export const NOBODY: Allowance = new Set();

export const mayLose = (allowed: Allowance, uuid: string): boolean => allowed === "all" || allowed.has(uuid);

export interface LossNames {
  readonly host: Host;
  /** What people call mdevs, by UUID. */
  readonly labels: ReadonlyMap<string, string>;
  /** Mdevs that a file names. */
  readonly mdevs: readonly { readonly uuid: string; readonly name?: string | undefined }[];
}

/** @param words names of guests, what a file or people call their mdevs, or beginnings of UUIDs; or `all` */
export function allowanceOf(words: readonly string[], { host, labels, mdevs }: LossNames): Reading<Allowance> {
  if (words.includes("all")) return { ok: true, value: "all" };
  const uuids = new Set<string>();
  for (const word of words) {
    const inFile = mdevs.find(({ name }) => name === word);
    const named = inFile ? undefined : guestNamed(host, word, labels);
    if (named?.ok === false) return named;
    uuids.add(inFile?.uuid ?? (named ? mdevName(named.value) : ""));
  }
  return { ok: true, value: uuids };
}
