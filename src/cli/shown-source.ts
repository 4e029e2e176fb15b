// What "serve" and "watch" show: a trace as it is, a scenario as a trace, a /sys directory again and again, any other host once.
import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { UserError } from "../guards/user-error.ts";
import type { Scenario } from "../history/scenario/scenario.ts";
import { scenarioTimeline } from "../history/timeline/from-scenario.ts";
import { traceText } from "../history/timeline/write-out.ts";
import { fileSource, planSource } from "../page/server/file-source.ts";
import type { PageSource } from "../page/server/page-source.ts";
import { remoteLabSource } from "../page/server/remote-lab-source.ts";
import { watchedSource } from "../page/server/watched-source.ts";
import { TRACE_HEADER } from "../sources/open-source.ts";
import { LAB_PREFIX } from "../sources/source.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { nextBootSentences } from "./apply-keeping.ts";
import { chosenProfile } from "./choices.ts";
import { fromOption, type HostFound, type HostOptions, hostFrom, profileOption } from "./host-source.ts";
import { isDirectory, readText } from "./input-files.ts";
import { readScenario } from "./play-files.ts";

export interface PageSourceOptions extends HostOptions {
  readonly interval: string;
  readonly plan?: string;
  /** What the next boot makes otherwise is told, too, where that can be known. */
  readonly tellsNextBoot?: boolean;
}

const DEFAULT_INTERVAL = "2";
/** Seconds; a day. */
const LONGEST_INTERVAL = 86_400;
const SHORTEST_INTERVAL = 0.05;

export const addPageSourceOptions = (command: Command): Command =>
  command
    .addOption(fromOption())
    .option("--plan <trace>", "show the steps of a plan on it (a file of plan --out)")
    .addOption(profileOption())
    .option("--interval <seconds>", "how often a /sys directory is looked at", DEFAULT_INTERVAL);

/** @throws UserError, WebError */
export async function openPageSource(options: PageSourceOptions): Promise<PageSource> {
  const { from, plan } = options;
  const interval = readInterval(options.interval);
  const profile = chosenProfile(options);
  const look = (): Promise<HostFound> => lookAt(options);
  if (plan !== undefined) return planSource(from, await look(), { file: plan, text: readText(plan) });
  if (from.startsWith(LAB_PREFIX)) return await labNamed(from, profile);
  const trace = traceIn(from, profile);
  if (trace !== undefined) return fileSource({ file: from, text: trace }, profile);
  const isLive = isDirectory(from);
  return await watchedSource<HostFound>({
    source: from,
    kind: isLive ? "host" : "file",
    profileIsDetected: isLive && profile === undefined,
    look,
    interval: isLive ? interval * 1000 : undefined,
    ...(isLive && options.tellsNextBoot && { more: (found) => nextBootSentences({ from }, found) }),
  });
}

/** @throws UserError */
async function labNamed(from: string, profile: Profile | undefined): Promise<PageSource> {
  const source = await remoteLabSource(from.slice(LAB_PREFIX.length) || undefined);
  const running = source.info.profile;
  if (!profile || profile.name === running) return source;
  source.close();
  throw new UserError(
    `${from}: it runs ${running}, which --profile ${profile.name} cannot replace: leave --profile out`,
  );
}

/** Sentences about the source, without its name in front of each. */
async function lookAt(options: PageSourceOptions): Promise<HostFound> {
  const found = await hostFrom(options);
  const prefix = `${options.from}: `;
  return {
    ...found,
    warnings: found.warnings.map((text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  };
}

function readInterval(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= SHORTEST_INTERVAL && seconds <= LONGEST_INTERVAL) return seconds;
  throw new UserError(`--interval ${text}: expected seconds, ${SHORTEST_INTERVAL} to ${LONGEST_INTERVAL}`);
}

const SCENARIO = ".scenario";

/** @throws UserError for a kernel that it is not for */
function scenarioTrace(from: string, scenario: Scenario, profile: Profile | undefined): string {
  const timeline = scenarioTimeline(scenario, profile);
  if (profile && timeline.profile !== profile) throw new UserError(`${from}: is not for ${profile.name}`);
  return traceText(timeline, timeline.entries.length - 1, basename(from, SCENARIO));
}

const TRACE_NAME = /\.jsonl(?:\.gz)?$/;

/** Text of a trace, or of a scenario as one; undefined if the source is something else. */
function traceIn(from: string, profile: Profile | undefined): string | undefined {
  if (!statSync(from, { throwIfNoEntry: false })?.isFile()) return undefined;
  if (from.endsWith(SCENARIO)) return scenarioTrace(from, readScenario(from), profile);
  const text = readText(from);
  return TRACE_NAME.test(from) || TRACE_HEADER.test(text) ? text : undefined;
}
