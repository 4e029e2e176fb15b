// Guests whose queue is replaced by one with other master keys: they run on, and cannot use what they have wrapped before.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { currentKeys, type MasterKeys } from "../../system/ap/master-keys.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { MdevPrediction } from "./prediction.ts";

/** The master keys of a queue, if anybody tells them. */
export type KeysOf = (apqn: Apqn) => MasterKeys | undefined;

/**
 * One sentence for each mdev that loses a queue, gets others, and has none with the keys of the first one afterwards. Nothing is said of
 * queues whose keys nobody tells.
 */
export function otherKeys(
  mdevs: readonly Pick<MdevPrediction, "uuid" | "name" | "before" | "after">[],
  keysOf: KeysOf,
): readonly string[] {
  return mdevs.flatMap(({ uuid, name, before, after }) => {
    const [had, has] = [new Set(before), new Set(after)];
    const gained = after.filter((apqn) => !had.has(apqn));
    if (gained.length === 0) return [];
    const words = (apqn: Apqn): string | undefined => {
      const keys = keysOf(apqn);
      return keys && (currentKeys(keys) ?? NONE_LOADED);
    };
    const left = before.filter((apqn) => !has.has(apqn));
    const lost = left.find((apqn) => {
      const keys = words(apqn);
      return keys !== undefined && keys !== NONE_LOADED && !after.some((other) => words(other) === keys);
    });
    const instead = gained.find((apqn) => words(apqn) !== undefined);
    if (lost === undefined || instead === undefined) return [];
    const [from, to] = [lost, instead].map((apqn) => `${formatApqn(apqn)} (${words(apqn)})`);
    return [
      `${shortened(name ?? uuid)}: ${to} takes the place of ${from}: what was wrapped with other master keys cannot be used there`,
    ];
  });
}

const NONE_LOADED = "no master key";
