// What a list of mdevctl attributes assigns. They are written, in their order, to an mdev of an empty host where every queue is free, so
// that numbers and refusals are the kernel's own.

import { must } from "../../system/ap/assert.ts";
import type { Errno } from "../../system/ap/errno.ts";
import { hex } from "../../system/ap/hex.ts";
import { newMask } from "../../system/ap/mask.ts";
import { type Matrix, newMatrix, setMatrix } from "../../system/ap/matrix.ts";
import { DEFAULT_FACTS } from "../../system/machine/facts.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { attributeWrite, createWrite } from "../../system/sysfs/writes.ts";
import { bootHost } from "../../system/vfio-ap/boot.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import type { MdevctlAttribute } from "./mdevctl-json.ts";

type AttributeMatrix =
  | { readonly ok: true; readonly value: Matrix }
  /** The first attribute that every host would refuse, by its index in the list. */
  | { readonly ok: false; readonly at: number; readonly errno: Errno };

const UUID = "00000000-0000-4000-8000-000000000000";

interface Empty {
  readonly host: Host;
  /** Its buffer, with the mdev just created. */
  readonly words: Uint32Array;
}

/** Made when it is needed first, and used for one list after the other: a host takes longer to make than to copy. */
let made: Empty | undefined;

function emptyHost(): Empty {
  const host = bootHost({
    facts: DEFAULT_FACTS,
    hardware: { apm: newMask(), aqm: newMask(), adm: newMask(), typeOf: () => 0, modeOf: () => "cca" },
    profile: DEFAULT_PROFILE,
    apmask: newMask(),
    aqmask: newMask(),
    mdevs: 1,
  });
  hostSysfs(host).write(...createWrite(UUID));
  return { host, words: host.state.words.slice() };
}

/** What an mdev has after all of them, if no other mdev and no driver has any of it. */
export function matrixOfAttributes(attrs: readonly MdevctlAttribute[]): AttributeMatrix {
  const matrix = newMatrix();
  if (attrs.length === 0) return { ok: true, value: matrix };
  made ??= emptyHost();
  const { host, words } = made;
  host.state.words.set(words);
  const sysfs = hostSysfs(host);
  for (const [at, { name, value }] of attrs.entries()) {
    const written = sysfs.write(...attributeWrite(UUID, name, value));
    if (!written.ok) return { ok: false, at, errno: written.errno };
    // The attribute `remove` takes the mdev away.
    if (!mdevNamed(host, UUID)) return { ok: false, at, errno: "ENODEV" };
  }
  setMatrix(matrix, must(mdevNamed(host, UUID)).matrix);
  return { ok: true, value: matrix };
}

const OCTAL = /^\+?0[0-9]/;

/** One sentence for each number that the kernel reads as octal, which is hardly what was meant. */
export const octalNumbers = (attrs: readonly MdevctlAttribute[]): readonly string[] =>
  attrs.flatMap(({ name, value }) => {
    const number = OCTAL.test(value) ? kstrtoul(value) : -1;
    if (number < 0) return [];
    const digits = value.replace(/^\+?0+(?=.)/, "");
    return [`${name} ${value} is octal, ${hex(number)}: write 0x${digits} or ${digits} if that is meant`];
  });
