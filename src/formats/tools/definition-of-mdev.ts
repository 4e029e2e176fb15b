// An mdev as mdevctl and libvirt define it: the attributes that assign its numbers, adapters first, numbers in hex.

import { hex } from "../../system/ap/hex.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { type MdevctlAttribute, type MdevctlDefinition, VFIO_AP_TYPE } from "./mdevctl-json.ts";

export const attributesOf = ({ apm, aqm, adm }: Matrix): readonly MdevctlAttribute[] => [
  ...apm.ids().map((id) => ({ name: "assign_adapter", value: hex(id, 2) })),
  ...aqm.ids().map((id) => ({ name: "assign_domain", value: hex(id, 4) })),
  ...adm.ids().map((id) => ({ name: "assign_control_domain", value: hex(id, 4) })),
];

export const definitionOf = (masks: Matrix, start: "auto" | "manual"): MdevctlDefinition => ({
  mdevType: VFIO_AP_TYPE,
  start,
  attrs: attributesOf(masks),
});
