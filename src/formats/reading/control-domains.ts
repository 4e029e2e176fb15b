// Control domains of an mdev that has no usage domain: the kernel takes them, another program on the same machine does not.
import type { Matrix } from "../../system/ap/matrix.ts";

/** Follows the name of the mdev in a warning. */
export const CONTROL_DOMAINS_ALONE =
  "has control domains and no domain: the kernel takes that, but ap-check of s390-tools refuses to start it; give it a domain";

export const hasControlDomainsAlone = ({ aqm, adm }: Pick<Matrix, "aqm" | "adm">): boolean =>
  aqm.isEmpty() && !adm.isEmpty();
