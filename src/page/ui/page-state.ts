// The state of the page: which history, which moment, which queue, which layers. What can be done to it is in page.ts.
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Foretold } from "../../history/timeline/foretell.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Session } from "./session.ts";

/** The last one is there only where guests have a Linux of their own. */
export const LAYERS = ["machine", "host", "mdev", "guest", "inside"] as const;
export type Layer = (typeof LAYERS)[number];
export type Layers = Readonly<Record<Layer, boolean>>;
export const ALL_LAYERS: Layers = { machine: true, host: true, mdev: true, guest: true, inside: true };

/** Those that there are: what guests see inside is only there where they have a Linux. */
export const offeredLayers = (): readonly Layer[] =>
  shown.session?.timeline.hasInside ? LAYERS : LAYERS.filter((layer) => layer !== "inside");

/** Those that are chosen. None would look like a broken page: then it is all. */
export function layersWhere(isOn: (layer: Layer) => boolean): Layers {
  const offered = offeredLayers();
  if (!offered.some(isOn)) return ALL_LAYERS;
  return {
    machine: isOn("machine"),
    host: isOn("host"),
    mdev: isOn("mdev"),
    guest: isOn("guest"),
    inside: isOn("inside") || !offered.includes("inside"),
  };
}

/** One of these stands beside the grid, or below it on a small screen. */
export const PANELS = ["trouble", "queue", "history", "console"] as const;
export type PanelName = (typeof PANELS)[number];
/** Which rows and columns are seen: all, those that are assigned to somebody, those of the mdev that is chosen. */
export const SCOPES = ["all", "used", "guest"] as const;
export type Scope = (typeof SCOPES)[number];
/** Which steps of a history are listed. */
export const STEP_KINDS = ["all", "guests", "zeroized", "refused"] as const;
export interface StepFilter {
  readonly kind: (typeof STEP_KINDS)[number];
  /** A part of what they say, in lower case. */
  readonly text: string;
}
export const ALL_STEPS: StepFilter = { kind: "all", text: "" };
export type DialogName = "gallery" | "keys" | "export";
export type Theme = "auto" | "light" | "dark";

export interface Notice {
  readonly text: string;
  /** Something did not work. */
  readonly isBad: boolean;
  /** What can be done about it. */
  readonly action?: { readonly title: string; readonly run: () => void };
}

/** Something that was typed or clicked, and the answer. */
export interface Said {
  readonly id: number;
  readonly command: string;
  readonly lines: readonly string[];
  readonly isError: boolean;
}

/** An action that takes queues from running guests. */
export interface Hurting extends Foretold {
  /** What was typed or clicked. */
  readonly command: string;
  readonly goOn: () => void;
}

export interface Reference {
  readonly session: Session;
  readonly index: number;
}

/** What it is at first is written with each member. */
class PageState {
  readonly sessions: readonly Session[] = [];
  readonly session: Session | undefined = undefined;
  /** Number of entries, so that components see it grow. */
  readonly length: number = 0;
  /** The entry whose moment is shown. */
  readonly index: number = 0;
  /** The moment that is shown stays the last one as the history grows. */
  readonly follows: boolean = true;
  readonly selected: Apqn | undefined = undefined;
  /** The other corner of several queues that are chosen; undefined: only `selected` is. */
  readonly corner: Apqn | undefined = undefined;
  /** The moment that the one that is shown is compared with; undefined: the one before it. */
  readonly reference: Reference | undefined = undefined;
  /** UUID of the mdev that questions are about; undefined: the one that has the queue. */
  readonly mdev: string | undefined = undefined;
  readonly layers: Layers = ALL_LAYERS;
  readonly theme: Theme = "auto";
  /** What the theme amounts to, with the system as it is now. */
  readonly isDark: boolean = false;
  readonly panel: PanelName = "trouble";
  readonly scope: Scope = "all";
  readonly steps: StepFilter = ALL_STEPS;
  /** An action that takes queues from running guests, and waits for a yes. */
  readonly hurting: Hurting | undefined = undefined;
  readonly dialog: DialogName | undefined = undefined;
  readonly isPlaying: boolean = false;
  readonly said: readonly Said[] = [];
  /** A sentence that everybody should see. */
  readonly notice: Notice | undefined = undefined;
  /** Why the history does not come. */
  readonly trouble: string | undefined = undefined;
  readonly isLoading: boolean = true;
}

let shown: PageState = new PageState();
const followers = new Set<() => void>();

/** The one state of the page: read, changed, and followed. */
export const state = {
  get: (): PageState => shown,
  /** Some members replaced. */
  set(change: Partial<PageState>): void {
    shown = { ...shown, ...change };
    for (const follower of followers) follower();
  },
  /** @returns a function that ends it */
  follow(follower: () => void): () => void {
    followers.add(follower);
    return () => void followers.delete(follower);
  },
} as const;

/** Shows a sentence to everybody. */
export const notify = (text: string, isBad: boolean): void => state.set({ notice: { text, isBad } });

/** These members of the state; the component is drawn again when one of them is another. */
export function usePage<Name extends keyof PageState>(...names: readonly Name[]): Pick<PageState, Name> {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const drawn = state.get();
  const last = useRef(drawn);
  last.current = drawn;
  useEffect(() => {
    const look = () => {
      if (names.some((name) => state.get()[name] !== last.current[name])) redraw(undefined);
    };
    // It may have changed between drawing and now.
    look();
    return state.follow(look);
  }, []);
  return drawn;
}
