// unassign_adapter, unassign_domain and unassign_control_domain: clear the bit, unlink, unplug, reset what the guest had.
// docs/kernel/hotplug.md §5, §6.
import type { Apid, Apqi, ControlDomain } from "../ap/id.ts";
import { DONE, type Result } from "../ap/result.ts";
import type { Mdev } from "../machine/mdev.ts";
import { checkMayChange, tooLarge } from "./assign.ts";
import type { Host } from "./host.ts";
import { shadowRule } from "./shadow-rules.ts";

/**
 * Take an adapter from an mdev. What is not assigned is unassigned without any effect.
 *
 * @returns EBUSY a guest runs (before 6.0); ENODEV above the mdev's maximum
 */
export function unassignAdapter(host: Host, mdev: Mdev, apid: Apid): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (apid > host.state.facts.maxAdapter) return tooLarge(host.state.facts.maxAdapter);
  if (!mdev.matrix.apm.has(apid)) return DONE;
  const { oneApid } = host.state.scratch;
  oneApid.clear();
  oneApid.add(apid);
  mdev.matrix.apm.remove(apid);
  shadowRule(host).unassignAdapters(host, mdev, oneApid);
  return DONE;
}

/** The same for a domain. */
export function unassignDomain(host: Host, mdev: Mdev, apqi: Apqi): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (apqi > host.state.facts.maxDomain) return tooLarge(host.state.facts.maxDomain);
  if (!mdev.matrix.aqm.has(apqi)) return DONE;
  const { oneApqi } = host.state.scratch;
  oneApqi.clear();
  oneApqi.add(apqi);
  mdev.matrix.aqm.remove(apqi);
  shadowRule(host).unassignDomains(host, mdev, oneApqi);
  return DONE;
}

export function unassignControlDomain(host: Host, mdev: Mdev, domain: ControlDomain): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (domain > host.state.facts.maxDomain) return tooLarge(host.state.facts.maxDomain);
  if (!mdev.matrix.adm.has(domain)) return DONE;
  mdev.matrix.adm.remove(domain);
  shadowRule(host).controlDomainUnassigned(host, mdev, domain);
  return DONE;
}
