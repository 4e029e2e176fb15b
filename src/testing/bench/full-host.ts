// Single operations on the largest host there can be: 256 adapters, 256 domains, one running guest that has all 65,536 queues.
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { newMask } from "../../system/ap/mask.ts";
import { bind, unbind } from "../../system/bus/manual-binding.ts";
import { scan } from "../../system/bus/scan.ts";
import { changeMasks } from "../../system/machine/hardware.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { restore, sameState, snapshot } from "../../system/machine/snapshot.ts";
import { writeApConfig } from "../../system/vfio-ap/ap-config.ts";
import { assignAdapter, assignControlDomain, assignDomain } from "../../system/vfio-ap/assign.ts";
import { resetMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { unassignAdapter, unassignControlDomain, unassignDomain } from "../../system/vfio-ap/unassign.ts";
import { addGuests, bootBenchHost } from "./bench-host.ts";
import { bytesPerStep, measureRound, type Timing } from "./measure.ts";

const ALL = 256;
/** Some queue, adapter and domain in the middle. */
const APID = asApid(0x54);
const APQI = asApqi(0x47);
const QUEUE = { kind: "queue", apqn: apqnOf(APID, APQI) } as const;

interface FullHost {
  readonly host: Host;
  readonly mdev: Mdev;
}

export function bootFullHost(): FullHost {
  const host = bootBenchHost(ALL, 1, DEFAULT_PROFILE);
  const [mdev] = addGuests(host, ALL, 1);
  return { host, mdev: mdev as Mdev };
}

type Steps = readonly (readonly [string, () => void])[];

/** Every row undoes what the one before it did. */
function pairs({ host, mdev }: FullHost): readonly Steps[] {
  const { matrix } = mdev;
  return [
    [
      ["unbind a queue", () => unbind(host, "vfio_ap", QUEUE)],
      ["bind a queue", () => bind(host, "vfio_ap", QUEUE)],
    ],
    [
      ["unassign_domain", () => unassignDomain(host, mdev, APQI)],
      ["assign_domain", () => assignDomain(host, mdev, APQI)],
    ],
    [
      ["unassign_adapter", () => unassignAdapter(host, mdev, APID)],
      ["assign_adapter", () => assignAdapter(host, mdev, APID)],
    ],
    [
      ["assign_control_domain", () => assignControlDomain(host, mdev, asControlDomain(APQI))],
      ["unassign_control_domain", () => unassignControlDomain(host, mdev, asControlDomain(APQI))],
    ],
    [["ap_config, unchanged", () => writeApConfig(host, mdev, matrix)]],
    [["VFIO reset of all queues", () => resetMdev(host, mdev)]],
    [["scan, nothing changed", () => scan(host)]],
    configurationChange({ host, mdev }),
  ];
}

function configurationChange({ host }: FullHost): Steps {
  const { machine } = host.state;
  const without = newMask<typeof APID>();
  without.copy(machine.apm);
  without.remove(APID);
  const all = newMask<typeof APID>();
  all.copy(machine.apm);
  const change = (apm: typeof all) => {
    changeMasks(host.state, { apm, aqm: machine.aqm, adm: machine.adm });
    scan(host);
  };
  return [
    ["scan after an adapter left", () => change(without)],
    ["scan after it came back", () => change(all)],
  ];
}

export function measureFullHost(rounds: number): readonly Timing[] {
  return pairs(bootFullHost()).flatMap((steps) => measureRound(steps, rounds));
}

export function measureSnapshots(rounds: number): readonly Timing[] {
  const { host } = bootFullHost();
  let saved = snapshot(host.state);
  return measureRound(
    [
      [
        "snapshot",
        () => {
          saved = snapshot(host.state);
        },
      ],
      ["restore", () => restore(host.state, saved)],
      ["compare", () => sameState(saved, host.state.words)],
    ],
    rounds,
  );
}

/** Heap bytes that steps allocate, by name. Scans after a change are left out: the bench makes their masks. */
export async function measureAllocation(): Promise<readonly (readonly [string, number])[]> {
  const measured: (readonly [string, number])[] = [];
  for (const steps of pairs(bootFullHost()).slice(0, -1)) {
    const round = () => {
      for (const [, step] of steps) step();
    };
    measured.push([steps.map(([name]) => name).join(", "), await bytesPerStep(round, 5000)]);
  }
  return measured;
}
