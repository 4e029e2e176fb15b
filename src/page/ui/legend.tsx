// What the signs of the grid mean: those that occur in it, or have occurred.
import { useEffect, useRef, useState } from "preact/hooks";
import { isUseless, type Look } from "../board/board.ts";
import type { Moment } from "./moment.ts";
import { type Layer, type Layers, usePage } from "./page-state.ts";
import { readPalette } from "./palette.ts";
import type { Session } from "./session.ts";
import { drawLook } from "./sprites.ts";

const SIZE = 18;

/** What a sign means, the layer that it is of, and the looks that have it. */
type Meaning = readonly [means: string, layer: Layer, isMeant: (look: Look) => boolean];

/** Looks of queues that some mdev has, or none. */
const owned = (isMeant: Meaning[2]) => (look: Look) => look.mdev > 0 && isMeant(look);
const free = (isMeant: Meaning[2]) => (look: Look) => look.mdev === 0 && isMeant(look);
const driverIs = (wanted: Look["driver"]) => (look: Look) => look.driver === wanted;
const machineIs = (wanted: Look["machine"]) => (look: Look) => look.machine === wanted;
const withoutDevice = (wanted: Look["machine"]) =>
  free(({ machine, driver }) => machine === wanted && driver === "no-device");

/** In the order of a queue's way to a guest. */
const MEANINGS: readonly Meaning[] = [
  ["in the guest", "guest", (look) => look.guest === "plugged" && !isUseless(look)],
  ["would be, if the guest ran", "guest", ({ guest }) => guest === "ready"],
  ["in a guest that cannot use it", "guest", isUseless],
  [
    "assigned, but filtered out",
    "guest",
    (look) => look.guest === "held-back" && look.driver === "vfio-ap" && !look.resetFailed,
  ],
  ["assigned, but no driver has it", "host", owned(driverIs("unbound"))],
  ["assigned, but there is no such queue", "mdev", owned(driverIs("no-device"))],
  ["assigned, but with the host", "host", owned(driverIs("host"))],
  ["with vfio_ap, not assigned", "host", free(driverIs("vfio-ap"))],
  ["no driver has it", "host", free(driverIs("unbound"))],
  ["the host's", "host", free(driverIs("host"))],
  ["the host's, offline", "host", driverIs("host-offline")],
  ["given, but its bus has not noticed", "inside", ({ inside }) => inside === "not-noticed"],
  ["its bus still shows it, which is gone", "inside", ({ stillShown }) => stillShown],
  ["its bus shows it, no driver there has it", "inside", ({ inside }) => inside === "unused"],
  ["given, but gone from a machine beneath", "inside", ({ inside }) => inside === "withheld"],
  ["given, but its bus makes no device of it", "inside", ({ inside }) => inside === "no-device"],
  ["bound to this Secure Execution guest", "host", ({ secure }) => secure === "bound"],
  ["not bound to this Secure Execution guest", "host", ({ secure }) => secure === "unbound"],
  ["of no use to a Secure Execution guest", "host", ({ secure }) => secure === "unusable"],
  ["its last reset failed", "host", ({ resetFailed }) => resetFailed],
  ["card in standby", "machine", machineIs("standby")],
  ["card check-stopped", "machine", machineIs("checkstopped")],
  ["gone from the machine, not noticed yet", "machine", machineIs("leaving")],
  ["in the machine, no device yet", "machine", withoutDevice("there")],
  ["not in the machine", "machine", withoutDevice("absent")],
];

/** A sign stands for one thing: everything else about its queue is left out. */
const ofMachine = (look: Look): Look => ({
  ...look,
  ...{ driver: "no-device", mdev: 0, guest: "none", resetFailed: false },
  ...{ inside: "none", stillShown: false, secure: "none" },
});

/** What else a queue may have, each left out if the sign means the same without it. */
const MORE: readonly Partial<Look>[] = [
  { resetFailed: false },
  { inside: "none" },
  { stillShown: false },
  { secure: "none" },
];

function inOrder(look: Look, isMeant: Meaning[2]): Look {
  // What makes it useless is left as it is.
  let plain: Look = isUseless(look) ? look : { ...look, machine: look.machine === "absent" ? "absent" : "there" };
  for (const without of MORE) {
    const plainer = { ...plain, ...without };
    if (isMeant(plainer)) plain = plainer;
  }
  return plain;
}

/** Marks of what a step has done, which lie over the cells. */
const CHANGES = [
  ["gained", "+"],
  ["lost", "−"],
  ["zeroized", "0"],
] as const;
type Change = (typeof CHANGES)[number][0];

interface Seen {
  readonly looks: Map<Meaning, Look>;
  readonly changes: Set<Change>;
}

/** Signs that a history has shown stay in its legend: otherwise the grid above it would move up and down as time passes. */
const seen = new WeakMap<Session, Seen>();

function seenBy({ session, board, entry }: Moment): Seen {
  const known = seen.get(session) ?? { looks: new Map(), changes: new Set() };
  seen.set(session, known);
  for (const meaning of MEANINGS) {
    if (known.looks.has(meaning)) continue;
    const [, layer, isMeant] = meaning;
    const look = board.looks.find(isMeant);
    if (look) known.looks.set(meaning, layer === "machine" ? ofMachine(look) : inOrder(look, isMeant));
  }
  if (entry.guests.some(({ gained }) => gained.length > 0)) known.changes.add("gained");
  if (entry.guests.some(({ lost }) => lost.length > 0)) known.changes.add("lost");
  if (entry.zeroized.length > 0) known.changes.add("zeroized");
  return known;
}

export function Legend({ moment }: { readonly moment: Moment }) {
  const { layers } = usePage("layers");
  const [isOpen, setOpen] = useState(false);
  const { board } = moment;
  const { looks, changes } = seenBy(moment);
  const shown = MEANINGS.flatMap((meaning) => {
    const [means, layer] = meaning;
    const look = layers[layer] ? looks.get(meaning) : undefined;
    return look ? [{ means, look }] : [];
  });
  return (
    <div class="legend-line">
      <ul class={`legend ${isOpen ? "open" : ""}`} aria-label="What the signs mean" tabIndex={0}>
        {shown.map(({ means, look }) => (
          <li key={means}>
            <Sign look={look} layers={layers} />
            {means}
          </li>
        ))}
        {!board.machineControls.isEmpty() && (
          <li>
            <span class="machine-control-sign" aria-hidden="true">
              C
            </span>
            control domain of the host
          </li>
        )}
        {(layers.mdev || layers.guest) && board.controls.length > 0 && (
          <li>
            <span class="control-sign" aria-hidden="true" />
            control domain of an mdev; hollow: not in its guest
          </li>
        )}
        {CHANGES.filter(([change]) => changes.has(change)).map(([change, sign]) => (
          <li key={change}>
            <span class={`change-sign ${change}`} aria-hidden="true">
              {sign}
            </span>
            just {change}
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? "less" : "more …"}
      </button>
    </div>
  );
}

function Sign({ look, layers }: { readonly look: Look; readonly layers: Layers }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { isDark } = usePage("isDark");
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen) return;
    const scale = Math.max(2, devicePixelRatio);
    element.width = SIZE * scale;
    element.height = SIZE * scale;
    pen.scale(scale, scale);
    drawLook(pen, look, { size: SIZE, layers, palette: readPalette() });
  }, [look, layers, isDark]);
  return <canvas ref={canvas} class="sign" aria-hidden="true" />;
}
