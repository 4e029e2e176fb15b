// What may be written to a uevent file: an action, and after it a UUID with variables of the writer's own. The kernel's
// kobject_synth_uevent (lib/kobject_uevent.c); udevadm trigger writes it. Next: uevent-file.ts.
import type { UeventAction } from "../machine/happening.ts";

/** A uevent that somebody asked for. */
export interface SyntheticUevent {
  readonly action: UeventAction;
  /** `SYNTH_UUID=` and `SYNTH_ARG_NAME=` variables, by which the asker knows it again. */
  readonly variables: readonly string[];
}

/** What the kernel calls alphanumeric: letters of Latin-1 are. */
const WORD = "[0-9A-Za-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\xff]+";
const UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
const ACTION = "add|remove|change|move|online|offline|bind|unbind";
const WRITTEN = new RegExp(`^(${ACTION})(?: (${UUID})((?: ${WORD}=${WORD})*))?\\n?$`);

/** @returns undefined for EINVAL */
export function parseSyntheticUevent(text: string): SyntheticUevent | undefined {
  const [, action, uuid, args] = WRITTEN.exec(text) ?? [];
  if (action === undefined) return undefined;
  const given = (args ?? "").split(" ").filter((arg) => arg !== "");
  const variables = [`SYNTH_UUID=${uuid ?? "0"}`, ...given.map((arg) => `SYNTH_ARG_${arg}`)];
  return { action: action as UeventAction, variables };
}
