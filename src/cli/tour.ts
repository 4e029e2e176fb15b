// Tells the story of tour-script.ts: carries out every step on a host, and finds what each guest sees after it.

import { parseScenario } from "../history/scenario/parse-scenario.ts";
import type { Action } from "../history/scenario/scenario.ts";
import { formatApqn } from "../system/ap/apqn.ts";
import { hasQueue, queuesOf } from "../system/ap/product.ts";
import type { Happening } from "../system/machine/happening.ts";
import { matrixText } from "../system/sysfs/matrix-text.ts";
import type { Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { CHAPTERS } from "./tour-script.ts";

/** One line of the story, and the host after it. */
export interface TourLine {
  readonly chapter: number;
  readonly text: string;
  /** The error with which the step was refused, as on kernels without hot plug. */
  readonly refused: string | undefined;
  /** What each running guest sees, by name, in the words of guest_matrix. */
  readonly guests: ReadonlyMap<string, string>;
  /** Queues that vfio_ap zeroized. */
  readonly reset: readonly string[];
  /** Linked queues of running guests whose adapter is plugged while their domain is not: the state the discussion is about. */
  readonly disputed: readonly string[];
}

/** @param boot the operations that bring up the host of the story */
export function tellStory(boot: readonly Operation[], profile: Profile): readonly TourLine[] {
  let happenings: Happening[] = [];
  const player = new Player(profile, (happening) => happenings.push(happening));
  let i = 0;
  for (const operation of boot) player.apply(operation, ++i);
  return storyLines().map(({ chapter, text, operations }) => {
    happenings = [];
    const answers = operations.map((operation) => player.apply(operation, ++i).r);
    return {
      chapter,
      text,
      refused: answers.find((r) => typeof r === "string") as string | undefined,
      guests: whatGuestsSee(player.host),
      reset: queuesReset(happenings),
      disputed: disputedQueues(player.host),
    };
  });
}

/** All that the story does, for a host that is where it ends. */
export const storyOperations = (): readonly Operation[] => storyLines().flatMap(({ operations }) => operations);

interface StoryLine {
  readonly chapter: number;
  readonly text: string;
  readonly operations: readonly Operation[];
}

/** What is done, step by step. */
export function storyLines(): readonly StoryLine[] {
  // Chapters share the names of mdevs, so they are read as one text. Its first line stands for the host, which is another's.
  const texts = CHAPTERS.map(({ script }) => script.trim());
  const parsed = parseScenario(["host", ...texts].join("\n"));
  if (!parsed.ok) throw new Error(`the story's line ${parsed.error.line}: expected ${parsed.error.expected}`);
  const chapters = texts.flatMap((text, chapter) => text.split("\n").map(() => chapter));
  return parsed.value.lines.slice(1).map(({ line, text, step }) => ({
    chapter: chapters[line - 2] as number,
    text,
    operations: (step as Action).operations,
  }));
}

/** The masks of each running guest, by name, in the words of guest_matrix. */
export function whatGuestsSee({ state }: Host): ReadonlyMap<string, string> {
  const guests: [string, string][] = [];
  for (const { guest, guestMasks } of state.listedMdevs()) {
    if (guest === undefined) continue;
    const words = matrixText(guestMasks.apm, guestMasks.aqm).trim().split("\n").join(" ");
    guests.push([state.names.nameOf(guest), words]);
  }
  return new Map(guests.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function queuesReset(happenings: readonly Happening[]): readonly string[] {
  const queues = happenings.flatMap((h) =>
    h.kind === "queue-reset" && h.by === "vfio_ap" ? [formatApqn(h.apqn)] : [],
  );
  return [...new Set(queues)];
}

function disputedQueues({ state }: Host): readonly string[] {
  const attached = state.listedMdevs().filter(({ isAttached }) => isAttached);
  return attached.flatMap(({ matrix, shadow }) =>
    queuesOf({ apm: shadow.apm, aqm: matrix.aqm })
      .filter((apqn) => state.linked.has(apqn) && !hasQueue(shadow, apqn))
      .map(formatApqn),
  );
}
