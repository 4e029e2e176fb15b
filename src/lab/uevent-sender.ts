// Genuine kernel uevents for what happens in a lab, in a network namespace of their own: a child of unshare(1) asks the kernel there to
// broadcast them. The machine's own udev never hears them.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../guards/user-error.ts";
import { quoted } from "../system/ap/quoted.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import { type Uevent, ueventVariables } from "../system/sysfs/uevent-environment.ts";
import type { FuseMount } from "./fuse/fuse-mount.ts";
import type { Lab } from "./lab.ts";

export interface UeventSender {
  /** A process in the namespace, for nsenter(1). */
  readonly pid: number;
  stop(): void;
}

const HELPER = fileURLToPath(new URL("../../scripts/send-uevents.pl", import.meta.url));

/**
 * As with a real kernel, listeners have the uevents of a write when the write returns, and the tree shows what the uevents say.
 *
 * @param mount where the lab's tree is, if it is mounted
 * @param inside the guest whose uevents they are; undefined: the host
 * @throws UserError the helper cannot be started: no root, no perl, no unshare
 */
export async function sendUevents(lab: Lab, mount?: FuseMount, inside?: string): Promise<UeventSender> {
  const player = inside === undefined ? lab.player : lab.player.guestPlayer(inside);
  if (!player) throw new UserError(`no guest ${quoted(inside ?? "")} runs`);
  const child = spawn("unshare", ["-n", "perl", HELPER], { stdio: ["pipe", "pipe", "pipe"] });
  const pid = await readyPid(child);
  const queue = new UeventQueue(child);
  const goOn = mount?.before((then) => queue.flush(then));
  const deafen = lab.listen({
    happened(happening, where) {
      if (happening.kind === "uevent" && where === inside) queue.add(ueventLine(player.sysfs, happening));
    },
    // Nobody waits for the answer to a scan of the timer.
    answered() {
      if (queue.isEmpty) return;
      if (mount) mount.afterNotices(() => undefined);
      else queue.flush(() => undefined);
    },
  });
  const stop = (): void => {
    deafen();
    goOn?.();
    child.kill();
  };
  return { pid, stop };
}

/** Uevents on their way to the helper, which answers each with a line when the listeners have it. */
class UeventQueue {
  readonly #helper: ChildProcess;
  #lines: string[] = [];
  #given = 0;
  #sent = 0;
  #isGone = false;
  /** Ascending by `at`: what is called when this many uevents have been sent. */
  #waiting: { readonly at: number; readonly then: () => void }[] = [];

  constructor(helper: ChildProcess) {
    this.#helper = helper;
    helper.stdout?.on("data", (chunk: Buffer) => this.#hear(chunk.toString().split("\n").length - 1));
    // Without a helper nothing is sent, and nobody needs to wait.
    helper.on("close", () => {
      this.#isGone = true;
      this.#hear(this.#given - this.#sent);
    });
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  /** Send all that was added, and go on when all of it has been sent. */
  flush(then: () => void): void {
    const lines = this.#lines.splice(0);
    if (lines.length > 0 && !this.#isGone) {
      this.#helper.stdin?.write(lines.join(""));
      this.#given += lines.length;
    }
    if (this.#sent === this.#given) then();
    else this.#waiting.push({ at: this.#given, then });
  }

  #hear(count: number): void {
    this.#sent += count;
    while (this.#waiting[0] && this.#waiting[0].at <= this.#sent) this.#waiting.shift()?.then();
  }
}

/** The helper says its process number when it is in its namespace. */
function readyPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const fail = (why: string) => {
      const needed = "uevents need a network namespace (root, unshare) and perl";
      reject(new UserError(`${needed}: ${why.trim()}; leave --uevents out to go without`));
    };
    child.on("error", (error) => fail(error.message));
    child.on("close", () => fail(stderr));
    child.stdin?.on("error", () => undefined);
    child.stdout?.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
}

/** The kernel ends these two values with a newline (docs/kernel/faults.md B-29). */
const withNewline = (variable: string): string => (/^A[PQ]MASK=/.test(variable) ? `${variable}\\n` : variable);

/**
 * Action, device path and variables in the kernel's order, separated by tabs; a newline in a value is written `\n`. The variables contain
 * no other tab, newline or backslash.
 */
export function ueventLine(sysfs: Pick<Sysfs, "readlink">, event: Uevent): string {
  return `${[event.action, event.device, ...ueventVariables(sysfs, event).map(withNewline)].join("\t")}\n`;
}
