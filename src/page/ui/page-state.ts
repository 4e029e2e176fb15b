// All that the page is in: which history, which moment, which queue, which layers. What can be done to it stands in page.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Session } from "./session.ts";
import { Store } from "./store.ts";

export const LAYERS = ["machine", "host", "mdev", "guest"] as const;
export type Layer = (typeof LAYERS)[number];
export type Layers = Readonly<Record<Layer, boolean>>;

/** On a small screen one of these is below the grid. */
export type Panel = "why" | "do" | "history" | "console";
export type Dialog = "gallery" | "keys" | "export";
export type Theme = "auto" | "light" | "dark";

export interface Notice {
  readonly text: string;
  /** Something did not work. */
  readonly isBad: boolean;
}

/** Something that was typed or clicked, and what came of it. */
export interface Said {
  readonly id: number;
  readonly command: string;
  readonly lines: readonly string[];
  readonly isError: boolean;
}

export interface PageState {
  readonly sessions: readonly Session[];
  readonly session: Session | undefined;
  /** Number of entries, so that components see it grow. */
  readonly length: number;
  /** The entry whose moment is shown. */
  readonly index: number;
  /** The moment shown stays the last one. */
  readonly follows: boolean;
  readonly selected: Apqn | undefined;
  /** UUID of the mdev that questions are about; undefined: the one that has the queue. */
  readonly mdev: string | undefined;
  readonly layers: Layers;
  readonly theme: Theme;
  readonly panel: Panel;
  readonly dialog: Dialog | undefined;
  readonly isPlaying: boolean;
  readonly said: readonly Said[];
  /** A sentence for everybody to see. */
  readonly notice: Notice | undefined;
  /** What keeps the history from coming in. */
  readonly trouble: string | undefined;
  readonly isLoading: boolean;
}

export const ALL_LAYERS: Layers = { machine: true, host: true, mdev: true, guest: true };

export const state = new Store<PageState>({
  sessions: [],
  session: undefined,
  length: 0,
  index: 0,
  follows: true,
  selected: undefined,
  mdev: undefined,
  layers: ALL_LAYERS,
  theme: "auto",
  panel: "why",
  dialog: undefined,
  isPlaying: false,
  said: [],
  notice: undefined,
  trouble: undefined,
  isLoading: true,
});
