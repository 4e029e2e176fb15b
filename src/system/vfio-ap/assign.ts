// assign_adapter, assign_domain and assign_control_domain: check, set the bit, link, then let the shadow follow.
// docs/kernel/device.md §5.1, docs/kernel/hotplug.md §4, §6.
import { apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, type ControlDomain, NONE } from "../ap/id.ts";
import { DONE, type Refused, type Result, refused } from "../ap/result.ts";
import type { Mdev } from "../machine/mdev.ts";
import { checkAssignable } from "./assignable.ts";
import type { Host } from "./host.ts";
import { linkIfBound, linkRow } from "./links.ts";
import { shadowRule } from "./shadow-rules.ts";

/** Before 6.0 nothing changes under a running guest; asked before anything else, even before the number is read. */
export function checkMayChange(host: Host, mdev: Mdev): Result<void> {
  if (host.profile.hotPlug || !mdev.isAttached) return DONE;
  return refused("EBUSY", { kind: "guest-running", mdev: mdev.index });
}

export function tooLarge(max: number): Refused {
  return refused("ENODEV", { kind: "number-too-large", max });
}

/**
 * Give an adapter to an mdev. What is assigned already is assigned again without any effect.
 *
 * @returns EBUSY a guest runs (before 6.0); ENODEV above the mdev's maximum; EADDRNOTAVAIL, EADDRINUSE: checkAssignable
 */
export function assignAdapter(host: Host, mdev: Mdev, apid: Apid): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (apid > host.state.facts.maxAdapter) return tooLarge(host.state.facts.maxAdapter);
  const { apm, aqm } = mdev.matrix;
  if (apm.has(apid) && host.profile.assignNeeds !== "bound") return DONE;
  const { newApm } = host.state.scratch;
  newApm.copy(apm);
  newApm.add(apid);
  const assignable = checkAssignable(host, mdev, newApm, aqm);
  if (!assignable.ok) return assignable;
  apm.add(apid);
  linkRow(host, apid, aqm);
  shadowRule(host).adapterAssigned(host, mdev, apid);
  return DONE;
}

/** The same for a domain. */
export function assignDomain(host: Host, mdev: Mdev, apqi: Apqi): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (apqi > host.state.facts.maxDomain) return tooLarge(host.state.facts.maxDomain);
  const { apm, aqm } = mdev.matrix;
  if (aqm.has(apqi) && host.profile.assignNeeds !== "bound") return DONE;
  const { newAqm } = host.state.scratch;
  newAqm.copy(aqm);
  newAqm.add(apqi);
  const assignable = checkAssignable(host, mdev, apm, newAqm);
  if (!assignable.ok) return assignable;
  aqm.add(apqi);
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) linkIfBound(host, apqnOf(apid, apqi));
  shadowRule(host).domainAssigned(host, mdev, apqi);
  return DONE;
}

/** Control domains may be shared and need not exist. */
export function assignControlDomain(host: Host, mdev: Mdev, domain: ControlDomain): Result<void> {
  const may = checkMayChange(host, mdev);
  if (!may.ok) return may;
  if (domain > host.state.facts.maxDomain) return tooLarge(host.state.facts.maxDomain);
  if (mdev.matrix.adm.has(domain)) return DONE;
  mdev.matrix.adm.add(domain);
  shadowRule(host).controlDomainAssigned(host, mdev, domain);
  return DONE;
}
