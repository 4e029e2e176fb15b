// A session fed by a transport: all lines so far, then those that come. Lines that come together are shown together.
import { isSnapshot, parseHistory, parseHistoryLine } from "../../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../../history/timeline/stored-host.ts";
import type { HistoryTransport } from "./history-transport.ts";
import { appendLine, timelineOf } from "./open-text.ts";
import { hasGrown, showSession } from "./page.ts";
import { state } from "./page-state.ts";
import { Session } from "./session.ts";

const KINDS = { lab: "a running lab", host: "a real host, looked at again and again", file: "a recording" } as const;

/** @throws Error with a sentence if the history cannot be fetched */
export async function feed(transport: HistoryTransport): Promise<void> {
  const { info } = transport;
  const read = parseHistory(await transport.history());
  if (!read.ok) throw new Error(`the history cannot be read: line ${read.error.line}, expected ${read.error.expected}`);
  const { header, lines } = read.value;
  const [first] = lines;
  const named = first && isSnapshot(first) ? openStoredHost(first.snapshot).profile.name : header.profile;
  const timeline = timelineOf(lines, named ?? info.profile);
  const session = new Session({
    name: info.name,
    describes: `${KINDS[info.kind]}: ${info.source}`,
    timeline,
    live: info.live,
    send: info.canAct ? (operation) => transport.send(operation) : null,
    warnings: info.warnings,
  });
  showSession(session);
  if (info.live) followLines(transport, session);
}

/** Lines that come within this many milliseconds are shown together: not every write of a busy client is painted. */
const TOGETHER = 12;

function followLines(transport: HistoryTransport, session: Session): void {
  let isDue = false;
  transport.follow(
    session.timeline.entries.at(-1)?.i ?? 0,
    (text) => {
      const last = session.timeline.entries.at(-1)?.i ?? 0;
      const line = parseHistoryLine(text);
      if (!line.ok) {
        state.set({ trouble: `A line of the history cannot be read: expected ${line.error.expected}` });
        return;
      }
      // After a break the server may send lines that are known.
      if (line.value.i <= last) return;
      appendLine(session.history, line.value);
      if (isDue) return;
      isDue = true;
      setTimeout(() => {
        isDue = false;
        hasGrown(session);
      }, TOGETHER);
    },
    (trouble) => state.set({ trouble }),
  );
}
