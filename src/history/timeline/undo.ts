// What takes operations back, as far as the rules have an opposite. What was wiped stays wiped.
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { createWrite } from "../../system/sysfs/writes.ts";
import { echoed, type Operation } from "../../system/trace/operation.ts";
import type { Player } from "../../system/trace/player.ts";

/**
 * @param player as it was before the operations; it is played on
 * @returns none if one of them has no opposite
 */
export function undoOf(player: Player, operations: readonly Operation[]): readonly Operation[] {
  const back: Operation[] = [];
  for (const [i, operation] of operations.entries()) {
    const opposite = oppositeInside(player, operation);
    if (!opposite) return [];
    back.unshift(...opposite);
    if (typeof player.apply(operation, i + 1).r === "string") return [];
  }
  return back;
}

/** What is done in a guest is taken back there. */
function oppositeInside(player: Player, operation: Operation): readonly Operation[] | undefined {
  const { in: path } = operation;
  if (path === undefined) return oppositeOf(player, operation);
  const guest = player.guestPlayer(path);
  return guest && oppositeOf(guest, operation)?.map((one) => ({ ...one, in: path }));
}

/** The parts of an attribute's name that are exchanged. */
const OPPOSITES: Readonly<Record<string, string>> = {
  assign: "unassign",
  unassign: "assign",
  bind: "unbind",
  unbind: "bind",
};

/** These hold what was written last: it is written again. */
const HELD = /\/(?:apmask|aqmask|driver_override|ap_config|config)$/;

function oppositeOf({ host, sysfs }: Player, operation: Operation): readonly Operation[] | undefined {
  if (operation.op === "open")
    return operation.guest === null ? undefined : [{ ...operation, guest: operation.guest, op: "close" }];
  if (operation.op === "close") return [{ ...operation, op: "open" }];
  if (operation.op !== "write") return undefined;
  const { path, value } = operation;
  const written = value.trim();
  if (HELD.test(path)) {
    const before = sysfs.read(path);
    if (!before.ok) return undefined;
    const text = before.value.trim();
    return [echoed([path, text === "(null)" ? "" : text])];
  }
  if (path.endsWith(createWrite("")[0])) {
    return mdevNamed(host, written)
      ? undefined
      : [echoed([path.replace(/mdev_supported_types\/.*/, `${written}/remove`), "1"])];
  }
  const [, before = "", verb = "", after = ""] = /^(.*\/)(assign|unassign|bind|unbind)(_\w+)?$/.exec(path) ?? [];
  const opposite = OPPOSITES[verb];
  return opposite === undefined ? undefined : [echoed([`${before}${opposite}${after}`, written])];
}
