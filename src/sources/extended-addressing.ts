// Whether a machine numbers its adapters and domains up to 255 (APXA), as its /sys shows.
import { MAX_ADAPTER, MAX_DOMAIN } from "../system/machine/facts.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";

/** Decided by the features of the bus; older kernels do not show them, but have fixed maxima without APXA. */
export function hasExtendedAddressing({ features, maxAdapter, maxDomain }: ObservedHost): boolean {
  if (features.bus !== undefined) return features.bus.split(" ").includes("APXA");
  return maxAdapter !== MAX_ADAPTER.plain || maxDomain !== MAX_DOMAIN.plain;
}
