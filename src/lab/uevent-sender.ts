// Genuine kernel uevents for what happens in a lab, in a network namespace of its own: a child of unshare(1) asks the kernel there to
// broadcast them. The machine's own udev never hears of them.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Happening } from "../machine/happening.ts";
import type { Lab } from "./lab.ts";
import { LabError } from "./lab-error.ts";

export interface UeventSender {
  /** A process in the namespace, for nsenter(1). */
  readonly pid: number;
  stop(): void;
}

const HELPER = fileURLToPath(new URL("../../scripts/send-uevents.pl", import.meta.url));

/** @throws LabError the helper cannot be started: no root, no perl, no unshare */
export async function sendUevents(lab: Lab): Promise<UeventSender> {
  const child = spawn("unshare", ["-n", "perl", HELPER], { stdio: ["pipe", "pipe", "pipe"] });
  const pid = await readyPid(child);
  lab.listen({
    happened(happening) {
      const line = ueventLine(happening);
      if (line !== undefined) child.stdin.write(line);
    },
  });
  return { pid, stop: () => child.kill() };
}

/** The helper says its process number once it is in its namespace. */
function readyPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const fail = (why: string) =>
      reject(new LabError(`uevents need a network namespace (root, unshare) and perl: ${why.trim()}; leave --uevents out to go without`));
    child.on("error", (error) => fail(error.message));
    child.on("close", () => fail(stderr));
    child.stdin?.on("error", () => undefined);
    child.stdout?.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
}

const subsystemOf = (device: string): string => {
  if (device.startsWith("/devices/vfio_ap/matrix/")) return "mdev";
  return device.startsWith("/devices/vfio_ap") ? "matrix" : "ap";
};

const typeOf = (device: string): readonly string[] => {
  if (/\/card..$/.test(device)) return ["DEVTYPE=ap_card"];
  return /\/..\.....$/.test(device) ? ["DEVTYPE=ap_queue"] : [];
};

/** ACTION, device path and variables, with tabs between them: nothing of that holds a tab or a newline. */
function ueventLine(happening: Happening): string | undefined {
  if (happening.kind !== "uevent") return undefined;
  const { action, device, variables, properties } = happening;
  const words = [action, device, `SUBSYSTEM=${subsystemOf(device)}`, ...typeOf(device), ...variables, ...properties];
  return `${words.join("\t")}\n`;
}
