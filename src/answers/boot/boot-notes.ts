// What is to be said of a boot besides its end: rules that were meant for AP queues and never apply, commands that nobody here knows, and
// what keeps vfio_ap from being loaded.
import { quoted } from "../../system/ap/quoted.ts";
import { openLoads } from "./modules.ts";
import type { BootSettings, UdevBoot } from "./udev-boot.ts";
import type { Token } from "./udev-keys.ts";
import { placeOf } from "./udev-rule-files.ts";

export interface BootNotes {
  /** What is not done, one sentence each. */
  readonly undone: readonly string[];
  /** What is not known. */
  readonly unknown: readonly string[];
}

/** @param boots of the same host: its queues get their drivers late, or early */
export function bootNotes({ rules: { rules }, modules }: BootSettings, boots: readonly UdevBoot[]): BootNotes {
  const isReached = (place: string): boolean => boots.some(({ reached }) => reached.has(place));
  const never = rules.flatMap((rule) => {
    const meant = rule.effects.map(purposeOf).find((purpose) => purpose !== undefined);
    const isTold = meant !== undefined && !isReached(placeOf(rule));
    return isTold ? [`${placeOf(rule)}: ${meant}: no event of the AP bus at boot gets here, so this is not done`] : [];
  });
  const writes = boots.flatMap((boot) => boot.writes);
  const nowhere = writes.flatMap(({ place, path, errno }) => {
    const isAlways = errno === "ENOENT" && writes.every((one) => one.place !== place || one.errno === "ENOENT");
    return isAlways ? [`${place}: there is no /sys/${path}, so nothing is written`] : [];
  });
  const commands = boots.flatMap(({ unknownCommands }) =>
    unknownCommands.map(({ place, command }) => `${place}: what ${quoted(command)} does at boot is not known here`),
  );
  const blocked = boots.flatMap(({ loadedBy, blockedBy }) =>
    loadedBy === undefined && blockedBy !== undefined ? [`${blockedBy} keeps vfio_ap from being loaded`] : [],
  );
  const circle = boots.some(({ isCircle }) => isCircle)
    ? [
        `${[...new Set(boots.flatMap((boot) => boot.writes.slice(-2)).map(({ place }) => place))].join(" and ")}: these change the masks in turn, for ever`,
      ]
    : [];
  // Of one place with many devices one is enough.
  const byPlace = new Map(nowhere.map((text) => [text.split(": ", 1)[0], text]));
  const loads = boots.some(({ loadedBy }) => loadedBy === undefined)
    ? [...boots.flatMap((boot) => boot.openLoads), ...openLoads(modules)]
    : [];
  return {
    undone: [
      ...new Set([...circle, ...never, ...byPlace.values(), ...boots.flatMap(({ missing }) => missing), ...blocked]),
    ],
    unknown: [...new Set([...commands, ...loads])],
  };
}

/** What a rule would do for AP queues, in a few words; undefined: nothing. */
function purposeOf({ key, attribute, value }: Token): string | undefined {
  const file = /(?:^|[/\]])(a[pq]mask|driver_override)$/.exec(attribute)?.[1];
  if (key === "ATTR" && file !== undefined) return `it sets ${file}`;
  if (key === "RUN" && /vfio[_-]ap|a[pq]mask|\bchzdev\b/.test(value)) return `it runs ${quoted(value)}`;
  return undefined;
}
