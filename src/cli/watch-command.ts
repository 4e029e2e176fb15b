// apmatrix watch: the history of a source as JSON Lines, and what changes from then on. The page in Cockpit reads this.
import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { Command } from "commander";
import type { Growing } from "../page/server/page-source.ts";
import { grown } from "./grown.ts";
import { EXIT, exitWith } from "./outcome.ts";
import { addPageSourceOptions, openPageSource, type PageSourceOptions } from "./shown-source.ts";

export function addWatchCommand(program: Command): void {
  const command = program.command("watch").description("print a source as JSON Lines, and each change of it");
  addPageSourceOptions(command).action((options: PageSourceOptions) => exitWith(watch(options)));
}

const PIECE = 1 << 16;

async function watch(options: PageSourceOptions): Promise<number> {
  const source = await openPageSource({ ...options, tellsNextBoot: true });
  const { history, info } = source;
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  const text = new StringDecoder();
  process.stdout.write(text.write(history.header));
  let place = history.start;
  while (!stopping.signal.aborted) {
    place = await printFrom(history, place, text);
    if (!info.live || history.isLost) break;
    await grown(history, stopping.signal);
  }
  source.close();
  return EXIT.ok;
}

/** Waits for a slow reader. @returns where it ended */
async function printFrom(history: Growing, from: number, text: StringDecoder): Promise<number> {
  let place = from;
  while (place < history.end) {
    const piece = history.read(Math.max(place, history.start), PIECE);
    place = Math.max(place, history.start) + piece.length;
    if (!process.stdout.write(text.write(piece))) await once(process.stdout, "drain");
  }
  return place;
}
