// apmatrix play: traces and scenarios against the rules.
import type { Command } from "commander";
import { SOURCES_UNDERSTOOD } from "../sources/open-source.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { chooseFormat, chosenProfile, formatOption } from "./choices.ts";
import { hostFrom } from "./host-source.ts";
import { findFiles } from "./input-files.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { goesOn, PLAYABLE, type PlayedFile, playOne, type Readable, readPlayable } from "./play-files.ts";
import { PLAY_FORMATS, playReport } from "./play-report.ts";
import { Progress } from "./progress.ts";

interface PlayOptions {
  readonly profile?: string;
  readonly format: string;
  readonly from?: string;
}

export function addPlayCommand(program: Command): void {
  program
    .command("play")
    .description("play traces and scenarios, and report every answer that is not as recorded")
    .argument("<paths...>", `files or directories (${PLAYABLE.join(", ")})`)
    .option("--profile <name>", "another kernel than the file names")
    .option("--from <source>", `the host that traces without "init" go on from, such as plans: ${SOURCES_UNDERSTOOD}`)
    .addOption(formatOption(PLAY_FORMATS))
    .action(async (paths: string[], options: PlayOptions) => {
      process.exitCode = await play(paths, options);
    });
}

async function play(paths: readonly string[], options: PlayOptions): Promise<number> {
  const format = chooseFormat(options.format, PLAY_FORMATS);
  const profile = chosenProfile(options);
  const files = findFiles(paths, PLAYABLE);
  const beginning = options.from === undefined ? "init" : "any";
  const readable = files.map((file) => readPlayable(file, beginning));
  const progress = new Progress("playing", readable.length);
  const played: PlayedFile[] = [];
  for (const one of readable) {
    progress.step(one.file);
    played.push(...(await playFrom(one, profile, options.from)));
  }
  progress.end();
  console.log(playReport(played, format));
  return played.some(({ differences }) => differences.length > 0) ? EXIT.difference : EXIT.ok;
}

/** A trace without "init" is played from where the source stands, under the trace's kernel. */
async function playFrom(
  one: Readable,
  profile: Profile | undefined,
  from: string | undefined,
): Promise<readonly PlayedFile[]> {
  if (from === undefined || one.kind !== "trace" || !goesOn(one.trace)) return playOne(one, profile);
  const kernel = profile?.name ?? one.trace.profile;
  const { host, warnings } = await hostFrom({ from, ...(kernel !== undefined && { profile: kernel }) });
  tellWarnings(warnings);
  return playOne(one, profile, host);
}
