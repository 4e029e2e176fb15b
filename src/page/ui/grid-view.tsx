// The grid: a canvas that is painted, a pointer and keys that move on it, and for screen readers the one cell that the cursor is on.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { causeOf } from "../../answers/explain/cause.ts";
import { apidOf, apqiOf, formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { lookAt, queueAt } from "../board/board.ts";
import { queueSentence } from "../board/queue-words.ts";
import {
  type Cell,
  cellAt,
  fitted,
  moved,
  nextSize,
  opening,
  revealed,
  type Viewport,
  within,
  zoomed,
} from "../board/viewport.ts";
import { cellOf, GridPainter, HEAD, sideWidth } from "./grid-painter.ts";
import { usePointer } from "./grid-pointer.ts";
import { type Moment, mdevLabel } from "./moment.ts";
import { select, shownHost } from "./page.ts";
import { type PageState, state } from "./page-state.ts";
import { paintedNow } from "./paints.ts";
import { readPalette } from "./palette.ts";
import { useStore } from "./store.ts";

/** Cells that a key moves by. */
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  PageUp: [0, -8],
  PageDown: [0, 8],
  Home: [-999, 0],
  End: [999, 0],
};

export function GridView({ moment }: { readonly moment: Moment }) {
  const { board, entry, session } = moment;
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<GridPainter | undefined>(undefined);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [wanted, setWanted] = useState<Viewport | undefined>(undefined);
  const [hover, setHover] = useState<Cell | undefined>(undefined);
  const layers = useStore(state, (s: PageState) => s.layers);
  const theme = useStore(state, (s: PageState) => s.theme);
  const selected = useStore(state, (s: PageState) => s.selected);
  const asked = useStore(state, (s: PageState) => s.mdev);
  const [paletteCount, setPaletteCount] = useState(0);

  useEffect(() => {
    const element = area.current;
    if (!element || !canvas.current) return undefined;
    painter.current = new GridPainter(canvas.current, readPalette());
    const watcher = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      // Whole device pixels for every cell: on screens between two scales the browser shrinks the picture.
      painter.current?.resize(width, height, Math.max(1, Math.ceil(devicePixelRatio - 0.01)));
      setSize({ width, height });
    });
    watcher.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => setPaletteCount((count) => count + 1);
    dark.addEventListener("change", repaint);
    return () => {
      watcher.disconnect();
      dark.removeEventListener("change", repaint);
    };
  }, []);

  useEffect(() => {
    if (painter.current) painter.current.palette = readPalette();
    setPaletteCount((count) => count + 1);
  }, [theme]);

  // Another history has another shape: it is shown whole at first.
  useEffect(() => setWanted(undefined), [session]);

  const extent = painter.current?.extent(board) ?? { columns: 1, rows: 1, width: 1, height: 1 };
  const viewport = wanted ? within(wanted, extent) : opening(extent);
  const cursor = selected === undefined ? undefined : cellOf(board, selected);
  const cause = useMemo(() => causeAt(moment, selected, asked), [moment, selected, asked]);
  const scene = {
    board,
    viewport,
    layers,
    cursor,
    hover,
    cause,
    gained: entry.guests.flatMap(({ gained }) => gained),
    lost: entry.guests.flatMap(({ lost }) => lost),
    zeroized: entry.zeroized,
  };
  // At once and not in the next frame: while the grid is dragged every frame counts.
  useLayoutEffect(() => {
    if (size.width === 0) return;
    painter.current?.paint(scene);
    paintedNow();
  }, [
    board,
    viewport.size,
    viewport.x,
    viewport.y,
    layers,
    cursor?.column,
    cursor?.row,
    hover?.column,
    hover?.row,
    cause,
    size,
    paletteCount,
  ]);

  const pointAt = (x: number, y: number): Cell | undefined => {
    const origin = painter.current?.origin(board, viewport);
    return origin && x >= origin.x && y >= origin.y ? cellAt(viewport, extent, x - origin.x, y - origin.y) : undefined;
  };
  usePointer(area, {
    pan: (dx, dy) => setWanted((now) => moved(now ?? viewport, extent, dx, dy)),
    zoom: (factor, x, y) =>
      setWanted((now) => {
        const from = now ?? viewport;
        // Whole sizes: a small step must still be one.
        const near = Math.round(from.size * factor);
        const to = near === from.size ? nextSize(from.size, factor > 1 ? 1 : -1) : near;
        return zoomed(from, extent, to, { x: x - sideWidth(board), y: y - HEAD });
      }),
    hover: (x, y) => setHover(pointAt(x, y)),
    leave: () => setHover(undefined),
    tap: (x, y) => {
      const cell = pointAt(x, y);
      select(cell && queueAt(board, cell.column, cell.row));
      // On a small screen whoever touches a queue wants to know of it.
      if (state.get().panel !== "do") state.set({ panel: "why" });
      area.current?.focus({ preventScroll: true });
    },
    extent: () => ({
      overflows: viewport.size * extent.rows > extent.height || viewport.size * extent.columns > extent.width,
    }),
  });

  const zoomBy = (direction: 1 | -1): void =>
    setWanted(
      zoomed(viewport, extent, nextSize(viewport.size, direction), { x: extent.width / 2, y: extent.height / 2 }),
    );

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = KEYS[event.key];
    if (by) {
      event.preventDefault();
      event.stopPropagation();
      const from = cursor ?? { column: 0, row: 0 };
      const far = event.shiftKey ? 8 : 1;
      const clamp = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
      const column = cursor ? clamp(from.column + by[0] * far, board.adapters.length) : 0;
      const row = cursor ? clamp(from.row + by[1] * far, board.domains.length) : 0;
      select(queueAt(board, column, row));
      setWanted(revealed(viewport, extent, column, row));
    } else if (event.key === "+" || event.key === "=") zoomBy(1);
    else if (event.key === "-") zoomBy(-1);
    else if (event.key === "0") setWanted(fitted(extent));
    else if (event.key === "Escape") select(undefined);
    else if (event.key === "Enter") {
      event.preventDefault();
      state.set({ panel: "why" });
      document.getElementById("why")?.focus();
    }
  };

  const host = shownHost();
  const spoken = hover ?? cursor;
  const sentenceOf = (cell: Cell): string =>
    host ? queueSentence(host, queueAt(board, cell.column, cell.row), (mdev) => mdevLabel(host, session, mdev)) : "";
  return (
    <section class="grid" aria-label="Grid">
      <div
        ref={area}
        class="grid-area"
        role="grid"
        tabIndex={0}
        aria-label="Queues: adapters across, domains down"
        aria-rowcount={board.domains.length + 1}
        aria-colcount={board.adapters.length + 1}
        aria-activedescendant={cursor ? "cell" : undefined}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} aria-hidden="true" />
        <ReadAloud moment={moment} cursor={cursor} sentence={cursor ? sentenceOf(cursor) : ""} />
      </div>
      <div class="grid-foot">
        <p class="grid-status">{spoken ? sentenceOf(spoken) : "Choose a queue to see why it is as it is."}</p>
        <span class="buttons">
          <button type="button" aria-label="Smaller cells" title="Smaller cells (-)" onClick={() => zoomBy(-1)}>
            −
          </button>
          <button
            type="button"
            aria-label="Whole grid"
            title="Whole grid (0)"
            onClick={() => setWanted(fitted(extent))}
          >
            ⤢
          </button>
          <button type="button" aria-label="Larger cells" title="Larger cells (+)" onClick={() => zoomBy(1)}>
            +
          </button>
        </span>
      </div>
    </section>
  );
}

