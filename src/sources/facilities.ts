// Which facilities a machine has, as its /sys shows.
import { MAX_ADAPTER, MAX_DOMAIN } from "../system/machine/facts.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";

/** Whether it numbers its adapters and domains up to 255 (APXA). Decided by the features of the bus; older kernels do not show them, but have fixed maxima without APXA. */
export function hasExtendedAddressing({ features, maxAdapter, maxDomain }: ObservedHost): boolean {
  if (features.bus !== undefined) return features.bus.split(" ").includes("APXA");
  return maxAdapter !== MAX_ADAPTER.plain || maxDomain !== MAX_DOMAIN.plain;
}

/** @param features text of the bus attribute; kernels that have none know nothing of secure binding */
export const hasSecureBinding = (features: string | undefined): boolean =>
  features?.split(" ").includes("APSB") === true;
