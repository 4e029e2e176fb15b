// The writes that an administrator could try, one at a time: a fix of several writes is compared with these.
import { apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** Every single write that could help: to drivers, masks, overrides, the bus, and to the mdev, as long as it only gains. */
export function* singleWrites({ state }: Host, uuid: string): Generator<readonly [path: string, value: string]> {
  const own = `devices/vfio_ap/matrix/${uuid}`;
  yield ["bus/ap/scans", "1"];
  for (const id of state.info.apm.ids()) {
    yield [`bus/ap/apmask`, `-${id}`];
    yield [`${own}/assign_adapter`, `${id}`];
    for (const domain of state.info.aqm.ids()) {
      const queue = formatApqn(apqnOf(id, domain));
      yield [`bus/ap/drivers/vfio_ap/bind`, queue];
      for (const driver of ["vfio_ap", "cex4queue"]) yield [`bus/ap/drivers/${driver}/unbind`, queue];
      for (const name of ["vfio_ap", "\n"]) yield [`bus/ap/devices/${queue}/driver_override`, name];
    }
  }
  for (const id of state.info.aqm.ids()) {
    yield [`bus/ap/aqmask`, `-${id}`];
    yield [`${own}/assign_domain`, `${id}`];
  }
}

/** Those that also take something from somebody: other masks, drivers and mdevs. */
export function* takingWrites({ state }: Host): Generator<readonly [path: string, value: string]> {
  for (const id of state.info.apm.ids()) yield ["bus/ap/apmask", `+${id}`];
  for (const id of state.info.aqm.ids()) yield ["bus/ap/aqmask", `+${id}`];
  for (const id of state.cards.ids()) {
    for (const domain of state.info.aqm.ids()) {
      const queue = formatApqn(apqnOf(id, domain));
      yield ["bus/ap/drivers/cex4queue/bind", queue];
      yield [`bus/ap/devices/${queue}/driver_override`, "cex4queue"];
    }
  }
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    const at = `devices/vfio_ap/matrix/${mdevName(mdev)}`;
    for (const id of mdev.matrix.apm.ids()) yield [`${at}/unassign_adapter`, `${id}`];
    for (const id of mdev.matrix.aqm.ids()) yield [`${at}/unassign_domain`, `${id}`];
  }
}
