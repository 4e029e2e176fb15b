// apmatrix play: traces and scenarios against the rules.
import type { Command } from "commander";
import { chooseFormat, chooseProfile } from "./choices.ts";
import { findFiles } from "./input-files.ts";
import { PLAYABLE, type PlayedFile, playOne, readPlayable } from "./play-files.ts";
import { PLAY_FORMATS, playReport } from "./play-report.ts";
import { Progress } from "./progress.ts";
import { EXIT } from "./user-error.ts";

interface PlayOptions {
  readonly profile?: string;
  readonly format: string;
}

export function addPlayCommand(program: Command): void {
  program
    .command("play")
    .description("play traces and scenarios, and report every answer that is not as recorded")
    .argument("<paths...>", `files or directories (${PLAYABLE.join(", ")})`)
    .option("--profile <name>", "another kernel than the file names")
    .option("--format <format>", PLAY_FORMATS.join(", "), "text")
    .action((paths: string[], options: PlayOptions) => {
      process.exitCode = play(paths, options);
    });
}

function play(paths: readonly string[], options: PlayOptions): number {
  const format = chooseFormat(options.format, PLAY_FORMATS);
  const profile = options.profile === undefined ? undefined : chooseProfile(options.profile);
  const files = findFiles(paths, PLAYABLE);
  const readable = files.map(readPlayable);
  const progress = new Progress("playing", readable.length);
  const played: PlayedFile[] = [];
  for (const one of readable) {
    progress.step(one.file);
    played.push(...playOne(one, profile));
  }
  progress.end();
  console.log(playReport(played, format));
  return played.some(({ differences }) => differences.length > 0) ? EXIT.difference : EXIT.ok;
}
