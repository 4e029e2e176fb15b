// apmatrix tour, the main job of `npm start`: a real machine, the manual's three guests, the mail's four lists, and the answer.
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { usable } from "../sources/usable.ts";
import type { Operation } from "../system/trace/operation.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed } from "../system/vfio-ap/profiles.ts";
import { chooseProfile } from "./choices.ts";
import { readText } from "./input-files.ts";
import { EXIT } from "./outcome.ts";
import { storyOperations, type TourLine, tellStory } from "./tour.ts";
import { tellInside } from "./tour-inside.ts";
import { CHAPTERS, DISPUTED, INSIDE, TOUR_HOST } from "./tour-script.ts";

export function addTourCommand(program: Command): void {
  program
    .command("tour")
    .description("play the seed discussion on a real machine and answer its question")
    .option("--profile <name>", "the kernel to play it on", DEFAULT_PROFILE.name)
    .action((options: { readonly profile: string }) => {
      tour(chooseProfile(options.profile));
      process.exitCode = EXIT.ok;
    });
}

export function tour(profile: Profile): void {
  const description = tourHost();
  const boot = hostOperations(description);
  console.log(
    `${description.describes}\nKernel: ${profile.name}. After each step: what each guest sees (guest_matrix); * changed.\n`,
  );
  const story = tellStory(boot, profile);
  for (const [chapter, { title }] of CHAPTERS.entries()) {
    console.log(`== ${title}\n`);
    printChapter(story, chapter);
  }
  printInside(boot, profile);
  printAnswer(boot, profile);
}

function tourHost(): HostDescription {
  const file = fileURLToPath(new URL(`../../hosts/${TOUR_HOST}`, import.meta.url));
  return usable(parseHostDescription(readText(file), `hosts/${TOUR_HOST}`)).value;
}

/** What brings the host of the story up. */
export const tourHostOperations = (): readonly Operation[] => hostOperations(tourHost());

/** What brings a host up that is where the tour ends. */
export const tourOperations = (): readonly Operation[] => [...tourHostOperations(), ...storyOperations()];

function printChapter(story: readonly TourLine[], chapter: number): void {
  for (const [at, told] of story.entries()) {
    if (told.chapter !== chapter) continue;
    const before = story[at - 1]?.guests;
    console.log(`  ${told.text}${told.refused ? `   refused: ${told.refused}` : ""}`);
    for (const [guest, sees] of told.guests) {
      const mark = before?.get(guest) === sees ? " " : "*";
      console.log(`   ${mark}${guest}  ${sees || "nothing"}`);
    }
    if (told.reset.length > 0) console.log(`    zeroized: ${told.reset.join(" ")}`);
    if (told.disputed.length > 0) {
      console.log(
        `    linked, adapter plugged, domain not: ${told.disputed.join(" ")}   <- the state the discussion is about`,
      );
    }
    console.log("");
  }
}

/** A guest is a machine: its bus shows what it is given when it has scanned. */
function printInside(boot: readonly Operation[], profile: Profile): void {
  const { guest, chapter } = INSIDE;
  console.log(`== Seen from inside: ${guest}'s own /sys/bus/ap, which looks when it scans (every 30 s)\n`);
  console.log(`  ${CHAPTERS[chapter]?.title}\n`);
  for (const { text, given, shown } of tellInside(boot, profile)) {
    console.log(`  ${text}\n    given  ${given || "nothing"}\n    shows  ${shown || "nothing"}\n`);
  }
}

/** The two rules that were argued over, and the kernel that was chosen. */
const RULES = ["v11", "v11-aqm"] as const;

function printAnswer(boot: readonly Operation[], profile: Profile): void {
  const rules = [
    ...RULES.map((name) => profileNamed(name) as Profile),
    ...(RULES.some((n) => n === profile.name) ? [] : [profile]),
  ];
  const outcomes = rules.map((rule) => ({ rule, ...outcomeOf(tellStory(boot, rule)) }));
  console.log("== The question: can a linked queue's adapter be plugged while its domain is not?\n");
  for (const { rule, reached, before, after } of outcomes) {
    const fate = before === after ? `keeps ${after || "nothing"}` : `loses ${before} and has ${after || "nothing"}`;
    const check = rule.removalUnplugs === "apm" ? "tests the APM only" : "tests APM and AQM";
    console.log(
      `  ${rule.name.padEnd(10)} ${check.padEnd(18)} reached: ${reached ? "yes" : "no "}   ${DISPUTED.queue} goes, ${DISPUTED.guest} ${fate}`,
    );
  }
  const reached = outcomes.some((outcome) => outcome.reached);
  const harmed = outcomes.filter(({ before, after }) => before !== after).map(({ rule }) => rule.name);
  console.log("");
  if (!reached) {
    console.log("  Not in this story: the second test would be an assertion here.");
    return;
  }
  console.log(
    `  Yes: after "bind ${DISPUTED.queue}" in the fourth list. So the second test is a condition, not an assertion.`,
  );
  if (harmed.length > 0) {
    console.log(
      `  Without it (${harmed.join(", ")}) a queue that was not plugged takes a healthy adapter away from ${DISPUTED.guest}.`,
    );
  }
}

/** Whether the disputed state came up, and what the guest saw before and after the bus removed the queue. */
function outcomeOf(story: readonly TourLine[]): {
  readonly reached: boolean;
  readonly before: string;
  readonly after: string;
} {
  const at = story.findIndex(({ text }) => text === "scan devices");
  const sees = (told: TourLine | undefined) => told?.guests.get(DISPUTED.guest) ?? "";
  const reached = story[at - 1]?.disputed.includes(DISPUTED.queue) ?? false;
  return { reached, before: sees(story[at - 1]), after: sees(story[at]) };
}
