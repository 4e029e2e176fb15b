// A source that is read again and again: what has changed since the last look becomes a line of history.
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type SnapshotLine, snapshotToJson } from "../../history/timeline/snapshot-line.ts";
import { storeHost } from "../../history/timeline/stored-host.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { sourceInfo } from "../protocol/page-protocol.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import type { PageSource } from "./page-source.ts";

/** A host as it was found, with sentences about what could not be found out. */
export interface FoundHost {
  readonly host: Host;
  readonly warnings: readonly string[];
}

interface WatchedSourceOptions<F extends FoundHost> {
  /** As it was named. */
  readonly source: string;
  readonly kind: "host" | "file";
  readonly profileIsDetected: boolean;
  readonly look: () => Promise<F>;
  /** Further sentences about what was found, which take a while: they are asked for when something has changed. */
  readonly more?: (found: F) => readonly string[];
  /** Milliseconds between the end of a look and the next one; undefined: there is only one look. */
  readonly interval: number | undefined;
  readonly now?: () => number;
}

/** Bytes of history that are kept: each snapshot is complete, so the oldest can be dropped. */
const KEPT = 64 * 1024 * 1024;

/** @throws what the first look throws */
export async function watchedSource<F extends FoundHost>(options: WatchedSourceOptions<F>): Promise<PageSource> {
  const { source, kind, profileIsDetected, look, interval, more = () => [], now = Date.now } = options;
  const first = await settled(look, "");
  const profile = first.host.profile.name;
  const history = new LinesInMemory(JSON.stringify({ trace: source, format: 2, profile }), KEPT);
  let i = 0;
  let last = "";
  const tell = (found: F): void => {
    const content = contentOf(found);
    if (content === last) return;
    last = content;
    // The time at which a file was read says nothing about what is in it.
    const at = kind === "host" ? now() : undefined;
    const line: SnapshotLine = {
      i: ++i,
      at,
      snapshot: storeHost(found.host),
      unknown: [...found.warnings, ...more(found)],
    };
    history.append(JSON.stringify(snapshotToJson(line)));
  };
  tell(first);

  let latest = first;
  let timer: NodeJS.Timeout | undefined;
  const again = async (): Promise<void> => {
    try {
      latest = await settled(look, last);
      tell(latest);
    } catch (error) {
      // What was seen last, with the reason why there is nothing newer.
      tell({ ...latest, warnings: [...latest.warnings, `not to be read now: ${(error as Error).message}`] });
    }
    plan();
  };
  let isClosed = false;
  const plan = (): void => {
    if (interval !== undefined && !isClosed) timer = setTimeout(again, interval);
  };
  plan();
  const close = (): void => {
    isClosed = true;
    clearTimeout(timer);
  };
  const named = { source, kind, name: basename(source), profile };
  const info = sourceInfo(named, { profileIsDetected, live: interval !== undefined, warnings: first.warnings });
  return { info, history, close };
}

const contentOf = ({ host, warnings }: FoundHost): string => JSON.stringify([storeHost(host), warnings]);

/** How many looks in a row may all differ. */
const MOST_LOOKS = 5;
/** Milliseconds between them. */
const PAUSE = 20;

/**
 * What two looks in a row agree on: a look during a change sees only a part of it.
 *
 * @param known what the source held before; a second look is needed only if it differs
 */
async function settled<F extends FoundHost>(look: () => Promise<F>, known: string): Promise<F> {
  let found = await look();
  let content = contentOf(found);
  for (let n = 1; n < MOST_LOOKS && content !== known; n++) {
    await pause(PAUSE);
    const before = content;
    found = await look();
    content = contentOf(found);
    if (content === before) break;
  }
  return found;
}
