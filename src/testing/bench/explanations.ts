// Explaining every queue of the largest host: 256 adapters, 256 domains, 64 guests with four adapters and all domains each.

import { explain } from "../../answers/explain/explain.ts";
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { unbind } from "../../system/bus/manual-binding.ts";
import { closeMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { addGuests, bootBenchHost } from "./bench-host.ts";
import { measureRound, type Timing } from "./measure.ts";

const ALL = 256;
const GUESTS = 64;

/** @returns how many queues were explained */
export function explainAll(host: Host): number {
  let queues = 0;
  for (let n = 0; n < host.state.mdevCount; n++) queues += explain(host, host.state.mdevAt(n)).length;
  return queues;
}

function hostWith(holesOfAnAdapter: number): Host {
  const host = bootBenchHost(ALL, GUESTS, DEFAULT_PROFILE);
  addGuests(host, ALL, GUESTS);
  for (let adapter = 0; adapter < ALL; adapter++) {
    for (let hole = 0; hole < holesOfAnAdapter; hole++) {
      unbind(host, "vfio_ap", { kind: "queue", apqn: apqnOf(asApid(adapter), asApqi((adapter + hole * 8) % ALL)) });
    }
  }
  return host;
}

function stopped(host: Host): Host {
  for (let n = 0; n < host.state.mdevCount; n++) closeMdev(host, host.state.mdevAt(n));
  return host;
}

export function measureExplanations(rounds: number): readonly Timing[] {
  const hosts: readonly (readonly [string, Host])[] = [
    ["all is plugged", hostWith(0)],
    ["no guest runs", stopped(hostWith(0))],
    ["every adapter has a hole", hostWith(1)],
    ["every adapter has 32 holes", hostWith(32)],
  ];
  return measureRound(
    hosts.map(([name, host]) => [name, () => explainAll(host)] as const),
    rounds,
  );
}
