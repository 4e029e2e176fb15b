// Which shadow rule a profile has.
import type { Host } from "./host.ts";
import type { Profile } from "./profile.ts";
import { keptShadow } from "./shadow-kept.ts";
import { noShadow } from "./shadow-none.ts";
import type { ShadowRule } from "./shadow-rule.ts";
import { v11Shadow } from "./shadow-v11.ts";
import { v12Shadow } from "./shadow-v12.ts";

const RULES: Record<Profile["filter"], ShadowRule> = {
  none: noShadow,
  v11: v11Shadow,
  v12: v12Shadow,
  "new-part": keptShadow,
  whole: keptShadow,
};

export const shadowRule = (host: Host): ShadowRule => RULES[host.profile.filter];
