// apmatrix history --follow: the events of a host that lives, one after the other as they come, and at the end what became of each queue.
import { StringDecoder } from "node:string_decoder";
import { eventLine, fateLines, HistoryRecord, type RecordedEvent } from "../history/timeline/record.ts";
import type { Growing } from "../page/server/page-source.ts";
import { grown } from "./grown.ts";
import type { HistoryReader } from "./history-reader.ts";
import { jsonLine, whenOf } from "./history-record.ts";
import { printLines } from "./terminal.ts";

const PIECE = 1 << 16;

export interface Followed {
  readonly format: "text" | "json";
  /** Whether an event is one of those that are wanted. */
  isWanted(event: RecordedEvent, all: readonly RecordedEvent[]): boolean;
}

/** Until a signal comes, or the host is gone. @throws UserError a line that is not understood */
export async function followHistory(
  history: Growing,
  reader: HistoryReader,
  { format, isWanted }: Followed,
  stop: AbortSignal,
): Promise<void> {
  const { timeline } = reader;
  const record = new HistoryRecord(timeline);
  const nameOf = (uuid: string): string => `m${timeline.mdevNumber(uuid)}`;
  const decoder = new StringDecoder();
  const [all, wanted]: [RecordedEvent[], RecordedEvent[]] = [[], []];
  let [place, rest, named] = [history.start, "", 0];
  for (;;) {
    for (; place < history.end; ) {
      const piece = history.read(place, PIECE);
      place += piece.length;
      const lines = (rest + decoder.write(piece)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) reader.take(line);
      const came = record.events();
      all.push(...came);
      const events = came.filter((event) => isWanted(event, all));
      wanted.push(...events);
      if (events.length === 0) continue;
      if (format === "json") printLines(events.map(jsonLine));
      else {
        const fresh = timeline.mdevs.slice(named).map((uuid) => `${nameOf(uuid)}  ${reader.called(uuid)}`);
        printLines([...fresh, ...events.map((event) => eventLine(event, whenOf))]);
        named += fresh.length;
      }
    }
    if (stop.aborted || history.isLost) break;
    await grown(history, stop);
  }
  const fates = format === "text" ? fateLines(wanted, nameOf, whenOf) : [];
  if (fates.length > 0) printLines(["", ...fates]);
}
