// Keys that work everywhere on the page, except where text is typed.
import { goIn, goOut } from "./going-inside.ts";
import { goTo, select, showOnly, showPanel, showSession, step, toggleLayer, toggleReference } from "./page.ts";
import { type DialogName, offeredLayers, state } from "./page-state.ts";

/** For the list of keys. */
export const KEYS: readonly (readonly [readonly string[], string])[] = [
  [["←", "↑", "→", "↓"], "in the grid: to the next queue; with Shift by eight"],
  [["Enter"], "in the grid: to the reason"],
  [["+", "−", "0"], "in the grid: larger cells, smaller cells, the whole grid"],
  [[",", "."], "one step back, one step on"],
  [["Space"], "play or pause"],
  [["l"], "to the last step, and stay there"],
  [["m"], "compare what is shown with this moment, or no longer"],
  [["s"], "in the grid: choose all queues from here to where the cursor goes"],
  [["b"], "branch: go on from this moment in a history of its own"],
  [["1", "2", "3", "4", "5"], "layers: machine, host, mdev, guest, inside; with Shift this one alone"],
  [["i", "u"], "inside the guest of the mdev that is chosen, or the first one; out of it again"],
  [["g"], "to the grid"],
  [["/"], "search"],
  [["t", "q", "h", "c"], "trouble, queue, history, console"],
  [["o"], "open"],
  [["e"], "save"],
  [["Esc"], "choose no queue"],
  [["?"], "this list"],
];

const openDialog = (dialog: DialogName) => () => state.set({ dialog });

const ACTIONS: Readonly<Record<string, () => void>> = {
  ",": () => step(-1),
  ".": () => step(1),
  " ": () => state.set({ isPlaying: !state.get().isPlaying }),
  l: () => goTo(state.get().session?.last ?? 0),
  b: () => {
    const { session, index } = state.get();
    if (session) showSession(session.branch(index).within(session.path));
  },
  i: () => goIn(),
  u: goOut,
  m: toggleReference,
  g: () => document.querySelector<HTMLElement>(".grid-area")?.focus(),
  "/": () => document.getElementById("search")?.focus(),
  t: () => showPanel("trouble", ".trouble"),
  q: () => showPanel("queue", "#why"),
  h: () => showPanel("history", ".row[aria-current]"),
  c: () => showPanel("console", "#console"),
  o: openDialog("gallery"),
  e: openDialog("export"),
  "?": openDialog("keys"),
  Escape: () => select(undefined),
};

/** Elements that use these keys themselves. */
const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("input:not([type=range]), select, textarea, dialog") !== null;
const takesSpace = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("button, summary, a") !== null;

export function listenForKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    if (event.key === " " && takesSpace(event.target)) return;
    // By place on the keyboard: with Shift, digits are other characters.
    const layer = offeredLayers()[Number(/^Digit(\d)$/.exec(event.code)?.[1] ?? event.key) - 1];
    const change = event.shiftKey ? showOnly : toggleLayer;
    const action = layer ? () => change(layer) : ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
