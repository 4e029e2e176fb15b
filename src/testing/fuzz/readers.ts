// Readers of texts, each with what it is given; and what is done with a text that was understood, because a reader that lets the wrong
// thing through is at fault as well.
import assert from "node:assert/strict";
import { parsePlanFile } from "../../answers/apply/plan-file.ts";
import { preparePlan } from "../../answers/apply/prepare.ts";
import { readFacts } from "../../answers/apply/read-facts.ts";
import { withoutColour } from "../../answers/show/paint.ts";
import { showJson } from "../../answers/show/show-json.ts";
import { showSvg } from "../../answers/show/show-svg.ts";
import { showTable } from "../../answers/show/show-table.ts";
import { formatHostDescription } from "../../formats/description/format-host-description.ts";
import { type HostDescription, parseHostDescription } from "../../formats/description/host-description.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { detectAndImport } from "../../formats/listing/detect-import.ts";
import { importedMdevs } from "../../formats/tools/import-host.ts";
import { detectPieces, type PieceKind, readPieces } from "../../formats/tools/import-pieces.ts";
import { writeCommand } from "../../formats/tools/shell-script.ts";
import { parseTraceSteps } from "../../formats/tools/trace-steps.ts";
import { operationsFromWords } from "../../history/scenario/event-words.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { runScenario } from "../../history/scenario/run-scenario.ts";
import { profilesOf } from "../../history/scenario/scenario.ts";
import { readConsoleLine } from "../../history/timeline/console-line.ts";
import { isSnapshot, parseHistory } from "../../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../../history/timeline/stored-host.ts";
import { Timeline } from "../../history/timeline/timeline.ts";
import { isWhole, scenarioText, shellText, traceText } from "../../history/timeline/write-out.ts";
import { textSource } from "../../sources/open-source.ts";
import type { Source } from "../../sources/source.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { isPlannedPath } from "../../system/sysfs/writes.ts";
import { playTrace } from "../../system/trace/play.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { nearly, wordsOf } from "./mutations.ts";
import * as seeds from "./seeds.ts";
import { checkAnswer, checkSource, type Target } from "./target.ts";

/** Of the texts that were understood, one in so many is shown in every way. */
const SHOWN = 16;

function checkShown(source: Source, text: string): void {
  const { describes, guests, profile, sysfs } = source;
  const shown = { describes, profile: profile?.name, host: observeHost(sysfs), guests };
  showTable(shown, { paint: withoutColour, ascii: text.length % 2 === 0 });
  JSON.parse(showJson(shown));
  const svg = showSvg(shown);
  // What XML cannot hold, and what would be run.
  assert.doesNotMatch(svg, /[^\P{Cc}\n]|<script|\son\w+=/u);
}

/** A description is written out as one that says the same. */
function checkDescription(description: HostDescription): void {
  const text = formatHostDescription(description);
  const again = parseHostDescription(text, "again");
  assert.ok(again.ok, `a description that was written cannot be read: ${text}`);
  assert.equal(formatHostDescription(again.value), text);
}

function text(
  name: string,
  share: number,
  texts: readonly string[],
  check: (text: string) => void | Promise<void>,
  more = "",
): Target<string> {
  const corpus = { seeds: texts, words: [...wordsOf(texts), ...more.split(" ").filter(Boolean)] };
  return { name, share, inputs: nearly(corpus), check, show: (input) => JSON.stringify(input).slice(0, 3000) };
}

const checkPieces = (kind: PieceKind) => async (input: string) => {
  detectPieces(input, "file");
  const read = await readPieces(input, "file", kind, "62177883-f1bb-47f0-914d-32a22e3a8804");
  checkAnswer(read);
  if (read.ok) checkAnswer(importedMdevs(read.value));
};

const LINES = seeds.SCENARIOS.flatMap((scenario) => scenario.split("\n")).filter((line) => line !== "");
const CONSOLE = [...LINES, "cat /sys/bus/ap/apmask", "echo 0x5 > $m1/assign_adapter", "printf '04.0047' > bus/ap/x"];

