// How a kernel keeps the shadow APCB, as one interface: the events that can change it. Four implementations stand beside this
// file (shadow-*.ts); shadow-rules.ts chooses. Links, matrix bits and refusals are dealt with before by the event's own file.

import type { Apqn } from "../ap/apqn.ts";
import type { Apid, Apqi, ControlDomain } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";

export interface ShadowRule {
  /** The bit is in the matrix and the queues are linked. */
  adapterAssigned(host: Host, mdev: Mdev, apid: Apid): void;
  domainAssigned(host: Host, mdev: Mdev, apqi: Apqi): void;
  controlDomainAssigned(host: Host, mdev: Mdev, domain: ControlDomain): void;
  controlDomainUnassigned(host: Host, mdev: Mdev, domain: ControlDomain): void;
  /** Unlink the queues of these adapters (domains) and take them from the guest. The matrix still has the other half. */
  unassignAdapters(host: Host, mdev: Mdev, adapters: Apm): void;
  unassignDomains(host: Host, mdev: Mdev, domains: Aqm): void;
  /** A queue of the matrix has been bound and linked. */
  queueBound(host: Host, mdev: Mdev, apqn: Apqn): void;
  /**
   * A queue is about to be unbound.
   *
   * @returns true if its adapter was unplugged and the queue has been reset with it
   */
  queueLeaves(host: Host, mdev: Mdev, apqn: Apqn): boolean;
  attached(host: Host, mdev: Mdev): void;
  detached(host: Host, mdev: Mdev): void;
  hostLost(host: Host, mdev: Mdev, lost: Matrix): void;
  hostGained(host: Host, mdev: Mdev, gained: Matrix): void;
  scanCompleted(host: Host, mdev: Mdev): void;
}
