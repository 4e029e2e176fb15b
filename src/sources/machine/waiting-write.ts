// A write that may have to wait, such as the removal of an mdev whose guest runs. It is left to another process, so that the caller can
// report it and go on.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { passGate } from "../../guards/signals.ts";
import { done, type Result } from "../../system/ap/result.ts";
import type { Written } from "../../system/sysfs/sysfs.ts";
import { refusalOf } from "../directory-sysfs.ts";

const CHILD = fileURLToPath(new URL("./write-child.js", import.meta.url));
/** After this many milliseconds a write counts as waiting; on a slow machine after more, see below. */
const PATIENCE = 1000;

export interface MaybeWaiting {
  readonly result: Result<Written>;
  /** The process that is in the write, if it waits. */
  readonly waitsAs: number | undefined;
}

/** The child prints this when only the write is left to do. */
export const READY = "ready";

/**
 * @param path below the root, such as /sys
 * @throws InterruptedError a signal has come before the write
 */
export function writeMaybeWaiting(root: string, path: string, value: string): Promise<MaybeWaiting> {
  // It has a session of its own, so signals from the terminal do not reach it.
  const child = spawn(process.execPath, [CHILD, root, path, value], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  const begun = performance.now();
  let output = "";
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (timer !== undefined || !output.startsWith(`${READY}\n`)) return;
      // A machine that is slow to start a process is also slow to answer a write.
      const patience = Math.max(PATIENCE, 2 * (performance.now() - begun));
      timer = setTimeout(() => {
        child.unref();
        child.stdout.destroy();
        resolve({ result: done({ bytes: 0, outcome: "waits" }), waitsAs: child.pid });
      }, patience);
      try {
        passGate();
        child.stdin.end("!");
      } catch (error) {
        clearTimeout(timer);
        child.stdin.end();
        reject(error);
      }
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ result: resultOf(output.replace(`${READY}\n`, "")), waitsAs: undefined });
    });
  });
}

function resultOf(output: string): Result<Written> {
  const { bytes, code } = JSON.parse(output || "{}") as { readonly bytes?: number; readonly code?: string };
  return bytes === undefined ? refusalOf(code ?? "EIO", "not-writable") : done({ bytes, outcome: "stored" });
}