export const READERS: readonly Target<string>[] = [
  text("scenario", 10, seeds.SCENARIOS, (input) => {
    const read = parseScenario(input);
    checkAnswer(read);
    const [profile] = read.ok ? profilesOf(read.value) : [];
    if (read.ok && profile && input.length % 4 === 0) runScenario(read.value, profile);
  }),
  text("words of lab event", 14, LINES, (input) => {
    checkAnswer(operationsFromWords(input, [["m1", "62177883-f1bb-47f0-914d-32a22e3a8804"]]));
  }),
  text("line of the page's console", 10, CONSOLE, (input) => {
    readConsoleLine(input, { mdevs: ["62177883-f1bb-47f0-914d-32a22e3a8804"], guests: ["a guest", "g1"] });
  }),
  text("host description", 2, seeds.DESCRIPTIONS, (input) => {
    const read = parseHostDescription(input, "file");
    checkAnswer(read);
    if (read.ok) checkDescription(read.value);
  }),
  text("desired state", 2, seeds.DESIRED, (input) => checkAnswer(parseDesired(input, "file"))),
  text("listing", 8, seeds.LISTINGS, (input) => {
    const read = detectAndImport(input, "file");
    checkAnswer(read);
    if (read.ok) checkDescription(read.value);
  }),
  text("udev rules", 8, seeds.RULES, checkPieces("udev")),
  text("chzdev line", 10, seeds.CHZDEV, checkPieces("chzdev")),
  text("mdevctl JSON", 8, seeds.MDEVCTL, checkPieces("mdevctl")),
  text("libvirt XML", 4, seeds.XMLS, checkPieces("libvirt")),
  text("trace", 6, seeds.TRACES, (input) => {
    const read = parseTrace(input);
    checkAnswer(read);
    if (read.ok) playTrace(read.value);
    const steps = parseTraceSteps(input);
    checkAnswer(steps);
  }),
  text("source (--from)", 3, [...seeds.TRACES, ...seeds.DESCRIPTIONS, ...seeds.LISTINGS], (input) => {
    const read = textSource(input, "file");
    checkSource(read);
    if (read.ok && input.length % SHOWN === 0) checkShown(read.value, input);
  }),
  text(
    "plan",
    8,
    seeds.PLANS.map((plan) => plan.text),
    (input) => {
      const read = parsePlanFile(input);
      checkAnswer(read);
      if (!read.ok) return;
      for (const { path, value } of read.value.steps) {
        assert.ok(isPlannedPath(path) && !path.split("/").includes(".."), `a plan writes to ${path}`);
        assert.doesNotMatch(writeCommand([path, value]), /^[^']*[$`]/);
      }
      const { source } = seeds.PLANS[input.length % seeds.PLANS.length] as (typeof seeds.PLANS)[number];
      const ready = preparePlan(read.value, readFacts(source.sysfs));
      if (!ready.ok) assert.doesNotMatch(ready.message, /[^\P{Cc}]/u);
    },
    "remove apmask .. /remove driver_override",
  ),
  text("recording", 2, [...seeds.RECORDINGS, ...seeds.TRACES], (input) => {
    const read = parseHistory(input);
    checkAnswer(read);
    if (!read.ok) return;
    const timeline = Timeline.empty(profileNamed(read.value.header.profile ?? "") ?? DEFAULT_PROFILE);
    for (const [at, line] of read.value.lines.entries()) {
      if (isSnapshot(line)) timeline.appendHost(openStoredHost(line.snapshot), { i: line.i });
      else if (at === 0 && line.operation.op !== "init") return;
      else timeline.append(line.operation, { i: line.i });
    }
    const last = timeline.entries.length - 1;
    if (last < 0 || input.length % SHOWN !== 0) return;
    traceText(timeline, last, "x");
    if (!isWhole(timeline)) return;
    scenarioText(timeline, last, "x");
    shellText(timeline, last, "x");
  }),
];
