// Hosts that are brought up in memory to be looked at: those of descriptions and listings, and the host at the end of a trace.

import type { GuestDescription, HostDescription, MdevDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { misread, type Parsed, parsed } from "../formats/reading/input-error.ts";
import { runningGuests } from "../system/sysfs/running-guests.ts";
import { isAsRecorded } from "../system/trace/compare.ts";
import type { Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import { parseTrace } from "../system/trace/trace-file.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed, TRACE_PROFILE } from "../system/vfio-ap/profiles.ts";
import { type Source, STILL } from "./source.ts";

const sourceOf = (player: Player, describes: string, profile: Profile): Source => ({
  ...STILL,
  sysfs: player.sysfs,
  describes,
  guests: runningGuests(player.host),
  profile,
  host: player.host,
  inside: player.hasInside ? player : undefined,
});

/**
 * Older kernels refuse some of what a description may contain; that is left out, with a warning.
 *
 * @param file its name, if the description has none
 */
export function describedSource(description: HostDescription, file: string, profile = DEFAULT_PROFILE): Parsed<Source> {
  const player = new Player(profile);
  const warnings: string[] = [];
  for (const [i, operation] of hostOperations(description).entries()) {
    const { r } = player.apply(operation, i);
    if (typeof r === "string") warnings.push(`${file}: ${profile.name} refuses ${told(operation)}: ${r}`);
  }
  return parsed(
    { ...sourceOf(player, description.describes ?? file, profile), labels: labelsOf(description) },
    warnings,
  );
}

/** Names of its mdevs, and of those of its guests that no other host has, by UUID. */
export function labelsOf({
  mdevs,
  guests = [],
}: Pick<HostDescription, "mdevs" | "guests">): ReadonlyMap<string, string> {
  const inner = guests.flatMap(mdevsInside);
  const uses = new Map<string, number>();
  for (const { uuid } of [...mdevs, ...inner]) uses.set(uuid, (uses.get(uuid) ?? 0) + 1);
  const named = [...mdevs, ...inner.filter(({ uuid }) => uses.get(uuid) === 1)];
  return new Map(named.flatMap(({ uuid, name }) => (name === undefined ? [] : [[uuid, name]])));
}

const mdevsInside = ({ mdevs, guests = [] }: GuestDescription): readonly MdevDescription[] => [
  ...mdevs,
  ...guests.flatMap(mdevsInside),
];

function told(operation: Operation): string {
  const where = operation.in === undefined ? "" : ` in guest ${operation.in}`;
  if (operation.op === "write") return `to write ${operation.value.trim()} to ${operation.path}${where}`;
  return operation.op === "open" ? `to give ${operation.mdev} to ${operation.guest}${where}` : operation.op;
}

/**
 * The host after the last line of a trace.
 *
 * @param chosen another kernel than the trace names
 */
export function traceSource(text: string, file: string, chosen?: Profile): Parsed<Source> {
  const read = parseTrace(text);
  if (!read.ok) return misread(file, read.error, `expected ${read.error.expected}`);
  const { name, profile: named, labels, lines } = read.value;
  if (lines.length === 0) return misread(file, { line: 2, column: 1 }, 'expected the operation "init", found the end');
  const profile = chosen ?? profileNamed(named ?? TRACE_PROFILE.name) ?? TRACE_PROFILE;
  const player = new Player(profile);
  let others = 0;
  for (const { operation, i, expected } of lines) {
    if (!isAsRecorded(expected, player.apply(operation, i))) others++;
  }
  const warning = `${file}: ${others} of ${lines.length} answers are not as recorded, so the host may not be the recorded one`;
  return parsed({ ...sourceOf(player, `${name}, after its last line`, profile), labels }, others > 0 ? [warning] : []);
}
