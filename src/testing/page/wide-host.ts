// The largest host there is, as a trace: 256 adapters, 256 domains, 64 mdevs with a guest each, and a few queues in trouble.

import { Timeline } from "../../history/timeline/timeline.ts";
import { traceText } from "../../history/timeline/write-out.ts";
import { apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";

const ALL = 256;
/** Mdevs form blocks: this many side by side. */
const ACROSS = 8;
const MATRIX = "devices/vfio_ap/matrix";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

const power = (): Operation => ({
  op: "init",
  apxa: true,
  qci: true,
  maxAdapter: ALL - 1,
  maxDomain: ALL - 1,
  type: 13,
  types: new Map(),
  modes: new Map(),
  serials: new Map(),
  apm: maskOf(upTo(ALL).map(asApid)),
  aqm: maskOf(upTo(ALL).map(asApqi)),
  adm: maskOf(upTo(ALL).map(asControlDomain)),
  apmask: "0x0",
  aqmask: undefined,
  hostDrivers: "zcrypt",
});

const uuidOf = (n: number): string => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

function mdev(n: number): readonly Operation[] {
  const side = ALL / ACROSS;
  // A strip of each block stays free, so that the picture has edges.
  const [left, top] = [(n % ACROSS) * side, Math.floor(n / ACROSS) * side];
  const ids = (from: number) => upTo(side - 4).map((id) => from + id);
  const masks = [
    formatMask(maskOf(ids(left) as Apid[])),
    formatMask(maskOf(ids(top) as Apqi[])),
    formatMask(maskOf(ids(top).slice(0, 3) as ControlDomain[])),
  ];
  return [
    { op: "write", path: `${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, value: `${uuidOf(n + 1)}\n` },
    { op: "write", path: `${MATRIX}/${uuidOf(n + 1)}/ap_config`, value: `${masks.join(",")}\n` },
    { op: "open", guest: `g${n + 1}`, mdev: uuidOf(n + 1) },
  ];
}

/** @returns the text of a trace */
export function wideTrace(mdevs = ACROSS * ACROSS): string {
  const trouble = upTo(40).map(
    (n): Operation => ({
      op: "write",
      path: "bus/ap/drivers/vfio_ap/unbind",
      value: `${formatApqn(apqnOf(asApid((n * 37) % ALL), asApqi((n * 53) % ALL)))}\n`,
    }),
  );
  const timeline = Timeline.of(DEFAULT_PROFILE, [power(), ...upTo(mdevs).flatMap(mdev), ...trouble]);
  return traceText(timeline, timeline.entries.length - 1, "256x256x64");
}
