// The processes of a command of lab exec: it and whatever it has started, also in the background. Ending them ends what waits for the
// lab: a write that waits is answered when its writer is killed (fuse/killed-waiter.ts).
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { processStat } from "./process-stat.ts";

/** Milliseconds that processes have to end by themselves. */
const GRACE = 3000;
/** Milliseconds after which one that was killed is left alone. */
const PATIENCE = 5000;
const PAUSE = 50;

/**
 * End a command: ask all of its processes, and kill those that are still there after three seconds.
 *
 * @param pid the command's process
 * @param keep processes of which no namespace is the command's own
 * @returns processes that do not end
 */
export async function endCommand(pid: number, keep: readonly number[]): Promise<readonly number[]> {
  const foreign = new Set(["self", ...keep].map(namespaceOf));
  let own: string | undefined;
  const begin = Date.now();
  const asked = new Set<number>();
  const known = new Set(
    livingProcesses()
      .filter((one) => one.pid === pid)
      .map((one) => one.name),
  );
  for (;;) {
    const namespace = namespaceOf(pid);
    if (!foreign.has(namespace)) own = namespace;
    const processes = processesOf(known, own);
    const elapsed = Date.now() - begin;
    if (processes.length === 0 || elapsed > GRACE + PATIENCE) return processes.map((one) => one.pid);
    for (const { pid: one, name } of processes) {
      known.add(name);
      if (elapsed > GRACE) signal(one, "SIGKILL");
      else if (!asked.has(one)) {
        signal(one, "SIGTERM");
        // One that was stopped hears nothing before it goes on.
        signal(one, "SIGCONT");
        asked.add(one);
      }
    }
    await pause(PAUSE);
  }
}

/** Its mount namespace; undefined if the process is gone. */
function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its number and when it began: numbers are used again. */
  readonly name: string;
}

/** Those known and their descendants, and all in the command's namespace, whoever their parent is by now. */
function processesOf(known: ReadonlySet<string>, namespace: string | undefined): readonly Process[] {
  const all = livingProcesses();
  const isOurs = ({ pid, name }: Process): boolean =>
    known.has(name) || (namespace !== undefined && namespaceOf(pid) === namespace);
  const found = new Map(all.filter(isOurs).map((one) => [one.pid, one]));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const one of all) if (found.has(one.parent)) found.set(one.pid, one);
  }
  return [...found.values()];
}

function livingProcesses(): readonly Process[] {
  return readdirSync("/proc").flatMap((entry) => {
    const stat = /^\d+$/.test(entry) ? processStat(entry) : undefined;
    if (!stat || stat.state === "Z" || stat.state === "X") return [];
    return [{ pid: Number(entry), parent: stat.parent, name: `${entry} ${stat.started}` }];
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile, or has become somebody else, whom we may not end.
  }
}