function causeAt({ session }: Moment, selected: PageState["selected"], asked: string | undefined) {
  const host = shownHost();
  if (!host || selected === undefined) return undefined;
  const mdev = (asked === undefined ? undefined : mdevNamed(host, asked)) ?? host.state.ownerOf(selected);
  return mdev && session ? causeOf(host, mdev, selected).because.apqn : undefined;
}

/** The heading row and the cell of the cursor: all that a grid needs for a screen reader, whatever its size. */
function ReadAloud({
  moment: { board },
  cursor,
  sentence,
}: {
  readonly moment: Moment;
  readonly cursor: Cell | undefined;
  readonly sentence: string;
}) {
  const apqn = cursor && queueAt(board, cursor.column, cursor.row);
  return (
    <>
      <div role="row" aria-rowindex={1} class="unseen">
        <span role="columnheader" aria-colindex={cursor ? cursor.column + 2 : 1}>
          {apqn === undefined ? `${board.adapters.length} adapters` : `adapter ${formatApid(apidOf(apqn))}`}
        </span>
      </div>
      {cursor && apqn !== undefined && (
        <div role="row" aria-rowindex={cursor.row + 2} class="unseen">
          <span role="rowheader" aria-colindex={1}>
            domain {formatApqi(apqiOf(apqn))}
            {controlWords(board, cursor.row)}
          </span>
          <span
            role="gridcell"
            id="cell"
            aria-colindex={cursor.column + 2}
            aria-selected="true"
            data-guest={lookAt(board, cursor.column, cursor.row).guest}
          >
            {sentence}
          </span>
        </div>
      )}
    </>
  );
}

function controlWords({ controls, domains }: Moment["board"], row: number): string {
  const apqi = domains[row];
  const numbers = controls
    .filter(({ assigned }) => apqi !== undefined && assigned.has(apqi))
    .map(({ mdev }) => `m${mdev}`);
  return numbers.length === 0 ? "" : `, control domain of ${numbers.join(", ")}`;
}
