// The canvas of the grid as a part of the page: as large as its area, in the page's colours, painted again when anything on it changes.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Board } from "../board/board.ts";
import { GridPainter, type Scene } from "./grid-painter.ts";
import { usePage } from "./page-state.ts";
import { paintedNow } from "./paints.ts";
import { readPalette } from "./palette.ts";

/** Changes when the canvas itself changes. */
interface Drawn {
  readonly size: { readonly width: number; readonly height: number };
  readonly palettes: number;
}

type PainterRef = RefObject<GridPainter | undefined>;

/** A painter as large as its area, in the colours of the page. */
export function usePainter(
  area: RefObject<HTMLElement | null>,
  canvas: RefObject<HTMLCanvasElement | null>,
): Drawn & { readonly painter: PainterRef } {
  const painter = useRef<GridPainter | undefined>(undefined);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [palettes, setPalettes] = useState(0);
  const { isDark } = usePage("isDark");
  // Before the browser draws the page for the first time: otherwise it would do so twice, first without a grid.
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || !canvas.current) return undefined;
    const made = new GridPainter(canvas.current, readPalette());
    painter.current = made;
    let last = "";
    const fit = () => {
      const { clientWidth: width, clientHeight: height } = element;
      // Every cell takes whole device pixels: on screens with a fractional scale the browser shrinks the picture.
      const scale = Math.max(1, Math.ceil(devicePixelRatio - 0.01));
      const now = [width, height, scale].join();
      if (now === last) return;
      last = now;
      made.resize(width, height, scale);
      setSize({ width, height });
    };
    fit();
    const watcher = new ResizeObserver(fit);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (painter.current) painter.current.palette = readPalette();
    setPalettes((count) => count + 1);
  }, [isDark]);
  return { painter, size, palettes };
}

/** Paints the moment again whenever it or the viewport changes. */
export function usePaint(
  painter: PainterRef,
  { size, palettes }: Drawn,
  board: Board,
  view: Omit<Scene, "board" | "layers">,
): void {
  const { viewport, fold, cursor, hover, cause } = view;
  const { layers } = usePage("layers");
  // At once, not in the next frame: while the grid is dragged, every frame counts.
  useLayoutEffect(() => {
    if (size.width === 0) return;
    painter.current?.paint({
      ...view,
      board,
      layers,
    });
    paintedNow();
  }, [
    board,
    viewport.size,
    viewport.x,
    viewport.y,
    fold?.count,
    view.chosen.length,
    view.chosen[0],
    view.gained,
    layers,
    cursor?.column,
    cursor?.row,
    hover?.column,
    hover?.row,
    cause,
    size,
    palettes,
  ]);
}
