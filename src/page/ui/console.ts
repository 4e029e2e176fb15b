// Carries out what is typed into the console, or what a button says.
import { explainErrno } from "../../answers/explain/explain-errno.ts";
import { errnoLines } from "../../answers/explain/sentences.ts";
import { readConsoleLine } from "../../history/timeline/console-line.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { act, say, shownHost } from "./page.ts";
import { state } from "./page-state.ts";

const HELP = [
  "cat PATH, ls PATH, readlink PATH, echo TEXT > PATH; $m1/ is the directory of mdev 1",
  "try echo TEXT > PATH: what it would answer, who is in the way, and what to write first",
  "",
  "bind 04.0047, unbind 04.0047",
  "free adapter 04 domain 0047, keep adapter 04",
  "mdev UUID, remove m1",
  "assign m1 adapter 04 domain 0047 control 0001, unassign m1 ...",
  "ap_config m1 adapter 04 domain 0047 control none",
  "start g1 m1, stop g1 m1, reset g1 m1",
  "scan, scan notice, scan devices, scan complete",
  "machine loses adapter 04 gains domain 0053",
  "card 04 standby, configured, checkstopped or repaired",
  "fault 04.0047 reset 42",
];

export function doLine(text: string): void {
  const { session, index } = state.get();
  const host = shownHost();
  if (!session || !host || text.trim() === "") return;
  if (/^(help|\?)$/.test(text.trim())) {
    state.set({ panel: "console" });
    return void say(text, HELP);
  }
  const [isTrial, command] = text.trim().startsWith("try ") ? [true, text.trim().slice(4)] : [false, text];
  const guests = [...runningGuests(host).values()].map(({ name }) => name);
  const line = readConsoleLine(command, { mdevs: session.timeline.mdevs, guests });
  switch (line.kind) {
    case "wrong":
      return void say(text, [line.message], true);
    case "look": {
      // Reading changes nothing, so it is not sent to anybody and not kept.
      const player = session.timeline.playerAt(index);
      if (!player) return void say(text, [`${session.path} does not run at this moment`], true);
      const { r, t, l } = player.apply(line.operation, 0);
      if (typeof r === "string") return void say(text, [r], true);
      return void say(text, (t ?? l?.join("  ") ?? "").replace(/\n$/, "").split("\n"));
    }
    case "act":
      if (isTrial) tryOut(text, line.operations, host);
      else void act(text, line.operations);
  }
}

/** What writes would answer, without doing them. */
function tryOut(text: string, operations: readonly Operation[], host: Host): void {
  const [write] = operations;
  if (write?.op !== "write" || operations.length > 1)
    return void say(text, ["one write can be tried, and nothing else"], true);
  const explanation = explainErrno(host, [write.path, write.value]);
  say(text, errnoLines(explanation), explanation.errno !== undefined);
}
