// Whether an mdev can be started as it is defined, now or after the next boot. The writes that mdevctl would make are tried on a copy of
// the host.

import { attributesOf } from "../../formats/tools/definition-of-mdev.ts";
import type { MdevctlAttribute } from "../../formats/tools/mdevctl-json.ts";
import type { RuleMasks } from "../../formats/tools/udev-rules.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { attributeWrite, createWrite, maskWrite, removeWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { WhatIf } from "../explain/what-if.ts";
import { type Remarks, refusalSentence } from "./refusal-sentence.ts";

/** One sentence: the first attribute that is refused, and why; undefined if none is. */
type Verdict = string | undefined;

export interface Wanted {
  readonly uuid: string;
  readonly attrs: readonly MdevctlAttribute[];
}

/** A definition of another mdev. */
export interface OtherDefinition extends Wanted {
  readonly start: "auto" | "manual";
}

/** The mdev is made now. */
export const judgeStart = (host: Host, wanted: Wanted): Verdict => start(new WhatIf(host), wanted);

interface NextBoot {
  /** The host without mdevs. */
  readonly host: Host;
  /** Those of 41-ap.rules; a mask that it does not set stays as it is. */
  readonly masks: RuleMasks;
  readonly others: readonly OtherDefinition[];
  /** Mdevs that are there now. */
  readonly active: readonly { readonly uuid: string; readonly masks: Matrix }[];
}

interface Judgement {
  readonly refusal: Verdict;
  readonly warnings: readonly string[];
}

/**
 * The mdev is made after the next boot: after the masks were set and after all mdevs that start automatically were made. Mdevs that are
 * there now count as well. If it clashes with an mdev that is started by hand, only one of the two can be started: that is a warning.
 */
export function judgeDefinition({ host, masks, others, active }: NextBoot, wanted: Wanted): Judgement {
  const whatIf = new WhatIf(host);
  if (masks.apmask) whatIf.write(maskWrite("apmask", formatMask(masks.apmask)));
  if (masks.aqmask) whatIf.write(maskWrite("aqmask", formatMask(masks.aqmask)));
  const rest = others.filter(({ uuid }) => uuid !== wanted.uuid);
  const automatic = rest.filter((other) => other.start === "auto");
  for (const other of automatic) start(whatIf, other);
  for (const { uuid, masks: has } of active) {
    if (uuid === wanted.uuid || whatIf.mdev(uuid)) continue;
    whatIf.write(createWrite(uuid));
    for (const { name, value } of attributesOf(has)) whatIf.write(attributeWrite(uuid, name, value));
  }
  const isAutomatic = new Set(automatic.map(({ uuid }) => uuid));
  const remarks: Remarks = {
    ofMdev: (uuid) => (isAutomatic.has(uuid) ? ", which is defined to start by itself" : ""),
    ofMasks: masks.apmask || masks.aqmask ? " of 41-ap.rules" : "",
  };
  const refusal = start(whatIf, wanted, remarks);
  if (refusal !== undefined) return { refusal, warnings: [] };
  const warnings = rest.flatMap((other) => {
    if (other.start === "auto" || whatIf.mdev(other.uuid)) return [];
    const clash = start(whatIf, other);
    if (clash?.includes(`mdev ${wanted.uuid}`))
      return [`only one can be started of this mdev and of ${other.uuid}, which has ${clash}`];
    whatIf.write(removeWrite(other.uuid));
    return [];
  });
  return { refusal, warnings };
}

/** As mdevctl does it: at the first attribute that is refused the mdev is removed again. */
function start(whatIf: WhatIf, { uuid, attrs }: Wanted, remarks?: Remarks): Verdict {
  const created = whatIf.try(createWrite(uuid));
  if (!created.ok)
    return created.errno === "EEXIST"
      ? `mdev ${uuid} is there already (EEXIST)`
      : `no mdev can be made (${created.errno})`;
  for (const attribute of attrs) {
    const written = whatIf.try(attributeWrite(uuid, attribute.name, attribute.value));
    if (written.ok) continue;
    const sentence = refusalSentence(whatIf.host, uuid, attribute, written, remarks);
    whatIf.write(removeWrite(uuid));
    return sentence;
  }
  return whatIf.mdev(uuid) ? undefined : "its attributes remove it again";
}

/** An existing mdev gets another matrix by one write to ap_config. */
export function judgeLive(host: Host, uuid: string, config: string): Verdict {
  const whatIf = new WhatIf(host);
  const attribute = { name: "ap_config", value: config };
  const written = whatIf.try(attributeWrite(uuid, attribute.name, config));
  return written.ok ? undefined : refusalSentence(whatIf.host, uuid, attribute, written);
}

/** The mdevs that are there. */
export const activeMdevs = ({ state }: Host): NextBoot["active"] =>
  state.listedMdevs().map((mdev) => ({
    uuid: mdevName(mdev),
    masks: mdev.matrix,
  }));
