// Kernels before 6.0: a guest gets the matrix as it stands when it starts, and keeps it whatever happens. While it runs
// nothing can be assigned. docs/kernel/versions.md §1.
import { clearMatrix, setMatrix } from "../ap/matrix.ts";
import { updateGuest } from "./guest-masks.ts";
import type { ShadowRule } from "./shadow-rule.ts";
import { dropLinks } from "./unlink.ts";

const nothing = (): void => {};

export const noShadow: ShadowRule = {
  adapterAssigned: nothing,
  domainAssigned: nothing,
  controlDomainAssigned: nothing,
  controlDomainUnassigned: nothing,
  unassignAdapters: (host, mdev, adapters) => dropLinks(host, adapters, mdev.matrix.aqm),
  unassignDomains: (host, mdev, domains) => dropLinks(host, mdev.matrix.apm, domains),
  queueBound: nothing,
  queueLeaves: () => false,
  attached(host, mdev) {
    setMatrix(mdev.shadow, mdev.matrix);
    updateGuest(host, mdev);
  },
  detached: (_host, mdev) => clearMatrix(mdev.shadow),
  hostLost: nothing,
  hostGained: nothing,
  scanCompleted: nothing,
};
