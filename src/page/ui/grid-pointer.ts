// Mouse, pen, fingers and wheel on the grid: dragging pans, two fingers and the wheel with Ctrl zoom, a tap selects.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface PointerActions {
  /** The grid moves by this against the direction of the finger. */
  pan(dx: number, dy: number): void;
  /** At a point of the area. */
  zoom(factor: number, x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  tap(x: number, y: number): void;
  /** Whether there is anything to pan to: else the wheel is left to the page, or zooms. */
  extent(): { readonly overflows: boolean };
}

/** A pointer that has moved less than this taps. */
const STILL = 4;
const WHEEL_STEP = 1.15;
const LINE = 32;

interface Finger {
  readonly id: number;
  x: number;
  y: number;
}

export function usePointer(area: RefObject<HTMLElement | null>, actions: PointerActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const element = area.current;
    if (!element) return undefined;
    const stop = new AbortController();
    const { signal } = stop;
    const fingers: Finger[] = [];
    let travelled = 0;
    let apart = 0;
    const place = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };
    const distance = (): number => {
      const [a, b] = fingers;
      return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
    };
    element.addEventListener(
      "pointerdown",
      (event) => {
        if (event.button !== 0) return;
        element.setPointerCapture(event.pointerId);
        fingers.push({ id: event.pointerId, ...place(event) });
        if (fingers.length === 1) travelled = 0;
        apart = distance();
      },
      { signal },
    );
    element.addEventListener(
      "pointermove",
      (event) => {
        const at = place(event);
        const finger = fingers.find(({ id }) => id === event.pointerId);
        if (!finger) {
          latest.current.hover(at.x, at.y);
          return;
        }
        const [dx, dy] = [at.x - finger.x, at.y - finger.y];
        travelled += Math.hypot(dx, dy);
        finger.x = at.x;
        finger.y = at.y;
        if (travelled < STILL) return;
        if (fingers.length === 1) latest.current.pan(-dx, -dy);
        const [a, b] = fingers;
        if (!a || !b) return;
        const now = distance();
        // Cells have whole sizes: only a clear difference counts.
        if (Math.abs(now / apart - 1) < 0.08) return;
        latest.current.zoom(now / apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
        apart = now;
      },
      { signal },
    );
    const up = (event: PointerEvent): void => {
      const at = fingers.findIndex(({ id }) => id === event.pointerId);
      if (at < 0) return;
      const [finger] = fingers.splice(at, 1);
      if (event.type === "pointerup" && finger && travelled < STILL) latest.current.tap(finger.x, finger.y);
    };
    element.addEventListener("pointerup", up, { signal });
    element.addEventListener("pointercancel", up, { signal });
    element.addEventListener("pointerleave", () => latest.current.leave(), { signal });
    element.addEventListener(
      "wheel",
      (event) => {
        const { x, y } = place(event);
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
        if (event.ctrlKey || event.metaKey) {
          event.preventDefault();
          const wanted = event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP;
          latest.current.zoom(wanted, x, y);
        } else if (latest.current.extent().overflows) {
          event.preventDefault();
          const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
          latest.current.pan(dx * unit, dy * unit);
        }
      },
      { signal, passive: false },
    );
    return () => stop.abort();
  }, [area]);
}
