// Talks to Cockpit, where the page runs as one of its packages: `apmatrix watch` on the host prints what it sees. Read-only.
import { sourceInfo } from "../protocol/page-protocol.ts";
import type { HistoryTransport } from "./history-transport.ts";

/** The part of Cockpit's interface that is used. */
interface Spawned {
  stream(callback: (text: string) => void): Spawned;
  then(done: () => void, failed: (problem: { readonly message?: string; readonly problem?: string }) => void): void;
  close(problem?: string): void;
}
interface Cockpit {
  spawn(command: readonly string[], options: { readonly superuser: "try"; readonly err: "message" }): Spawned;
}

const SECONDS = "2";

/** @returns undefined if this is not Cockpit */
export async function cockpitTransport(): Promise<HistoryTransport | undefined> {
  const { cockpit } = window as { readonly cockpit?: Cockpit };
  if (!cockpit) return undefined;
  const lines: string[] = [];
  let listener: ((line: string) => void) | undefined;
  let trouble: ((why: string | undefined) => void) | undefined;
  const watch = cockpit.spawn(["apmatrix", "watch", "--from", "/sys", "--interval", SECONDS], {
    superuser: "try",
    err: "message",
  });
  const [header, first] = await new Promise<readonly [string, string]>((resolve, reject) => {
    let rest = "";
    watch.stream((text) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        const [header = "", first] = lines;
        if (lines.length > 2) listener?.(line);
        else if (first !== undefined) resolve([header, first]);
      }
    });
    const ended = (why: string) => {
      trouble?.(why);
      reject(new Error(why));
    };
    watch.then(
      () => ended("apmatrix watch has ended"),
      ({ message, problem }) => ended(message || problem || "apmatrix watch cannot be started on this host"),
    );
  });
  return {
    info: sourceInfo(
      { source: "/sys", kind: "host", name: "this host", profile: null },
      { profileIsDetected: true, live: true },
    ),
    history: async () => `${header}\n${first}\n`,
    follow: (_after, line, say) => {
      for (const text of lines.slice(2)) line(text);
      listener = line;
      trouble = say;
      return () => watch.close();
    },
    send: () => Promise.reject(new Error("the page only looks at a real host")),
  };
}
