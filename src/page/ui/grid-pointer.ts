// Mouse, pen, fingers and wheel on the grid: dragging pans, two fingers or the wheel with Ctrl zoom, a tap selects.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PointerActions {
  /** The grid moves by this against the direction of the finger. */
  pan(dx: number, dy: number): void;
  /** At a point of the area. */
  zoom(factor: number, x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  /** @param isMore with Shift: all up to here */
  tap(x: number, y: number, isMore: boolean): void;
  /** Whether the grid is larger than its area: if not, the wheel is left to the page. */
  extent(): { readonly overflows: boolean };
}

/** A pointer that moved less than this many pixels has tapped. */
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
    const gesture = new Gesture(element, () => latest.current);
    const listen = <K extends keyof HTMLElementEventMap>(type: K, heard: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(type, heard, { signal: stop.signal, passive: false });
    listen("pointerdown", (event) => gesture.down(event));
    listen("pointermove", (event) => gesture.move(event));
    listen("pointerup", (event) => gesture.up(event));
    listen("pointercancel", (event) => gesture.up(event));
    listen("pointerleave", () => latest.current.leave());
    listen("wheel", (event) => gesture.wheel(event));
    return () => stop.abort();
  }, [area]);
}

/** The fingers that are down, and what they have done so far. */
class Gesture {
  readonly #element: HTMLElement;
  readonly #actions: () => PointerActions;
  readonly #fingers: Finger[] = [];
  #travelled = 0;
  #apart = 0;

  constructor(element: HTMLElement, actions: () => PointerActions) {
    this.#element = element;
    this.#actions = actions;
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#fingers.push({ id: event.pointerId, ...this.#place(event) });
    if (this.#fingers.length === 1) this.#travelled = 0;
    this.#apart = this.#distance();
  }

  move(event: PointerEvent): void {
    const at = this.#place(event);
    const finger = this.#fingers.find(({ id }) => id === event.pointerId);
    if (!finger) {
      this.#actions().hover(at.x, at.y);
      return;
    }
    const [dx, dy] = [at.x - finger.x, at.y - finger.y];
    this.#travelled += Math.hypot(dx, dy);
    finger.x = at.x;
    finger.y = at.y;
    if (this.#travelled < STILL) return;
    if (this.#fingers.length === 1) this.#actions().pan(-dx, -dy);
    const [a, b] = this.#fingers;
    if (!a || !b) return;
    const now = this.#distance();
    // Cells have whole sizes, so only a clear difference counts.
    if (Math.abs(now / this.#apart - 1) < 0.08) return;
    this.#actions().zoom(now / this.#apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
    this.#apart = now;
  }

  /** A finger is lifted, or the browser takes it over. */
  up(event: PointerEvent): void {
    const at = this.#fingers.findIndex(({ id }) => id === event.pointerId);
    if (at < 0) return;
    const [finger] = this.#fingers.splice(at, 1);
    if (event.type === "pointerup" && finger && this.#travelled < STILL)
      this.#actions().tap(finger.x, finger.y, event.shiftKey);
  }

  wheel(event: WheelEvent): void {
    const { x, y } = this.#place(event);
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.#actions().zoom(event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, x, y);
    } else if (this.#actions().extent().overflows) {
      event.preventDefault();
      const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      this.#actions().pan(dx * unit, dy * unit);
    }
  }

  #place({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #distance(): number {
    const [a, b] = this.#fingers;
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }
}
