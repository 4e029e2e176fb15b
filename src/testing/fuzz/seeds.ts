// What the fuzzer edits: files of the repository, and texts that are written by what writes them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planFile } from "../../answers/apply/plan-file.ts";
import { readFacts } from "../../answers/apply/read-facts.ts";
import { rehearseScript } from "../../answers/apply/script.ts";
import { planChanges } from "../../answers/plan/planner.ts";
import { type HostDescription, parseHostDescription } from "../../formats/description/host-description.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { type ExportFormat, exportHost } from "../../formats/tools/export-host.ts";
import { Timeline } from "../../history/timeline/timeline.ts";
import { traceText } from "../../history/timeline/write-out.ts";
import { describedSource } from "../../sources/memory-source.ts";
import type { Source } from "../../sources/source.ts";
import { DEFAULT_PROFILE, PROFILES } from "../../system/vfio-ap/profiles.ts";
import { randomTrace } from "../support/random-trace.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Characters of a file: a long one would be edited in places that come late. */
const LONGEST = 6000;

/** Of a trace. */
const OPERATIONS = 25;

/** Texts of the files in a folder whose names end so. */
function textsIn(folder: string, ending: RegExp): readonly string[] {
  const directory = join(ROOT, folder);
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .sort()
    .map((name) => readFileSync(join(directory, name), "utf8"))
    .filter((text) => text.length < LONGEST);
}

export const SCENARIOS = textsIn("scenarios", /\.scenario$/);
export const LISTINGS = textsIn("src/formats/listing/fixtures", /\.txt$/);
export const DEFINITIONS = textsIn("src/formats/tools/fixtures", /\.json$/);
export const XMLS = [...textsIn("src/formats/tools/fixtures", /\.xml$/), ...textsIn("examples", /\.xml$/)];
export const DESCRIPTIONS = [
  ...textsIn("hosts", /\.yaml$/),
  ...textsIn("src/formats/listing/fixtures", /\.yaml$/),
  readFileSync(join(ROOT, "examples/host.yaml"), "utf8"),
];
export const DESIRED = textsIn("examples", /\.yaml$/);

/** @throws Error it cannot be read */
function read<T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!parsed.ok) throw new Error("a text of the repository cannot be read");
  return parsed.value;
}

const described: readonly HostDescription[] = textsIn("hosts", /\.yaml$/).map((text) =>
  read(parseHostDescription(text, "host")),
);
const written = (format: ExportFormat): readonly string[] =>
  [true, false].flatMap((flag) =>
    described.map((host) => exportHost(host, format, { profile: DEFAULT_PROFILE, auto: flag, relative: flag })),
  );

export const RULES = written("udev");
export const CHZDEV = [
  ...written("chzdev"),
  "chzdev -e ap apmask=+5,-0x10-0x20 aqmask=0xffff -p\n",
  "chzdev ap -a apmask=0\n",
];
export const MDEVCTL = [...DEFINITIONS, ...written("mdevctl")];

export const TRACES: readonly string[] = [
  ...written("trace").filter((text) => text.length < LONGEST),
  ...PROFILES.map(
    (profile, at) => randomTrace(at + 1, profile, { adapters: 3, domains: 3, mdevs: 2 }, OPERATIONS).text,
  ),
];

export function sourceOf(host: HostDescription): Source {
  return read(describedSource(host, "host"));
}

/** With the host that each is for. */
export const PLANS: readonly { readonly text: string; readonly source: Source }[] = DESIRED.flatMap((wanted) =>
  [
    ...described,
    read(parseHostDescription(readFileSync(join(ROOT, "examples/before.yaml"), "utf8"), "before")),
  ].flatMap((host) => {
    const desired = parseDesired(wanted, "want");
    const source = sourceOf(host);
    if (!desired.ok || !source.host) return [];
    const plan = planChanges(source.host, desired.value.desired, true);
    if (!plan.ok) return [];
    const rehearsed = rehearseScript(source.host, plan.value, readFacts(source.sysfs));
    return [{ text: `${planFile(rehearsed).join("\n")}\n`, source }];
  }),
);

/** Recordings with a host in them that was found. */
export const RECORDINGS: readonly string[] = described.map((host) => {
  const source = sourceOf(host);
  const timeline = Timeline.empty(DEFAULT_PROFILE);
  if (source.host) timeline.appendHost(source.host);
  return traceText(timeline, 0, "found");
});
