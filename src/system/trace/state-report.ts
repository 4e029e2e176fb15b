// The whole visible state of a host, as the operation "state" reports it. docs/trace-format.md §5, st.

import { formatApid, formatApqn } from "../ap/apqn.ts";
import { formatMask } from "../ap/mask-text.ts";
import { mdevPath } from "../ap/paths.ts";
import { mdevNames } from "../sysfs/mdev-names.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { StateReport } from "./answer.ts";
import { guestMasks } from "./side-effects.ts";

export function reportState(host: Host, sysfs: Sysfs): StateReport {
  const { state } = host;
  const text = (uuid: string, name: string): string => {
    const read = sysfs.read(`${mdevPath(uuid)}/${name}`);
    return read.ok ? read.value : "";
  };
  const cards = state.cards.ids().map((apid) => {
    const masks = {
      dev: formatMask(state.devices.row(apid)),
      vfio_ap: formatMask(state.vfioBound.row(apid)),
      cex4queue: formatMask(state.cexBound.row(apid)),
    };
    return [formatApid(apid), masks] as const;
  });
  const mdevs = mdevNames(host).map((uuid) => {
    const attributes = {
      ap_config: text(uuid, "ap_config"),
      guest_matrix: text(uuid, "guest_matrix"),
      control_domains: text(uuid, "control_domains"),
    };
    return [uuid, attributes] as const;
  });
  return {
    cards: Object.fromEntries(cards),
    apmask: formatMask(state.apmask),
    aqmask: formatMask(state.aqmask),
    mdevs: Object.fromEntries(mdevs),
    guests: Object.fromEntries(guestMasks(host)),
    irq: host.state.interrupts.queues().map(formatApqn),
  };
}
