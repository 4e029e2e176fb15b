// What the signs of the grid mean: those that occur in it, or did.
import { useEffect, useRef } from "preact/hooks";
import type { Look } from "../board/board.ts";
import type { Moment } from "./moment.ts";
import { type Layers, type PageState, state } from "./page-state.ts";
import { readPalette } from "./palette.ts";
import type { Session } from "./session.ts";
import { drawLook } from "./sprites.ts";
import { useStore } from "./store.ts";

const SIZE = 18;

interface Meaning {
  readonly means: string;
  readonly isMeant: (look: Look) => boolean;
  readonly layer: keyof Layers;
}

const vfio = ({ driver }: Look): boolean => driver === "vfio-ap";

/** In the order of a queue's way to a guest. */
const MEANINGS: readonly Meaning[] = [
  { means: "in the guest", layer: "guest", isMeant: ({ guest }) => guest === "plugged" },
  { means: "would be, if the guest ran", layer: "guest", isMeant: ({ guest }) => guest === "ready" },
  {
    means: "assigned, but filtered out",
    layer: "guest",
    isMeant: (look) => look.guest === "held-back" && vfio(look) && !look.resetFailed,
  },
  {
    means: "assigned, but no driver has it",
    layer: "host",
    isMeant: ({ mdev, driver }) => mdev > 0 && driver === "unbound",
  },
  {
    means: "assigned, but there is no such queue",
    layer: "mdev",
    isMeant: ({ mdev, driver }) => mdev > 0 && driver === "no-device",
  },
  { means: "assigned, but with the host", layer: "host", isMeant: ({ mdev, driver }) => mdev > 0 && driver === "host" },
  { means: "with vfio_ap, not assigned", layer: "host", isMeant: (look) => look.mdev === 0 && vfio(look) },
  { means: "no driver has it", layer: "host", isMeant: ({ mdev, driver }) => mdev === 0 && driver === "unbound" },
  { means: "the host's", layer: "host", isMeant: ({ mdev, driver }) => mdev === 0 && driver === "host" },
  { means: "the host's, offline", layer: "host", isMeant: ({ driver }) => driver === "host-offline" },
  { means: "its last reset failed", layer: "host", isMeant: ({ resetFailed }) => resetFailed },
  { means: "card in standby", layer: "machine", isMeant: ({ machine }) => machine === "standby" },
  { means: "card check-stopped", layer: "machine", isMeant: ({ machine }) => machine === "checkstopped" },
  {
    means: "gone from the machine, not noticed yet",
    layer: "machine",
    isMeant: ({ machine }) => machine === "leaving",
  },
  {
    means: "in the machine, no device yet",
    layer: "machine",
    isMeant: ({ machine, driver, mdev }) => machine === "there" && driver === "no-device" && mdev === 0,
  },
  {
    means: "not in the machine",
    layer: "machine",
    isMeant: ({ machine, driver, mdev }) => machine === "absent" && driver === "no-device" && mdev === 0,
  },
];

/** A sign stands for one thing: all else about its queue is left out. */
const ofMachine = (look: Look): Look => ({ ...look, driver: "no-device", mdev: 0, guest: "none", resetFailed: false });

function inOrder(look: Look, isMeant: Meaning["isMeant"]): Look {
  const plain: Look = { ...look, machine: look.machine === "absent" ? "absent" : "there" };
  return isMeant({ ...plain, resetFailed: false }) ? { ...plain, resetFailed: false } : plain;
}

/** Marks of what a step has done, which lie over the cells. */
const CHANGES = { gained: "+", lost: "−", zeroized: "0" } as const;
type Change = keyof typeof CHANGES;

interface Seen {
  readonly looks: Map<Meaning, Look>;
  readonly changes: Set<Change>;
}

/** Signs that a history has shown stay in its legend: else the grid above it would move up and down as time goes by. */
const seen = new WeakMap<Session, Seen>();

function seenBy({ session, board, entry }: Moment): Seen {
  const known = seen.get(session) ?? { looks: new Map(), changes: new Set() };
  seen.set(session, known);
  for (const meaning of MEANINGS) {
    if (known.looks.has(meaning)) continue;
    const { isMeant, layer } = meaning;
    const look = board.looks.find(isMeant);
    if (look) known.looks.set(meaning, layer === "machine" ? ofMachine(look) : inOrder(look, isMeant));
  }
  if (entry.guests.some(({ gained }) => gained.length > 0)) known.changes.add("gained");
  if (entry.guests.some(({ lost }) => lost.length > 0)) known.changes.add("lost");
  if (entry.zeroized.length > 0) known.changes.add("zeroized");
  return known;
}

export function Legend({ moment }: { readonly moment: Moment }) {
  const layers = useStore(state, (s: PageState) => s.layers);
  const { board } = moment;
  const { looks, changes } = seenBy(moment);
  const shown = MEANINGS.flatMap((meaning) => {
    const look = layers[meaning.layer] ? looks.get(meaning) : undefined;
    return look ? [{ means: meaning.means, look }] : [];
  });
  return (
    <ul class="legend" aria-label="What the signs mean" tabIndex={0}>
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
      {(Object.keys(CHANGES) as Change[])
        .filter((change) => changes.has(change))
        .map((change) => (
          <li key={change}>
            <span class={`change-sign ${change}`} aria-hidden="true">
              {CHANGES[change]}
            </span>
            just {change}
          </li>
        ))}
    </ul>
  );
}

function Sign({ look, layers }: { readonly look: Look; readonly layers: Layers }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useStore(state, (s: PageState) => s.theme);
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen) return;
    const scale = Math.max(2, devicePixelRatio);
    element.width = SIZE * scale;
    element.height = SIZE * scale;
    pen.scale(scale, scale);
    drawLook(pen, look, { size: SIZE, layers, palette: readPalette() });
  }, [look, layers, theme]);
  return <canvas ref={canvas} class="sign" aria-hidden="true" />;
}
