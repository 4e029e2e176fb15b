// What a list of mdevctl attributes assigns: they are written, in their order, to an mdev of a host where nothing else is and every
// queue is free, so that numbers and refusals are the kernel's own.

import type { Errno } from "../../system/ap/errno.ts";
import { hex } from "../../system/ap/hex.ts";
import { newMask } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { DEFAULT_FACTS } from "../../system/machine/facts.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { attributeWrite, createWrite } from "../../system/sysfs/writes.ts";
import { bootHost } from "../../system/vfio-ap/boot.ts";
import { findMdev } from "../../system/vfio-ap/mdev-life.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { parseUuid, type Uuid } from "../../system/vfio-ap/uuid.ts";
import type { MdevctlAttribute } from "./mdevctl-json.ts";

export type AttributeMatrix =
  | { readonly ok: true; readonly value: Matrix }
  /** The first attribute that any host would refuse, by its place in the list. */
  | { readonly ok: false; readonly at: number; readonly errno: Errno };

const UUID = "00000000-0000-4000-8000-000000000000";

/** What an mdev has after all of them, if nothing of it is somebody else's. */
export function matrixOfAttributes(attrs: readonly MdevctlAttribute[]): AttributeMatrix {
  const host = bootHost({
    facts: DEFAULT_FACTS,
    hardware: { apm: newMask(), aqm: newMask(), adm: newMask(), typeOf: () => 0, modeOf: () => "cca" },
    profile: DEFAULT_PROFILE,
    apmask: newMask(),
    aqmask: newMask(),
    mdevs: 1,
  });
  const sysfs = hostSysfs(host);
  sysfs.write(...createWrite(UUID));
  for (const [at, { name, value }] of attrs.entries()) {
    const written = sysfs.write(...attributeWrite(UUID, name, value));
    if (!written.ok) return { ok: false, at, errno: written.errno };
    // One of them is remove.
    if (!findMdev(host, parseUuid(UUID) as Uuid)) return { ok: false, at, errno: "ENODEV" };
  }
  const { apm, aqm, adm } = (findMdev(host, parseUuid(UUID) as Uuid) as NonNullable<ReturnType<typeof findMdev>>)
    .matrix;
  return { ok: true, value: { apm, aqm, adm } };
}

const OCTAL = /^\+?0[0-9]/;

/** Numbers that the kernel takes as octal, which is hardly what was meant: one sentence each. */
export const octalNumbers = (attrs: readonly MdevctlAttribute[]): readonly string[] =>
  attrs.flatMap(({ name, value }) => {
    const number = OCTAL.test(value) ? kstrtoul(value) : -1;
    if (number < 0) return [];
    const digits = value.replace(/^\+?0+(?=.)/, "");
    return [`${name} ${value} is octal, ${hex(number)}: write 0x${digits} or ${digits} if that is meant`];
  });
