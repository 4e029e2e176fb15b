// The uevent file of a device: what its uevents say, and writing an action to it sends one.
import { refused } from "../ap/result.ts";
import type { UeventAction } from "../machine/happening.ts";
import type { Attribute } from "./node.ts";
import { STORED } from "./node.ts";

const ACTIONS: readonly UeventAction[] = ["add", "remove", "change", "bind", "unbind"];
const NO_ACTION = refused("EINVAL", "malformed");

/**
 * @param properties lines KEY=value, as they are now
 * @param send sends the uevent; extra variables behind the action are not passed on
 */
export function ueventFile(properties: () => readonly string[], send: (action: UeventAction) => void): Attribute {
  return {
    kind: "attribute",
    mode: 0o644,
    read: () => ({
      ok: true,
      value: properties()
        .map((line) => `${line}\n`)
        .join(""),
    }),
    store(text) {
      const action = ACTIONS.find(
        (name) => text === name || text.startsWith(`${name}\n`) || text.startsWith(`${name} `),
      );
      if (action === undefined) return NO_ACTION;
      send(action);
      return STORED;
    },
  };
}
